"""Who may do what: every served route with every kind of principal, as a table."""

import re

import pytest

from page_visitor import PageVisitor
from running_system import check_problem, eventually, sign_in

ROLES = ["SUPER_ADMIN", "ADMIN", "MANAGER", "OPERATOR", "VIEWER"]
KEYS = ["key:read", "key:ingest", "key:write"]
EVERY_ROLE = set(ROLES)
OPERATORS = EVERY_ROLE - {"VIEWER"}
MANAGERS = {"SUPER_ADMIN", "ADMIN", "MANAGER"}
READERS = EVERY_ROLE | {"key:read"}
WRITERS = MANAGERS | {"key:write"}
ADMINS = {"SUPER_ADMIN", "ADMIN"}

MASTER_DATA = [
    "plants", "production-lines", "areas", "products", "ideal-rates", "shifts", "calendar-exceptions", "failures",
    "incidents", "line-groups",
]
SETTING = "/api/v1/settings/line.default_downtime_threshold_seconds"
TWO_FACTOR_ROLES = "/api/v1/settings/sign_in.two_factor_roles"

PERIOD = "from=2026-03-04&to=2026-03-04"

# Method and path, who may, what those get. An empty body is refused by its content, so nothing is changed.
ROUTES = [
    ("GET", "/auth/me", EVERY_ROLE, 200),
    ("POST", "/auth/switch", EVERY_ROLE, 422),
    ("POST", "/api/v1/detections", MANAGERS | {"key:ingest"}, 422),
    ("POST", "/api/v1/heartbeats", MANAGERS | {"key:ingest"}, 422),
    ("GET", f"/api/v1/kpis?{PERIOD}", READERS, 200),
    ("GET", f"/api/v1/explain/kpis?{PERIOD}", READERS, 200),
    ("GET", f"/api/v1/production?{PERIOD}", READERS, 200),
    ("GET", f"/api/v1/downtimes?{PERIOD}", READERS, 200),
    ("GET", "/api/v1/line-status", READERS, 200),
    ("POST", "/api/v1/downtimes", OPERATORS | {"key:write"}, 422),
    ("POST", "/api/v1/downtimes/justify", OPERATORS | {"key:write"}, 422),
    ("GET", "/api/v1/downtimes/2147483647/1", READERS, 404),
    ("PATCH", "/api/v1/downtimes/2147483647/1", OPERATORS | {"key:write"}, 422),
    ("DELETE", "/api/v1/downtimes/2147483647/1", WRITERS, 404),
    ("POST", "/api/v1/downtimes/2147483647/1/split", OPERATORS | {"key:write"}, 422),
    ("POST", "/api/v1/downtimes/2147483647/1/merge", WRITERS, 422),
    ("POST", "/api/v1/downtimes/2147483647/merge", WRITERS, 422),
    ("POST", "/api/v1/downtimes/2147483647/1/undo", OPERATORS | {"key:write"}, 404),
    ("POST", "/api/v1/downtimes/recalculate", WRITERS, 422),
    ("POST", "/api/v1/cache/refresh", {"SUPER_ADMIN", "ADMIN"}, 200),
    ("POST", "/api/v1/dashboard/data", READERS, 422),
    ("GET", "/api/v1/detections", MANAGERS | {"key:read"}, 422),
    ("GET", "/api/v1/layout", READERS, 200),
    ("GET", "/api/v1/filters", READERS, 200),
    ("GET", "/api/v1/filters/IntervalFilter/options", READERS, 200),
    ("POST", "/api/v1/filters/validate", READERS, 200),
    ("GET", "/api/v1/audit", ADMINS, 200),
    ("GET", "/api/v1/audit/sign-ins", ADMINS, 200),
    *[("GET", f"/api/v1/{name}", READERS, 200) for name in MASTER_DATA],
    *[("GET", f"/api/v1/{name}/2147483647", READERS, 404) for name in MASTER_DATA],
    *[("POST", f"/api/v1/{name}", WRITERS, 422) for name in MASTER_DATA],
    *[("PUT", f"/api/v1/{name}/2147483647", WRITERS, 422) for name in MASTER_DATA],
    *[("DELETE", f"/api/v1/{name}/2147483647", WRITERS, 404) for name in MASTER_DATA],
    ("GET", "/api/v1/layouts", MANAGERS, 200),
    ("GET", "/api/v1/layouts/5", MANAGERS, 404),
    ("POST", "/api/v1/layouts", MANAGERS, 422),
    ("PUT", "/api/v1/layouts/5", MANAGERS, 422),
    ("DELETE", "/api/v1/layouts/5", MANAGERS, 404),
    ("GET", "/api/v1/settings", READERS, 200),
    ("GET", SETTING, READERS, 200),
    ("PUT", SETTING, ADMINS, 422),
    ("GET", "/api/v1/api-keys", ADMINS, 200),
    ("POST", "/api/v1/api-keys", ADMINS, 422),
    ("GET", "/api/v1/api-keys/2147483647", ADMINS, 404),
    ("PUT", "/api/v1/api-keys/2147483647", ADMINS, 422),
    ("DELETE", "/api/v1/api-keys/2147483647", ADMINS, 404),
    ("GET", "/api/v1/users", ADMINS, 200),
    ("POST", "/api/v1/users", ADMINS, 422),
    ("GET", "/api/v1/users/2147483647", ADMINS, 404),
    ("PUT", "/api/v1/users/2147483647", ADMINS, 422),
    ("DELETE", "/api/v1/users/2147483647", ADMINS, 404),
    ("PUT", "/auth/me", EVERY_ROLE, 422),
    ("POST", "/auth/password", EVERY_ROLE, 422),
    ("GET", "/auth/sessions", EVERY_ROLE, 200),
    ("DELETE", "/auth/sessions", EVERY_ROLE, 204),
    ("DELETE", "/auth/sessions/00000000-0000-0000-0000-000000000000", EVERY_ROLE, 404),
    ("POST", "/auth/2fa/enroll", EVERY_ROLE, 403),
    ("POST", "/auth/2fa/confirm", EVERY_ROLE, 422),
    ("POST", "/auth/2fa/disable", EVERY_ROLE, 403),
    ("POST", "/auth/2fa/recovery-codes", EVERY_ROLE, 403),
    ("GET", TWO_FACTOR_ROLES, READERS, 200),
    ("PUT", TWO_FACTOR_ROLES, ADMINS, 422),
    ("DELETE", "/api/v1/users/2147483647/second-factor", ADMINS, 404),
    ("GET", "/api/v1/devices", MANAGERS, 200),
    ("POST", "/api/v1/devices", MANAGERS, 422),
    ("GET", "/api/v1/devices/2147483647", MANAGERS, 404),
    ("PUT", "/api/v1/devices/2147483647", MANAGERS, 422),
    ("POST", "/api/v1/devices/2147483647/renew", MANAGERS, 404),
    ("DELETE", "/api/v1/devices/2147483647", MANAGERS, 404),
    ("PUT", "/api/v1/me/pin", OPERATORS, 422),
    ("DELETE", "/api/v1/me/pin", OPERATORS, 204),
    ("DELETE", "/api/v1/users/2147483647/pin", ADMINS, 404),
]

