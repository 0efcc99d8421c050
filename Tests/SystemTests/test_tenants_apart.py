"""Companies and plants apart: by what a request says, by repeated keys, tags of caches, events and records."""

import uuid

import pytest

from event_stream import EventStream
from master_data import API, NEVER, bodies, post
from page_visitor import PageVisitor
from running_system import PASSWORD, PlantData, check_problem, eventually, sign_in

PERIOD = "from=2026-03-04&to=2026-03-04"


@pytest.fixture(scope="module")
def left(system):
    return system.make_tenant("apart-left")


@pytest.fixture(scope="module")
def right(system):
    return system.make_tenant("apart-right")


@pytest.fixture(scope="module")
def left_plant(left):
    return PlantData(left.client("MANAGER"), code="SAME", commissioned_at="2026-03-04T03:00:00Z")


@pytest.fixture(scope="module")
def right_plant(right):
    """Of the same codes and numbers."""
    return PlantData(right.client("MANAGER"), code="SAME", commissioned_at="2026-03-04T03:00:00Z")


def codes(client) -> list[str]:
    return [item["plant_code"] for item in client.read(f"{API}/plants?limit=1000")["items"]]


# What a request says

NAMES = ["tenant", "tenant_id", "tid", "slug", "company", "X-Tenant"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["apart-right", 2, "2"])
def test_a_body_that_names_a_tenant_is_refused_and_changes_nothing_there(left, right, left_plant, right_plant, name,
                                                                         value):
    manager = left.client("MANAGER")
    before = codes(right.client("VIEWER"))
    plant = {"plant_code": f"named-{uuid.uuid4()}", "plant_name": "P", "timezone": "UTC"}
    row = left_plant.detection("2026-03-04T10:00:00Z")
    stop = {"line_id": left_plant.line, "start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z"}
    dashboard = {"daterange": {"start_date": "2026-03-04", "end_date": "2026-03-04"}, "line_id": "all",
                 "interval": "day"}
    for path, body in (("plants", plant), ("detections", {"detections": [row]}), ("downtimes", stop),
                       ("dashboard/data", dashboard), ("filters/validate", dashboard)):
        problem = check_problem(manager.post(f"{API}/{path}", body | {name: value}), 422, "invalid")
        assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [(name, "unknown_field")], path
    answer = left.client("key:ingest").post(f"{API}/detections", {"detections": [row | {name: value}]})
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "invalid_row")
    assert codes(right.client("VIEWER")) == before
    assert manager.post(f"{API}/plants", plant).status_code == 201
    assert plant["plant_code"] in codes(manager) and plant["plant_code"] not in codes(right.client("VIEWER"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", ["VIEWER", "key:read"])
def test_a_query_or_a_header_that_names_a_tenant_shows_nothing_of_it(left, right, left_plant, right_plant, name, who):
    client = left.client(who)
    marked = right.client("MANAGER").make("plants", plant_code=f"of-right-{uuid.uuid4()}", plant_name="P",
                                          timezone="UTC")
    for value in ("apart-right", "2"):
        check_problem(client.send("GET", f"{API}/plants", params={name: value}), 422, "invalid")
        answer = client.get(f"{API}/plants?limit=1000",
                            headers={name: value, f"X-{name}": value, "Host": f"{value}.example"})
        found = [item["plant_code"] for item in answer.json()["items"]]
        assert "plant-SAME" in found and marked["plant_code"] not in found


def test_a_cookie_of_one_and_a_token_of_another_are_one_of_them(system, left, right, left_plant, right_plant):
    """Whoever sends both has what the token says, and the cookie makes no page of the other's data."""
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(left.user("VIEWER")).status_code == 303
    me = visitor.get("/auth/me", headers=right.client("VIEWER").headers | {"Accept": "application/json"}).json()
    assert me["tenant"]["slug"] == "apart-right"
    page = visitor.get("/", headers=right.client("VIEWER").headers).text
    assert "Company apart-left" in page and "Company apart-right" not in page


# Keys that repeat


def test_an_idempotency_key_is_of_whoever_sends_it(system, left, right, left_plant, right_plant):
    """Neither another tenant nor another principal gets the answer, or is kept from asking."""
    given = {"Idempotency-Key": uuid.uuid4().hex}
    keys = [system.camet("key", "create", "--tenant", "apart-left", "--name", f"k{number}", "--scopes",
                         "ingest")["api_key"]
            for number in range(2)]
    clients = [system.client(key=key) for key in keys] + [right.client("key:ingest"), left.client("MANAGER")]
    for number, client in enumerate(clients):
        plant = right_plant if number == 2 else left_plant
        row = plant.detection(f"2026-03-04T10:00:0{number}Z")
        first = client.post(f"{API}/detections", {"detections": [row]}, headers=given)
        assert (first.status_code, first.json()["stored"]) == (200, 1), first.text
        again = client.post(f"{API}/detections", {"detections": [row]}, headers=given)
        assert (again.status_code, again.json()) == (200, first.json())
        other = client.post(f"{API}/detections", {"detections": [row, row]}, headers=given)
        check_problem(other, 409, "idempotency_conflict")
    for number, tenant, plant, count in ((1, left, left_plant, 3), (2, right, right_plant, 1)):
        rows = system.psql(
            tenant.database, f"SELECT count(*) FROM detection_line_{plant.line} WHERE detected_at >= '2026-03-04 10:00Z' "
                             "AND detected_at < '2026-03-04 10:01Z'")
        assert int(rows) == count, number


def test_an_idempotency_key_is_of_one_route(left, left_plant):
    """A key that one route knows is new to another, and does not repeat what the other one answered."""
    manager, given = left.client("MANAGER"), {"Idempotency-Key": uuid.uuid4().hex}
    stop = {"line_id": left_plant.line, "start": "2026-03-04T12:00:00Z", "end": "2026-03-04T12:30:00Z"}
    made = manager.post(f"{API}/downtimes", stop, headers=given)
    assert made.status_code == 201, made.text
    stored = manager.post(f"{API}/detections", {"detections": [left_plant.detection("2026-03-04T09:00:00Z")]},
                          headers=given)
    assert (stored.status_code, stored.json()["stored"]) == (200, 1), stored.text
    assert manager.post(f"{API}/downtimes", stop, headers=given).json() == made.json()


def test_an_event_id_is_of_one_line(left, right, left_plant, right_plant):
    name = uuid.uuid4().hex
    for tenant, plant in ((left, left_plant), (right, right_plant)):
        row = plant.detection("2026-03-04T08:00:00Z", event_id=name)
        answer = tenant.client("key:ingest").post(f"{API}/detections", {"detections": [row]})
        assert (answer.json()["stored"], answer.json()["duplicates"]) == (1, 0)
        answer = tenant.client("key:ingest").post(f"{API}/detections", {"detections": [row]})
        assert (answer.json()["stored"], answer.json()["duplicates"]) == (0, 1)


# Tags of caches


def test_a_tag_of_one_tenant_is_none_of_another(system):
    """Objects of the same number: whoever knows the tag of one is not told that the other is as he knows it."""
    own, other = (system.make_tenant(f"apart-tags-{side}").client("MANAGER") for side in ("left", "right"))
    plant, same = PlantData(own, code="TAGS"), PlantData(other, code="TAGS")
    for resource, number in (("plants", plant.plant), ("production-lines", plant.line), ("products", plant.product)):
        assert number in (same.plant, same.line, same.product)
        path = f"{API}/{resource}/{number}"
        body, changed = bodies(resource, plant, own)
        assert own.put(path, {name: value for name, value in changed.items() if name != "is_active"}).status_code == 200
        tag = own.get(path).headers["ETag"]
        assert own.get(path, headers={"If-None-Match": tag}).status_code == 304
        answer = other.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 200 and answer.headers["ETag"] != tag
        check_problem(other.put(path, body, headers={"If-Match": tag}), 412, "precondition_failed")
        check_problem(other.delete(path, headers={"If-Match": tag}), 412, "precondition_failed")


# Plants


@pytest.fixture(scope="module")
def second_plant(left):
    return PlantData(left.client("MANAGER"), code="SECOND", commissioned_at="2026-03-04T03:00:00Z")


@pytest.fixture(scope="module")
def limited(system, left, left_plant):
    """By role, people who have the first plant only."""
    made = {}
    for role in ("ADMIN", "MANAGER", "OPERATOR", "VIEWER"):
        answer = left.client("ADMIN").post(f"{API}/users", {
            "username": f"apart-{role.lower()}", "email": f"apart-{role.lower()}@example.com", "role": role,
            "password": PASSWORD, "plant_ids": [left_plant.plant]})
        assert answer.status_code == 201, answer.text
        made[role] = system.client(bearer=sign_in(system, f"apart-{role.lower()}")["access_token"])
    return made


def test_what_is_seen_in_part_has_a_tag_of_its_own(left, left_plant, second_plant, limited):
    group = left.client("MANAGER").make("line-groups", group_name="both", line_ids=[left_plant.line, second_plant.line])
    path = f"{API}/line-groups/{group['line_group_id']}"
    whole, part = left.client("VIEWER").get(path), limited["VIEWER"].get(path)
    assert part.json()["line_ids"] == [left_plant.line]
    assert whole.headers["ETag"] != part.headers["ETag"]
    assert limited["VIEWER"].get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 200
    assert limited["VIEWER"].get(path, headers={"If-None-Match": part.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("role", ["ADMIN", "MANAGER", "OPERATOR", "VIEWER"])
def test_no_question_shows_a_plant_that_is_not_ones_own(left, left_plant, second_plant, limited, role):
    client, line, never = limited[role], second_plant.line, NEVER
    given = {"X-Request-Id": "the-same-for-both"}

    def alike(ask) -> None:
        answers = [ask(number) for number in (line, never)]
        assert answers[0].status_code in (404, 422), answers[0].text
        assert answers[0].content == answers[1].content.replace(str(never).encode(), str(line).encode())

    for path in ("kpis", "production", "downtimes", "explain/kpis", "detections"):
        if path == "detections" and role in ("OPERATOR", "VIEWER"):
            continue
        alike(lambda number, path=path: client.get(f"{API}/{path}?{PERIOD}&line_id={number}", headers=given))
        assert client.get(f"{API}/{path}?{PERIOD}&line_id={left_plant.line}").status_code == 200, path
    for path in ("kpis", "production", "downtimes"):
        alike(lambda number, path=path: client.get(f"{API}/{path}?{PERIOD}&plant_id={number}", headers=given)
              if number == never else client.get(f"{API}/{path}?{PERIOD}&plant_id={second_plant.plant}", headers=given))
        assert f'"{second_plant.code}"' not in client.get(f"{API}/{path}?{PERIOD}&line_id=all").text
    assert [one["line_id"] for one in client.read(f"{API}/line-status")["lines"]] == [left_plant.line]
    body = {"daterange": {"start_date": "2026-03-04", "end_date": "2026-03-04"}, "interval": "day"}
    alike(lambda number: client.post(f"{API}/dashboard/data", body | {"line_id": number}, headers=given))
    everything = client.post(f"{API}/dashboard/data", body | {"line_id": "all"})
    assert everything.status_code == 200 and second_plant.code not in everything.text
    alike(lambda number: client.get(f"{API}/filters/AreaFilter/options?line_id={number}", headers=given))
    if role != "VIEWER":
        stop = {"start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z"}
        alike(lambda number: client.post(f"{API}/downtimes", stop | {"line_id": number}, headers=given))
    if role in ("ADMIN", "MANAGER"):
        row = second_plant.detection("2026-03-04T10:00:00Z")
        answer = client.post(f"{API}/detections", {"detections": [row]})
        assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "unknown_line")


def test_a_cause_of_other_plants_is_as_one_that_never_was(left, left_plant, second_plant, limited):
    """Also as the cause of one's own stop."""
    manager = left.client("MANAGER")
    causes = {}
    for name, lines in (("own", [left_plant.line]), ("other", [second_plant.line])):
        failure = manager.make("failures", failure_code=f"apart-{name}", failure_name="F", line_ids=lines)["failure_id"]
        causes[name] = manager.make(
            "incidents", failure_id=failure, incident_code=f"apart-{name}", incident_name="I")["incident_id"]
    stop = {"line_id": left_plant.line, "start": "2026-03-04T14:00:00Z", "end": "2026-03-04T14:30:00Z"}
    for role in ("MANAGER", "OPERATOR"):
        for path in ("downtimes", "downtimes/justify"):
            codes = [
                [fault["code"] for fault in check_problem(
                    limited[role].post(f"{API}/{path}", stop | {"incident_id": number}), 422, "invalid")["errors"]]
                for number in (causes["other"], NEVER)]
            assert codes == [["unknown_id"], ["unknown_id"]], path
    assert limited["OPERATOR"].post(f"{API}/downtimes", stop | {"incident_id": causes["own"]}).status_code == 201


def test_events_of_other_plants_are_not_heard(left, left_plant, second_plant, limited):
    with EventStream(limited["VIEWER"]) as part, EventStream(left.client("VIEWER")) as whole:
        post(left, [second_plant.detection("2026-03-04T13:00:00Z")])
        assert whole.wait("detection_counts", seconds=25).data["line_id"] == second_plant.line
        post(left, [left_plant.detection("2026-03-04T13:00:00Z")])
        # The first that is heard is the own one, although the other came before.
        assert part.wait("detection_counts", seconds=25).data["line_id"] == left_plant.line


def test_the_records_of_all_plants_are_not_for_an_admin_of_some(left, limited):
    for path in ("audit", "audit/sign-ins"):
        assert left.client("ADMIN").get(f"{API}/{path}").status_code == 200
        check_problem(limited["ADMIN"].get(f"{API}/{path}"), 403, "forbidden")
        check_problem(limited["ADMIN"].get(f"{API}/{path}?limit=x"), 403, "forbidden")


def test_settings_of_the_company_are_not_for_an_admin_of_some_plants(left, limited):
    for key, value in (("line.default_downtime_threshold_seconds", 300), ("sign_in.two_factor_roles", [])):
        path = f"{API}/settings/{key}"
        assert limited["ADMIN"].get(path).status_code == 200
        check_problem(limited["ADMIN"].put(path, {"value": value}), 403, "forbidden")
        assert left.client("ADMIN").put(path, {"value": value}).status_code == 200


def test_other_plants_reach_a_token_within_seconds(system, left, left_plant, second_plant):
    """Whose plants are changed sees the other ones with the token he has, and no more those that were taken away."""
    admin = left.client("ADMIN")
    body = {"username": "apart-moved", "email": "apart-moved@example.com", "role": "VIEWER"}
    made = admin.post(f"{API}/users", body | {"password": PASSWORD, "plant_ids": [left_plant.plant]})
    client = system.client(bearer=sign_in(system, "apart-moved")["access_token"])

    def lines() -> list[int]:
        return [line["line_id"] for line in client.read(f"{API}/production-lines")["items"]]

    assert lines() == [left_plant.line]
    path = f"{API}/users/{made.json()['user_id']}"
    assert admin.put(path, body | {"plant_ids": [second_plant.plant]}).status_code == 200
    assert eventually(lambda: lines() == [second_plant.line], 25)
