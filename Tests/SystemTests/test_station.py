"""A shared tablet at a line: who is at it, what he may do there, and in whose name."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from page_visitor import PageVisitor
from running_line import RunningLine, text
from running_system import PASSWORD, PlantData, check_problem, eventually, sign_in
from shop_floor import ROUTE, StationBrowser, set_pin
from test_stops_page import rows

NUMBERS = itertools.count(1)
PIN = "2580"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("stationed")


@pytest.fixture(scope="module")
def line(tenant):
    """Its units stopped for 20 minutes an hour ago, and for 5 minutes until now."""
    made = RunningLine(tenant, code="ST1")
    made.run(200, 60)
    made.run(40, 5)
    return made


@pytest.fixture(scope="module")
def elsewhere(tenant, line):
    return PlantData(tenant.client("MANAGER"), code="ST2")


@pytest.fixture(scope="module")
def operator(tenant):
    return tenant.client("OPERATOR")


@pytest.fixture(scope="module")
def operator_id(operator):
    return set_pin(operator, PIN)


@pytest.fixture
def station(system, tenant, line, elsewhere, operator_id):
    answer = tenant.client("MANAGER").post(
        ROUTE, {"kind": "station", "name": "Mesa", "line_ids": [line.id], "language": "en"})
    made = StationBrowser(system, answer.json()["link"])
    made.id = answer.json()["device_id"]
    yield made
    tenant.client("MANAGER").delete(f"{ROUTE}/{made.id}")


@pytest.fixture
def person(system, tenant):
    """Makes members, each with a PIN; name, client and number."""

    def make(role="OPERATOR", pin=PIN, plants=None):
        name = tenant.make_user(role, f"stationed-{next(NUMBERS)}")
        client = system.client(bearer=sign_in(system, name)["access_token"])
        number = client.read("/auth/me")["user"]["user_id"]
        if pin:
            set_pin(client, pin)
        if plants is not None:
            answer = tenant.client("ADMIN").put(f"/api/v1/users/{number}", {
                "username": name, "email": f"{name}@example.com", "role": role, "plant_ids": plants})
            assert answer.status_code == 200, answer.text
        return name, client, number

    return make


def people(station) -> set[str]:
    board = station.board()
    part = board[board.index('id="station-people"'):]
    part = part[:part.index("</ul>")]
    return {item.split(">")[1].split("<")[0] for item in part.split("<li")[1:]}


def open_stops(station, line) -> list[dict]:
    return rows(station.board(), f"line-{line.id}")


def justify(station, row, incident, **headers):
    body = {"line_id": int(row["line"]), "start": row["start"], "end": row.get("end") or None, "incident_id": incident}
    return station.ask("POST", "/downtimes/justify", body, **headers)


def test_it_shows_its_lines_and_what_nobody_has_explained(station, line):
    board = station.board()
    assert f'id="line-{line.id}"' in board and board.count('class="tile station-line"') == 1
    found = open_stops(station, line)
    assert len(found) >= 2 and all(not row["incident"] for row in found)
    assert found[0]["status"] == "ongoing"


def test_whoever_has_a_pin_and_may_change_stops_can_be_picked(station, tenant, line, elsewhere, person, operator_id):
    here, _, _ = person()
    none, _, _ = person(pin=None)
    there, _, _ = person(plants=[elsewhere.plant])
    both, _, _ = person(plants=[elsewhere.plant, line.plant.plant])
    lowered, _, number = person()
    tenant.system.camet("user", "grant", "--username", lowered, "--tenant", tenant.slug, "--role", "VIEWER")
    left, _, number = person()
    assert tenant.client("ADMIN").delete(f"/api/v1/users/{number}").status_code == 204
    found = people(station)
    assert {here, both, tenant.user("OPERATOR")} <= found and not found & {none, there, lowered, left}


def test_whoever_needs_a_second_factor_and_has_none_cannot_be_picked(station, tenant, person):
    setting = "/api/v1/settings/sign_in.two_factor_roles"
    name, _, number = person()
    admin = tenant.client("ADMIN")
    assert name in people(station) and station.begin(number, PIN).status_code == 200
    assert admin.put(setting, {"value": ["OPERATOR"]}).status_code == 200
    try:
        assert name not in people(station)
        check_problem(station.ask("PUT", "/turn"), 401, "turn_over")
        check_problem(station.begin(number, PIN), 403, "wrong_pin")
    finally:
        assert admin.put(setting, {"value": []}).status_code == 200
    assert station.begin(number, PIN).status_code == 200


def test_the_names_are_told_to_stations_alone(system, station, tenant, operator_id):
    answer = station.browser.get("/station/board")
    assert tenant.user("OPERATOR") in answer.text
    check_problem(system.client().get("/station/board"), 401, "device_not_enrolled")


def test_a_pin_begins_a_turn_and_a_wrong_one_does_not(station, operator_id):
    check_problem(station.ask("PUT", "/turn"), 401, "turn_over")
    check_problem(station.begin(operator_id, "9999"), 403, "wrong_pin")
    check_problem(station.begin(2147483647, PIN), 403, "wrong_pin")
    answer = station.begin(operator_id, PIN)
    assert answer.status_code == 200 and answer.json()["seconds"] == 120
    assert (answer.json()["user_id"], answer.json()["splits_any"]) == (operator_id, False)
    assert station.ask("PUT", "/turn").status_code == 204
    assert station.ask("DELETE", "/turn").status_code == 204
    check_problem(station.ask("PUT", "/turn"), 401, "turn_over")


def test_a_turn_needs_the_token_of_the_page(station, operator_id):
    station.token = "x" * 32
    check_problem(station.begin(operator_id, PIN), 403, "csrf_failed")


def test_five_wrong_tries_lock_a_pin_and_only_that_one(system, station, person):
    _, _, locked = person()
    _, _, other = person()
    for _ in range(5):
        check_problem(station.begin(locked, "9999"), 403, "wrong_pin")
    problem = station.begin(locked, PIN)
    check_problem(problem, 429, "too_many_attempts")
    assert 240 < int(problem.headers["Retry-After"]) <= 300
    assert station.begin(other, PIN).status_code == 200
    # Over after five minutes.
    system.psql("camet_global", f"UPDATE station_pin SET locked_until = now() - interval '1 s' WHERE user_id = {locked}")
    assert station.begin(locked, PIN).status_code == 200
    for _ in range(4):
        check_problem(station.begin(locked, "9999"), 403, "wrong_pin")
    assert station.begin(locked, PIN).status_code == 200, "a right one forgives those before"


def test_nobody_gets_more_tries_by_making_them_at_once(station, person):
    _, _, number = person()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(
            lambda _: station.browser.session.post(
                f"{station.browser.base}/station/turn", json={"user_id": number, "pin": "9999"}, timeout=30,
                headers={"X-CSRF-Token": station.token, "Accept": "application/json"}).status_code, range(12)))
    assert sorted(answers) == [403] * 5 + [429] * 7


def test_a_turn_is_of_one_station(system, tenant, station, line, operator_id):
    answer = tenant.client("MANAGER").post(ROUTE, {"kind": "station", "name": "Other", "line_ids": [line.id]})
    other = StationBrowser(system, answer.json()["link"])
    assert station.begin(operator_id, PIN).status_code == 200
    other.turn = station.turn
    check_problem(other.ask("PUT", "/turn"), 401, "turn_over")
    assert station.ask("PUT", "/turn").status_code == 204
    tenant.client("MANAGER").delete(f"{ROUTE}/{answer.json()['device_id']}")


def test_a_turn_ends_with_the_pin_it_began_with(tenant, station, person):
    name, client, number = person()
    assert station.begin(number, PIN).status_code == 200
    set_pin(client, "1379")
    check_problem(station.ask("PUT", "/turn"), 401, "turn_over")
    assert station.begin(number, "1379").status_code == 200
    tenant.system.camet("user", "disable", "--username", name)
    check_problem(station.ask("PUT", "/turn"), 401, "turn_over")


def test_a_cause_is_given_in_a_persons_name_with_the_station_beside_it(tenant, station, line, operator_id):
    row = next(row for row in open_stops(station, line) if row["status"] == "closed")
    check_problem(justify(station, row, line.incidents["Fusible"]), 401, "turn_over")
    assert station.begin(operator_id, PIN).status_code == 200
    key = "station-key-1"
    answer = justify(station, row, line.incidents["Fusible"], **{"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    stop = answer.json()
    assert stop["justified_by"] == operator_id and stop["incident_id"] == line.incidents["Fusible"]
    # Once, however often it is sent.
    again = justify(station, row, line.incidents["Fusible"], **{"Idempotency-Key": key})
    assert again.status_code == 200 and again.json()["event_id"] == stop["event_id"]
    assert row["start"] not in [one["start"] for one in open_stops(station, line)]
    entry = tenant.client("ADMIN").read("/api/v1/audit?action=stop.justified&limit=1")["items"][0]
    assert entry["actor"] == f"user:{operator_id}" and entry["detail"]["device_id"] == station.id
    # What he has read meanwhile is another stop by now: both versions are there to be compared.
    path = f"/downtimes/{line.id}/{stop['event_id']}"
    stale = station.ask("PATCH", path, {"incident_id": line.incidents["Rodamiento"]}, **{"If-Match": '"old"'})
    check_problem(stale, 412, "precondition_failed")
    assert station.ask("GET", path).json()["incident_id"] == line.incidents["Fusible"]
    changed = station.ask(
        "PATCH", path, {"incident_id": line.incidents["Rodamiento"], "reason": "Ruido"},
        **{"If-Match": answer.headers["ETag"]})
    assert changed.status_code == 200 and changed.json()["reason"] == "Ruido"
    for _ in range(2):
        assert station.ask("POST", f"{path}/undo").status_code == 200
    assert row["start"] in [one["start"] for one in open_stops(station, line)]


def test_a_running_stop_with_a_cause_stays_and_is_not_counted(station, line, operator_id):
    def counted():
        return int(re.search(r'class="station-count"><strong>(\d+) ', station.board())[1])

    before = open_stops(station, line)
    assert before[0]["status"] == "ongoing" and counted() == len(before)
    assert station.begin(operator_id, PIN).status_code == 200
    answer = justify(station, before[0], line.incidents["Fusible"])
    assert answer.status_code == 200, answer.text
    left, open_ones = open_stops(station, line), counted()
    path = f"/downtimes/{line.id}/{answer.json()['event_id']}"
    assert station.ask("POST", f"{path}/undo").status_code == 200
    assert left[0]["incident"] == str(line.incidents["Fusible"]) and len(left) == len(before)
    assert open_ones == len(before) - 1


def test_a_stop_is_split_where_somebody_says_and_put_together_again(station, line, person):
    _, _, manager = person(role="MANAGER")
    row = next(row for row in open_stops(station, line) if row["status"] == "closed")
    begun = station.begin(manager, PIN)
    assert begun.json()["splits_any"] is True
    stop = justify(station, row, line.incidents["Fusible"]).json()
    path = f"/downtimes/{line.id}/{stop['event_id']}"
    check_problem(station.ask("POST", f"{path}/split", {"at": row["start"]}), 422, "invalid")
    start, end = (datetime.fromisoformat(stop[name]) for name in ("start", "end"))
    parts = station.ask("POST", f"{path}/split", {"at": text(start + (end - start) / 2)})
    assert parts.status_code == 200, parts.text
    assert [one["source"] for one in parts.json()["items"]] == ["registered", "registered"]
    number = parts.json()["items"][0]["event_id"]
    assert station.ask("POST", f"/downtimes/{line.id}/{number}/undo").status_code == 200
    again = next(one for one in line.stops() if one["start"] == stop["start"])
    assert again["end"] == stop["end"]
    assert station.ask("POST", f"/downtimes/{line.id}/{again['event_id']}/undo").status_code == 200


def test_an_operator_may_no_more_at_a_station_than_elsewhere(station, line, operator_id, person):
    _, _, manager = person(role="MANAGER")
    row = next(row for row in open_stops(station, line) if row["status"] == "closed")
    assert station.begin(manager, PIN).status_code == 200
    stop = justify(station, row, line.incidents["Fusible"]).json()
    path = f"/downtimes/{line.id}/{stop['event_id']}"
    assert station.begin(operator_id, PIN).status_code == 200
    check_problem(station.ask("POST", f"{path}/split", {"at": text(line.ago(50))}), 403, "forbidden")
    check_problem(station.ask("POST", f"{path}/undo"), 403, "forbidden")
    check_problem(station.ask("PATCH", path, {"start": text(line.ago(55))}), 403, "forbidden")
    assert station.begin(manager, PIN).status_code == 200
    assert station.ask("POST", f"{path}/undo").status_code == 200


def test_another_line_is_none(station, line, elsewhere, operator_id):
    assert station.begin(operator_id, PIN).status_code == 200
    period = f"from={text(line.ago(300))}&to={text(line.ago(0))}"
    assert station.ask("GET", f"/downtimes?line_id={line.id}&{period}").status_code == 200
    body = {"line_id": elsewhere.line, "start": text(line.ago(50)), "end": text(line.ago(45)), "reason": "x"}
    for answer in (
        station.ask("GET", f"/downtimes?line_id={elsewhere.line}&{period}"),
        station.ask("GET", f"/downtimes?line_id={line.id}&line_id={elsewhere.line}&{period}"),
        station.ask("GET", f"/downtimes?line_id=all&{period}"),
        station.ask("GET", f"/downtimes/{elsewhere.line}/1"),
        station.ask("POST", "/downtimes/justify", body),
        station.ask("PATCH", f"/downtimes/{elsewhere.line}/1", {"reason": "x"}),
        station.ask("POST", f"/downtimes/{elsewhere.line}/1/split", {"at": text(line.ago(50))}),
        station.ask("POST", f"/downtimes/{elsewhere.line}/1/undo"),
    ):
        check_problem(answer, 404, "not_found")
    check_problem(station.ask("GET", f"/downtimes?{period}"), 422, "invalid")
    # Nor is there any other part of the API.
    for method, path in (("POST", "/downtimes"), ("DELETE", f"/downtimes/{line.id}/1"), ("GET", "/plants")):
        assert station.ask(method, path, {} if method == "POST" else None).status_code in (404, 405), path


def test_its_stream_tells_of_its_lines_alone(system, tenant, station, line, elsewhere):
    with station.browser.session.get(f"{system.base}/station/events", stream=True, timeout=30) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        chunks = stream.iter_content(None)
        next(chunks)
        answer = tenant.client("key:ingest").post(
            "/api/v1/detections", {"detections": [elsewhere.detection(text(line.ago(2)))]})
        assert answer.status_code == 200
        line.unit()
        seen = b""
        for chunk in chunks:
            seen += chunk
            if b'"line_id":%d' % line.id in seen:
                break
    assert b'"line_id":%d' % elsewhere.line not in seen


def test_the_page_says_whose_it_is_and_takes_names_for_text(system, tenant, line, elsewhere):
    answer = tenant.client("MANAGER").post(
        ROUTE, {"kind": "station", "name": "<script>x</script>", "line_ids": [elsewhere.line, line.id], "language": "es"})
    made = StationBrowser(system, answer.json()["link"])
    assert "<script>x" not in made.page and "&lt;script&gt;x" in made.page
    assert "¿Quién es usted?" in made.page
    board = made.board()
    assert board.index(f'id="line-{elsewhere.line}"') < board.index(f'id="line-{line.id}"'), "in its own order"
    tenant.client("MANAGER").delete(f"{ROUTE}/{answer.json()['device_id']}")