# Routes that serve anybody.
OPEN_ROUTES = [
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/login", 200),
    ("GET", "/.well-known/jwks.json", 200),
    ("GET", "/metrics", 404),
    ("POST", "/auth/token", 422),
    ("POST", "/auth/refresh", 422),
    ("POST", "/auth/token/otp", 422),
]


def ask(client, method, path):
    return client.send(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)


@pytest.mark.parametrize("method,path,allowed,expected", ROUTES, ids=[f"{row[0]} {row[1]}" for row in ROUTES])
def test_a_route_serves_those_of_its_row_and_nobody_else(system, north, north_plant, method, path, allowed, expected):
    got = {who: ask(north.client(who), method, path) for who in ROLES + KEYS}
    assert {who: answer.status_code for who, answer in got.items()} == {
        who: expected if who in allowed else 403 for who in ROLES + KEYS
    }
    for who, answer in got.items():
        if who not in allowed:
            check_problem(answer, 403, "forbidden")
    check_problem(ask(system.client(), method, path), 401, "unauthorized")


@pytest.mark.parametrize("method,path,expected", OPEN_ROUTES, ids=[f"{row[0]} {row[1]}" for row in OPEN_ROUTES])
def test_an_open_route_serves_anybody(system, north, method, path, expected):
    assert ask(system.client(), method, path).status_code == expected
    assert ask(north.client("VIEWER"), method, path).status_code == expected


