"""What gets into the audit log and beside it: changes, sessions, refusals, questions; and who may read it."""

import json
import socket
from urllib.parse import urlparse

import pytest

from master_data import post
from page_visitor import PageVisitor
from running_system import PlantData, check_problem, eventually, sign_in

ROUTE = "/api/v1/audit"
SIGN_INS = "/api/v1/audit/sign-ins"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("audited")


@pytest.fixture(scope="module")
def admin(tenant):
    return tenant.client("ADMIN")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="AUDITED", commissioned_at="2026-03-04T03:00:00Z")


@pytest.fixture(scope="module")
def me(tenant, admin):
    return {who: f"user:{tenant.client(who).read('/auth/me')['user']['user_id']}"
            for who in ("ADMIN", "MANAGER", "OPERATOR", "VIEWER")}


def find(client, **query) -> list[dict]:
    return client.get(ROUTE, params={"limit": 1000} | query).json()["items"]


def one(client, request: str) -> dict:
    """The entry of a request, which must be the only one."""
    found = [entry for entry in find(client, q=request) if entry["request_id"] == request]
    assert len(found) == 1, found
    return found[0]


class TestChanges:
    """Every change has its entry when it is answered."""

    def test_master_data(self, tenant, admin, me):
        manager = tenant.client("MANAGER")
        body = {"plant_code": "P-1", "plant_name": "<b>Plant</b>", "timezone": "UTC"}
        made = manager.post("/api/v1/plants", body, headers={"X-Request-Id": "plant-1"})
        thing = f"plant:{made.json()['plant_id']}"
        entry = one(admin, "plant-1")
        assert entry == {
            "audit_id": entry["audit_id"], "recorded_at": entry["recorded_at"], "hash": entry["hash"],
            "actor": me["MANAGER"], "actor_name": "audited-manager", "action": "plant.created", "object": thing,
            "detail": {"method": "POST", "status": 201, "body": body}, "address": "127.0.0.1", "request_id": "plant-1"}
        path = f"/api/v1/plants/{made.json()['plant_id']}"
        assert manager.put(path, body | {"plant_name": "Other"}, headers={"X-Request-Id": "plant-2"}).status_code == 200
        entry = one(admin, "plant-2")
        assert (entry["action"], entry["object"], entry["detail"]["body"]["plant_name"]) == (
            "plant.changed", thing, "Other")
        assert manager.delete(path, headers={"X-Request-Id": "plant-3"}).status_code == 204
        entry = one(admin, "plant-3")
        assert (entry["action"], entry["object"], entry["detail"]) == (
            "plant.deleted", thing, {"method": "DELETE", "status": 204})

    def test_what_is_named_by_two_ids_is_named_by_its_own(self, admin, plant):
        for kind, number in (("line", plant.line), ("area", plant.areas["input"]), ("product", plant.product),
                             ("ideal_rate", plant.rate), ("shift", plant.shift)):
            assert [entry["object"] for entry in find(admin, action=f"{kind}.created", object=f"{kind}:{number}")], kind

    def test_settings_and_the_cache(self, admin, me):
        path = "/api/v1/settings/line.default_downtime_threshold_seconds"
        assert admin.put(path, {"value": 299}, headers={"X-Request-Id": "setting-1"}).status_code == 200
        entry = one(admin, "setting-1")
        assert (entry["actor"], entry["action"], entry["object"], entry["detail"]["body"]) == (
            me["ADMIN"], "setting.changed", "setting:line.default_downtime_threshold_seconds", {"value": 299})
        assert admin.post("/api/v1/cache/refresh", headers={"X-Request-Id": "cache-1"}).status_code == 200
        assert one(admin, "cache-1")["action"] == "cache.refreshed"

    def test_stops(self, tenant, admin, plant, me):
        operator, manager = tenant.client("OPERATOR"), tenant.client("MANAGER")

        def stop(start, end, **more):
            return {"line_id": plant.line, "start": f"2026-03-04T{start}:00Z", "end": f"2026-03-04T{end}:00Z",
                    "reason": "Jam"} | more

        made = operator.post("/api/v1/downtimes", stop("12:00", "12:30"), headers={"X-Request-Id": "stop-1"})
        assert made.status_code == 201, made.text
        thing = f"{plant.line}/{made.json()['event_id']}"
        entry = one(admin, "stop-1")
        assert (entry["actor"], entry["action"], entry["object"]) == (me["OPERATOR"], "stop.entered", f"stop:{thing}")
        assert entry["detail"]["body"]["reason"] == "Jam"
        path = f"/api/v1/downtimes/{thing}"
        for request, answer, action in (
            ("stop-2", manager.send("PATCH", path, json={"reason": "Other"}, headers={"X-Request-Id": "stop-2"}),
             "stop.changed"),
            ("stop-3", manager.post(f"{path}/split", {"at": "2026-03-04T12:10:00Z"}, headers={"X-Request-Id": "stop-3"}),
             "stop.split"),
            ("stop-4", manager.post(f"{path}/undo", headers={"X-Request-Id": "stop-4"}), "stop.undone"),
            ("stop-5", manager.delete(path, headers={"X-Request-Id": "stop-5"}), "stop.deleted"),
        ):
            assert answer.status_code in (200, 204), (request, answer.text)
            entry = one(admin, request)
            assert (entry["action"], entry["object"]) == (action, f"stop:{thing}"), request
        parts = [manager.post("/api/v1/downtimes", stop(*times)).json()["event_id"]
                 for times in (("13:00", "13:10"), ("13:10", "13:20"))]
        merged = manager.post(f"/api/v1/downtimes/{plant.line}/merge", {"event_ids": parts},
                              headers={"X-Request-Id": "stop-6"})
        assert merged.status_code == 200, merged.text
        entry = one(admin, "stop-6")
        assert (entry["action"], entry["object"]) == (
            "stop.merged", f"stop:{plant.line}/{merged.json()['event_id']}")
        span = {"line_id": plant.line, "from": "2026-03-04T03:00:00Z", "to": "2026-03-05T03:00:00Z"}
        assert manager.post("/api/v1/downtimes/recalculate", span, headers={"X-Request-Id": "stop-7"}).status_code == 200
        entry = one(admin, "stop-7")
        assert (entry["action"], entry["object"], entry["detail"]["body"]) == (
            "stops.recalculated", f"line:{plant.line}", span)

    def test_a_justified_stop_is_named_though_the_request_does_not(self, tenant, admin, plant):
        post(tenant, [plant.detection(f"2026-03-05T{time}Z") for time in ("12:00:00", "12:10:00")])
        answer = tenant.client("OPERATOR").post("/api/v1/downtimes/justify", {
            "line_id": plant.line, "start": "2026-03-05T12:00:00Z", "end": "2026-03-05T12:10:00Z", "reason": "Jam",
        }, headers={"X-Request-Id": "justify-1"})
        assert answer.status_code == 200, answer.text
        assert one(admin, "justify-1")["object"] == f"stop:{plant.line}/{answer.json()['event_id']}"

    def test_keys_act_under_their_public_names(self, system, tenant, admin):
        made = admin.post("/api/v1/api-keys", {"name": "Robot", "scopes": ["write"]}).json()
        client = system.client(key=made["api_key"])
        answer = client.post("/api/v1/plants", {"plant_code": "BY-KEY", "plant_name": "P", "timezone": "UTC"},
                             headers={"X-Request-Id": "key-1"})
        assert answer.status_code == 201
        entry = one(admin, "key-1")
        assert (entry["actor"], entry["actor_name"]) == (f"key:{made['public_id']}", "Robot")
        assert [entry["action"] for entry in find(admin, object=f"key:{made['public_id']}")] == ["key.created"]
        assert made["api_key"].rsplit("_", 1)[1] not in json.dumps(find(admin))

    def test_the_name_of_an_edit_is_kept_so_that_repeats_are_told_apart(self, tenant, admin, plant):
        body = {"line_id": plant.line, "start": "2026-03-04T15:00:00Z", "end": "2026-03-04T15:05:00Z", "reason": "Jam"}
        for number in (1, 2):
            answer = tenant.client("MANAGER").post("/api/v1/downtimes", body, headers={
                "Idempotency-Key": "the-same", "X-Request-Id": f"keyed-{number}"})
            assert answer.status_code == 201, answer.text
        first, second = one(admin, "keyed-1"), one(admin, "keyed-2")
        assert first["object"] == second["object"]
        assert first["detail"]["idempotency_key"] == second["detail"]["idempotency_key"] == "the-same"

    def test_what_changes_nothing_has_no_entry(self, tenant, admin, plant):
        manager = tenant.client("MANAGER")
        body = {"plant_code": "P-2", "plant_name": "P", "timezone": "UTC"}
        trial = {"line_id": plant.line, "start": "2026-03-04T14:00:00Z", "end": "2026-03-04T14:05:00Z", "reason": "x"}
        for request, answer, status in (
            ("nothing-1", manager.get("/api/v1/plants", headers={"X-Request-Id": "nothing-1"}), 200),
            ("nothing-2", manager.post("/api/v1/plants", body | {"timezone": "Mars"},
                                       headers={"X-Request-Id": "nothing-2"}), 422),
            ("nothing-3", manager.delete("/api/v1/plants/2147483647", headers={"X-Request-Id": "nothing-3"}), 404),
            ("nothing-4", manager.put(f"/api/v1/plants/{plant.plant}", body, headers={
                "X-Request-Id": "nothing-4", "If-Match": '"other"'}), 412),
            ("nothing-5", manager.post("/api/v1/downtimes?dry_run=true", trial,
                                       headers={"X-Request-Id": "nothing-5"}), 200),
        ):
            assert answer.status_code == status, (request, answer.text)
        assert manager.post("/api/v1/plants", body, headers={"X-Request-Id": "nothing-6"}).status_code == 201
        assert [entry["request_id"] for entry in find(admin, q="nothing-")] == ["nothing-6"]

    def test_of_a_long_body_the_fields_and_a_fingerprint_are_kept(self, tenant, admin, plant):
        breaks = [{"name": "Ñ" * 255, "start_time": f"07:{minute:02}", "end_time": f"07:{minute + 1:02}"}
                  for minute in range(24)]
        body = {"plant_id": plant.plant, "shift_name": "Long", "days": [1], "start_time": "06:00", "end_time": "14:00",
                "breaks": breaks}
        answer = tenant.client("MANAGER").post("/api/v1/shifts", body, headers={"X-Request-Id": "long-1"})
        assert answer.status_code == 201, answer.text
        detail = one(admin, "long-1")["detail"]
        assert detail["body_fields"] == list(body)
        assert len(detail["body_sha256"]) == 64 and detail["body_bytes"] > 8_192
        assert "body" not in detail

    def test_without_its_entry_a_change_is_no_success(self, system, tenant, admin):
        manager = tenant.client("MANAGER")

        def make(code):
            return manager.post("/api/v1/plants", {"plant_code": code, "plant_name": "P", "timezone": "UTC"})

        system.psql("camet_global", "REVOKE INSERT (actor) ON audit_log FROM camet_gateway")
        try:
            answer = make("UNTOLD")
        finally:
            system.psql("camet_global", "GRANT INSERT (actor) ON audit_log TO camet_gateway")
        check_problem(answer, 503, "outcome_unknown")
        assert "Retry-After" not in answer.headers
        assert make("TOLD").status_code == 201
        codes = {plant["plant_code"] for plant in manager.read("/api/v1/plants?limit=1000")["items"]}
        assert {"UNTOLD", "TOLD"} <= codes

    def test_whoever_hangs_up_is_told_of_all_the_same(self, system, tenant, admin):
        manager = tenant.client("MANAGER")
        address = urlparse(system.base)
        for number in range(20):
            body = json.dumps({"plant_code": f"GONE-{number}", "plant_name": "P", "timezone": "UTC"})
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.sendall((
                    f"POST /api/v1/plants HTTP/1.1\r\nHost: x\r\nAuthorization: {manager.headers['Authorization']}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())

        def made():
            return {plant["plant_code"] for plant in manager.read("/api/v1/plants?limit=1000")["items"]
                    if plant["plant_code"].startswith("GONE-")}

        def audited():
            return {entry["detail"]["body"]["plant_code"] for entry in find(admin, q="GONE-")}

        assert eventually(lambda: len(made()) == 20, 25), made()
        assert eventually(lambda: audited() == made(), 25), (audited(), made())


class TestSessions:
    def test_tokens(self, system, tenant, admin):
        name = tenant.make_user("VIEWER", "audited-visitor")
        answer = system.client().post("/auth/token", {"username": name, "password": "a long password of the tests"},
                                      headers={"X-Request-Id": "session-1"})
        entry = one(admin, "session-1")
        assert (entry["actor_name"], entry["action"], entry["object"], entry["detail"]) == (
            name, "session.started", "tenant:audited", {"kind": "api"})
        pair = answer.json()
        renewed = system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).json()
        client = system.client(bearer=renewed["access_token"])
        assert client.post("/auth/logout", headers={"X-Request-Id": "session-2"}).status_code == 204
        entry = one(admin, "session-2")
        assert (entry["actor_name"], entry["action"]) == (name, "session.ended")

    def test_pages(self, system, tenant, admin):
        visitor = PageVisitor(system.base)
        name = tenant.make_user("VIEWER", "audited-reader")
        assert visitor.sign_in(name).status_code == 303
        assert visitor.sign_out(visitor.get("/")).status_code == 303
        actor = next(entry["actor"] for entry in find(admin, action="session.started") if entry["actor_name"] == name)
        assert [(entry["action"], entry["detail"]) for entry in find(admin, actor=actor)] == [
            ("session.ended", {}), ("session.started", {"kind": "page"})]

    def test_the_second_use_of_a_refresh_token(self, system, tenant, admin):
        name = tenant.make_user("VIEWER", "audited-robbed")
        token = sign_in(system, name)["refresh_token"]
        user = system.psql("camet_global", f"SELECT user_id FROM app_user WHERE username = '{name}'")
        assert system.client().post("/auth/refresh", {"refresh_token": token}).status_code == 200
        assert find(admin, action="session.reused", object=f"user:{user}") == []
        for number in range(3):
            answer = system.client().post("/auth/refresh", {"refresh_token": token},
                                          headers={"X-Request-Id": f"reuse-{number}"})
            check_problem(answer, 401, "unauthorized")
        found = find(admin, action="session.reused", object=f"user:{user}")
        assert [(entry["actor"], entry["request_id"]) for entry in found] == [("anonymous", "reuse-0")]

    def test_refused_sign_ins(self, system, tenant):
        name = tenant.make_user("VIEWER", "audited-forgetful")
        user = system.psql("camet_global", f"SELECT user_id FROM app_user WHERE username = '{name}'")
        client = system.client(source="127.0.0.77")

        def attempt(username, password="wrong"):
            return client.post("/auth/token", {"username": username, "password": password}).status_code

        def refusals():
            return set(system.psql(
                "camet_global", "SELECT coalesce(object, '-'), detail ->> 'reason' FROM audit_log "
                "WHERE action = 'session.refused' AND address = '127.0.0.77' AND actor = 'anonymous' "
                "AND tenant_id IS NULL").splitlines())

        assert [attempt(name) for _ in range(5)] == [401] * 5
        assert attempt("nobody-of-this-name") == 401
        assert attempt(name, "a long password of the tests") == 429
        expected = {f"user:{user}|wrong_password", "-|unknown_user", "-|locked"}
        assert eventually(lambda: refusals() == expected, 25), refusals()
        assert "nobody-of-this-name" not in system.psql("camet_global", "SELECT detail, object FROM audit_log")


class TestRefusals:
    def count(self, system, actor) -> list[str]:
        return system.psql(
            "camet_global", "SELECT object, detail ->> 'reason' FROM audit_log WHERE action = 'request.refused' "
            f"AND actor = '{actor}' ORDER BY audit_id").splitlines()

    def test_what_a_role_may_not_is_told_once_a_minute(self, system, tenant, admin, me):
        viewer = tenant.client("VIEWER")
        for _ in range(50):
            check_problem(viewer.post("/api/v1/plants", {}), 403, "forbidden")
        check_problem(viewer.delete("/api/v1/plants/1"), 403, "forbidden")
        expected = ["route:POST /api/v1/plants|forbidden", "route:DELETE /api/v1/plants/{id}|forbidden"]
        assert eventually(lambda: self.count(system, me["VIEWER"]) == expected, 25), self.count(system, me["VIEWER"])
        assert viewer.get("/api/v1/plants").status_code == 200
        assert self.count(system, me["VIEWER"]) == expected
        assert [entry["object"] for entry in find(admin, actor=me["VIEWER"], action="request.")] == [
            "route:DELETE /api/v1/plants/{id}", "route:POST /api/v1/plants"]

    def test_what_a_scope_does_not_hold(self, system, tenant, admin):
        key = admin.post("/api/v1/api-keys", {"name": "Reader", "scopes": ["read"]}).json()
        client = system.client(key=key["api_key"])
        check_problem(client.post("/api/v1/plants", {}), 403, "forbidden")
        assert eventually(lambda: self.count(system, f"key:{key['public_id']}"), 25) == [
            "route:POST /api/v1/plants|forbidden"]

    def test_what_another_site_makes_a_browser_send(self, system, tenant):
        visitor = PageVisitor(system.base)
        name = tenant.make_user("ADMIN", "audited-lured")
        user = system.psql("camet_global", f"SELECT user_id FROM app_user WHERE username = '{name}'")
        assert visitor.sign_in(name).status_code == 303
        answer = visitor.send("POST", "/api/v1/cache/refresh", headers={"Origin": "https://elsewhere.example"})
        check_problem(answer, 403, "csrf_failed")
        assert eventually(lambda: self.count(system, f"user:{user}"), 25) == [
            "route:POST /api/v1/cache/refresh|csrf_failed"]

    def test_a_tenant_of_others(self, system, tenant, me):
        check_problem(tenant.client("OPERATOR").post("/auth/switch", {"tenant": "nowhere"}), 403, "not_a_member")
        assert eventually(lambda: self.count(system, me["OPERATOR"]), 25) == ["route:POST /auth/switch|not_a_member"]


class TestReading:
    def test_filters(self, admin, me, plant):
        everything = find(admin)
        assert everything and everything == sorted(everything, key=lambda entry: -entry["audit_id"])
        for query, fits in (
            ({"actor": me["MANAGER"]}, lambda entry: entry["actor"] == me["MANAGER"]),
            ({"action": "line."}, lambda entry: entry["action"].startswith("line.")),
            ({"action": "line.created"}, lambda entry: entry["action"] == "line.created"),
            ({"object": f"line:{plant.line}"}, lambda entry: entry["object"] == f"line:{plant.line}"),
            ({"q": "AUDITED-MANAGER"}, lambda entry: "audited-manager" in json.dumps(entry)),
            ({"q": "line of audited"}, lambda entry: "Line AUDITED" in json.dumps(entry)),
            ({"q": "%"}, lambda entry: "%" in json.dumps(entry)),
            ({"action": "line.", "actor": me["ADMIN"]}, lambda entry: False),
        ):
            found = find(admin, **query)
            if query != {"q": "line of audited"}:
                assert found == [entry for entry in everything if fits(entry)], query
        middle = everything[len(everything) // 2]["recorded_at"]
        later, earlier = find(admin, **{"from": middle}), find(admin, to=middle)
        assert later + earlier == everything
        assert later[-1]["recorded_at"] == middle and later and earlier

    def test_pages(self, admin, plant):
        everything = [entry["audit_id"] for entry in find(admin)]
        found, cursor = [], None
        while True:
            page = admin.read(f"{ROUTE}?limit=7" + (f"&cursor={cursor}" if cursor else ""))
            found += [entry["audit_id"] for entry in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found[-len(everything):] == everything and found == sorted(set(found), reverse=True)

    @pytest.mark.parametrize("path", [ROUTE, SIGN_INS])
    def test_everything_wrong_is_told_at_once(self, admin, path):
        query = {"from": "2026-01-01", "to": "yesterday", "limit": "1001", "cursor": "x", "tenant": "north"}
        problem = check_problem(admin.get(path, params=query), 422, "invalid")
        assert {fault["param"] for fault in problem["errors"]} == set(query)
        more = {"actor": "", "q": "x" * 201} if path == ROUTE else {"user_id": "x", "success": "yes"}
        problem = check_problem(admin.get(path, params=more), 422, "invalid")
        assert {fault["param"] for fault in problem["errors"]} == set(more)
        assert admin.get(f"{path}?from=2026-01-01T00:00:00Z").status_code == 200
        check_problem(admin.get(path, params={"q" if path == ROUTE else "user_id": "\0"}), 422, "invalid")

    def test_sql_in_a_filter_is_text(self, admin, plant):
        for text in ("' OR ''='", "'; DROP TABLE audit_log; --", "\\", "_", "Ω"):
            for name in ("actor", "action", "object"):
                assert find(admin, **{name: text}) == []
            assert admin.get(ROUTE, params={"q": text}).status_code == 200
        assert find(admin)

    def test_others_are_not_there(self, system, admin, south, north_plant, plant):
        other = south.client("ADMIN")
        assert other.read(ROUTE)["items"]
        mine = {entry["audit_id"] for entry in find(admin)}
        assert mine and not mine & {entry["audit_id"] for entry in find(other)}
        assert {entry["object"] for entry in find(admin, action="session.started")} == {"tenant:audited"}

    def test_sign_ins_of_members_alone(self, system, tenant, admin, south):
        client = system.client(source="127.0.0.78")
        for name in ("audited-seen", south.user("VIEWER"), "unknown-of-all"):
            client.post("/auth/token", {"username": name, "password": "wrong"})
        name = tenant.make_user("VIEWER", "audited-seen")
        user = int(system.psql("camet_global", f"SELECT user_id FROM app_user WHERE username = '{name}'"))
        assert admin.read(f"{SIGN_INS}?user_id={user}")["items"] == []
        client.post("/auth/token", {"username": name.upper(), "password": "wrong"})
        sign_in(system, name, source="127.0.0.78")
        items = admin.read(f"{SIGN_INS}?user_id={user}")["items"]
        assert [(item["username"], item["success"], item["reason"], item["address"]) for item in items] == [
            (name, True, None, "127.0.0.78"), (name, False, "wrong_password", "127.0.0.78")]
        assert [item["success"] for item in admin.read(f"{SIGN_INS}?user_id={user}&success=false")["items"]] == [False]
        everything = admin.read(f"{SIGN_INS}?limit=1000")["items"]
        assert {item["username"].split("-")[0] for item in everything} == {"audited"}
        assert everything == sorted(everything, key=lambda item: (item["attempted_at"], item["sign_in_id"]), reverse=True)
        found, cursor = [], None
        while True:
            page = admin.read(f"{SIGN_INS}?limit=3" + (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == everything
        foreign = int(system.psql(
            "camet_global", f"SELECT user_id FROM app_user WHERE username = '{south.user('VIEWER')}'"))
        assert admin.read(f"{SIGN_INS}?user_id={foreign}")["items"] == []


class TestQuestions:
    def rows(self, system, user) -> list[str]:
        return system.psql(
            "camet_global", "SELECT route, query, sum(times), bool_and(duration_microseconds > 0 AND answer_bytes > 0) "
            f"FROM user_query WHERE user_id = {user} GROUP BY route, query ORDER BY route, query").splitlines()

    def test_what_people_ask_is_remembered_with_how_often(self, system, tenant, plant):
        name = tenant.make_user("MANAGER", "audited-asking")
        client = system.client(bearer=sign_in(system, name)["access_token"])
        user = client.read("/auth/me")["user"]["user_id"]
        query = "from=2026-03-04&to=2026-03-04"
        body = {"daterange": {"start_date": "2026-03-04", "end_date": "2026-03-04"}, "interval": "hour"}
        for _ in range(3):
            assert client.get(f"/api/v1/kpis?{query}").status_code == 200
        assert client.get(f"/api/v1/kpis?{query}&line_id={plant.line}").status_code == 200
        assert client.post("/api/v1/dashboard/data", body).status_code == 200
        # Neither what is refused nor what is no question about data.
        assert client.get("/api/v1/kpis?from=never").status_code == 422
        assert client.get("/api/v1/plants").status_code == 200
        expected = [
            f"GET /api/v1/kpis|{query}|3|t", f"GET /api/v1/kpis|{query}&line_id={plant.line}|1|t",
            f"POST /api/v1/dashboard/data|{json.dumps(body)}|1|t"]
        assert eventually(lambda: self.rows(system, user) == expected, 25), self.rows(system, user)

    def test_keys_are_no_people(self, system, tenant, plant, me):
        before = system.psql("camet_global", "SELECT count(*) FROM user_query WHERE query = 'plant_id=1'")
        assert tenant.client("key:read").get("/api/v1/line-status?plant_id=1").status_code in (200, 404, 422)
        assert tenant.client("OPERATOR").get("/api/v1/line-status").status_code == 200
        user = me["OPERATOR"].removeprefix("user:")
        assert eventually(lambda: self.rows(system, user), 25) == ["GET /api/v1/line-status||1|t"]
        assert system.psql("camet_global", "SELECT count(*) FROM user_query WHERE query = 'plant_id=1'") == before