def test_the_stream_is_for_readers(system, north, north_plant):
    for who in ROLES + KEYS:
        with north.client(who).get("/api/v1/stream", stream=True) as answer:
            assert answer.status_code == (200 if who in READERS else 403), who
    assert system.client().get("/api/v1/stream").status_code == 401


# Pages are for people of every role; forms are asked for with no token, which is looked at before what is in them.
PAGES = [
    ("GET", "/", 200), ("GET", "/dashboard/tiles", 200),
    ("GET", "/dashboard/explanation?widget_id=KpiOee", 200), ("GET", "/account", 200), ("GET", "/api/docs", 200),
    ("GET", "/downtimes", 200), ("GET", "/downtimes/board", 200),
    ("GET", "/andon", 200), ("GET", "/andon/data", 200), ("HEAD", "/andon/events", 200),
    ("GET", "/shift-board", 200), ("GET", "/shift-board/boards", 200), ("HEAD", "/shift-board/events", 200),
    ("GET", "/stop/2147483647-1", 404),
    *[("POST", path, 403) for path in (
        "/session/switch", "/account/preferences", "/account/second-factor/enroll", "/account/password",
        "/account/sessions/end", "/account/sessions/end-others")],
]

# Pages and what they ask for that are of devices alone; their own tests are those of devices and stations.
DEVICE_PAGES = [
    *[("GET", path) for path in (
        "/station", "/station/board", "/station/offline.js", "/station/downtimes", "/station/downtimes/1/1",
        "/station/events")],
    *[("POST", path) for path in (
        "/station/turn", "/station/downtimes/justify", "/station/downtimes/1/1/split", "/station/downtimes/1/1/undo")],
    ("PUT", "/station/turn"), ("DELETE", "/station/turn"), ("PATCH", "/station/downtimes/1/1"),
]


@pytest.mark.parametrize("method,path", DEVICE_PAGES, ids=[f"{row[0]} {row[1]}" for row in DEVICE_PAGES])
def test_what_is_of_devices_is_for_no_person_and_no_key(system, north, method, path):
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(north.user("SUPER_ADMIN")).status_code == 303
    for answer in (visitor.send(method, path, headers={"Accept": "*/*"}), ask(system.client(), method, path),
                   *[ask(north.client(who), method, path) for who in ("ADMIN", *KEYS)]):
        check_problem(answer, 401, "device_not_enrolled")


@pytest.mark.parametrize("path", ["/account/pin", "/account/pin/remove"])
def test_forms_of_a_pin_are_for_whoever_may_change_stops(system, north, path):
    """Without the token, which is looked at before what is in them."""
    for role in ROLES:
        visitor = PageVisitor(system.base)
        assert visitor.sign_in(north.user(role)).status_code == 303
        assert visitor.send("POST", path, headers={"Accept": "*/*"}, data={}).status_code == 403, role
        # The control: with it, whoever may is told what is wrong, or that nothing is left to do.
        token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/account").text)[1]
        answer = visitor.send("POST", path, data={"csrf_token": token})
        assert answer.status_code == (403 if role == "VIEWER" else 303 if path.endswith("remove") else 422), role


@pytest.mark.parametrize("method,path,expected", PAGES, ids=[f"{row[0]} {row[1]}" for row in PAGES])
def test_a_page_is_for_every_role_and_neither_for_tokens_nor_keys(system, north, north_plant, method, path, expected):
    for role in ROLES:
        visitor = PageVisitor(system.base)
        assert visitor.sign_in(north.user(role)).status_code == 303
        assert visitor.send(method, path).status_code == expected, role
    for who in ["VIEWER", *KEYS]:
        answer = north.client(who).send(method, path, headers={"Accept": "text/html"})
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/login"), who


@pytest.mark.parametrize("path", [
    "/", "/dashboard/tiles", "/dashboard/explanation", "/dashboard/detections", "/account", "/downtimes", "/downtimes/board", "/andon", "/andon/data", "/andon/events",
    "/shift-board", "/shift-board/boards", "/shift-board/events", "/stop/1-1"])
def test_a_page_sends_whoever_is_not_signed_in_to_the_sign_in(system, path):
    answer = system.client().get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


def test_a_lowered_role_is_effective_within_seconds(system, north, south):
    username = south.make_user("MANAGER", "south-lowered")
    old = system.client(bearer=sign_in(system, username)["access_token"])
    assert old.post("/api/v1/plants", {}).status_code == 422
    system.camet("user", "grant", "--username", username, "--tenant", "south", "--role", "VIEWER")
    assert eventually(lambda: old.get("/auth/me").status_code == 401, 25)
    new = system.client(bearer=sign_in(system, username)["access_token"])
    assert new.read("/auth/me")["role"] == "VIEWER"
    check_problem(new.post("/api/v1/plants", {}), 403, "forbidden")


class TestTenants:
    """Another tenant's objects are as if they did not exist."""

    def test_lists_hold_only_the_own_objects(self, north, south, north_plant, south_plant):
        for tenant, own in ((north, north_plant), (south, south_plant)):
            lines = tenant.client("VIEWER").read("/api/v1/production-lines")["items"]
            assert own.code in [line["line_code"] for line in lines]
            other = south_plant if own is north_plant else north_plant
            assert other.code not in [line["line_code"] for line in lines]

    @pytest.mark.parametrize("names", [
        {"headers": {"X-Tenant": "south", "X-Tenant-Id": "2"}},
        {"params": {"tenant": "south"}},
    ], ids=["header", "query"])
    def test_nothing_in_a_request_chooses_the_tenant(self, north, south_plant, north_plant, names):
        answer = north.client("VIEWER").get("/api/v1/production-lines", **names)
        if answer.status_code == 200:
            codes = [line["line_code"] for line in answer.json()["items"]]
            assert south_plant.code not in codes and north_plant.code in codes
        else:
            check_problem(answer, 422, "invalid")

    def test_an_id_of_another_tenant_is_answered_like_one_that_never_was(self, north, south):
        # A line whose id the other tenant has not reached yet.
        manager = south.client("MANAGER")
        plant = manager.make("plants", plant_code="many", plant_name="Many", timezone="UTC")["plant_id"]
        newest = 0
        for number in range(5):
            newest = manager.make(
                "production-lines", plant_id=plant, line_code=f"M{number}", line_name="Many")["line_id"]
        given = {"X-Request-Id": "the-same-for-both"}
        assert manager.get(f"/api/v1/production-lines/{newest}").status_code == 200
        other = north.client("VIEWER")
        own = max(line["line_id"] for line in other.read("/api/v1/production-lines")["items"])
        assert own < newest
        foreign = other.get(f"/api/v1/production-lines/{newest}", headers=given)
        check_problem(foreign, 404, "not_found")
        assert foreign.content == other.get("/api/v1/production-lines/2147483647", headers=given).content
        figures = other.get(f"/api/v1/kpis?{PERIOD}&line_id={newest}", headers=given)
        invented = other.get(f"/api/v1/kpis?{PERIOD}&line_id=2147483647", headers=given)
        assert figures.status_code == invented.status_code != 200
        assert figures.content == invented.content

    def test_a_line_code_of_another_tenant_is_unknown(self, north, south_plant, north_plant):
        client = north.client("key:ingest")
        row = south_plant.detection("2026-03-01T12:00:00Z", event_id="foreign")
        answer = client.post("/api/v1/detections", {"detections": [row]})
        assert answer.status_code == 422
        assert answer.json()["rejected"][0]["code"] == "unknown_line"
