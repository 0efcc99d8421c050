"""What people do to stops, through the real API."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from event_stream import EventStream
from running_system import check_problem
from stopped_line import DAY, FIRST, QUERY, SECOND, Line, at, post, utc


def moment(at: datetime) -> str:
    """An instant as queries take it."""
    return at.isoformat().replace("+00:00", "Z")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("stops")


@pytest.fixture
def line(tenant):
    return Line(tenant)


def test_an_entered_stop_counts_in_every_figure(line):
    assert line.times() == [FIRST, SECOND]
    assert line.downtime() == 3_000
    made = line.enter("12:00:00", "12:10:00", incident_id=line.incident, reason="Cambio de molde")
    assert made["source"] == "registered" and made["status"] == "closed" and made["kind"] == "stop"
    assert (made["start"], made["end"]) == (utc("12:00:00"), utc("12:10:00"))
    assert made["incident_id"] == line.incident and made["reason"] == "Cambio de molde"
    assert made["justified_by"] == line.manager.read("/auth/me")["user"]["user_id"]
    assert made["planned_seconds"] == made["duration_seconds"] == 600
    assert isinstance(made["event_id"], int)
    assert line.stops()[2] == made
    assert line.downtime() == 3_600
    assert line.kpis()["lines"][0]["stops"] == 3
    assert line.kpis()["downtime_by_category"]["changeover"] == 600
    assert line.kpis()["downtime_by_category"]["breakdown"] == 3_000
    board = line.manager.post("/api/v1/dashboard/data", {
        "daterange": {"start_date": DAY, "end_date": DAY}, "line_id": line.id, "interval": "hour",
        "widget_ids": ["DowntimeTable", "ProductionTimeChart", "ScatterChart"],
    }).json()["widgets"]
    named = {"failure_name": "Tools", "incident_name": "Tool change"}
    assert made | named in board["DowntimeTable"]["data"]["items"]
    points = board["ScatterChart"]["data"]
    told = list(zip(*(points[name] for name in ("start", "failure_name", "incident_name", "reason"))))
    assert told == [(made["start"], "Tools", "Tool change", "Cambio de molde")] + [
        (start, None, None, None) for start, *_ in (SECOND, FIRST)]
    assert made["event_id"] in [stop["event_id"] for stop in board["ProductionTimeChart"]["data"]["stops"]]


def test_an_entered_stop_is_subtracted_from_calculated_ones(line):
    line.enter("08:05:00", "08:10:00")
    assert line.times()[:3] == [
        (utc("08:00:00"), utc("08:05:00"), "calculated"), (utc("08:05:00"), utc("08:10:00"), "registered"),
        (utc("08:10:00"), utc("08:20:00"), "calculated"),
    ]
    assert line.downtime() == 3_000


def test_registered_stops_may_touch_and_not_overlap(line):
    line.enter("12:00:00", "12:10:00")
    check_problem(
        line.manager.post("/api/v1/downtimes", {
            "line_id": line.id, "start": at("12:09:59"), "end": at("12:20:00")}), 409, "overlapping_stop")
    line.enter("12:10:00", "12:20:00")
    open_stop = line.enter("13:00:00", None)
    assert open_stop["end"] is None and open_stop["status"] == "ongoing"
    assert line.enter("13:30:00", "13:40:00", status=409)["code"] == "overlapping_stop"
    path = f"/{line.id}/{open_stop['event_id']}"
    closed = line.edit("PATCH", path, {"end": at("13:20:00")})
    assert closed["end"] == utc("13:20:00") and closed["event_id"] == open_stop["event_id"]
    line.enter("13:30:00", "13:40:00")


def test_faults_of_a_body_come_all_at_once(line):
    future = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    answer = line.manager.post("/api/v1/downtimes", {
        "line_id": 2147483647, "start": future, "end": (datetime.now(timezone.utc) + timedelta(hours=2)).isoformat(),
        "incident_id": 2147483647})
    faults = {fault["param"]: fault["code"] for fault in check_problem(answer, 422, "invalid")["errors"]}
    assert faults == {
        "line_id": "unknown_line", "start": "future_time", "end": "future_time", "incident_id": "unknown_id"}
    answer = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": "2026-03-04T10:00:00", "reason": "  ", "colour": "red", "incident_id": "x"})
    faults = {fault["param"]: fault["code"] for fault in check_problem(answer, 422, "invalid")["errors"]}
    assert faults == {
        "start": "invalid_time", "reason": "blank", "colour": "unknown_field", "incident_id": "invalid_type"}
    for body, fault in [
        ({"start": at("12:00:00"), "end": at("12:00:00")}, ("end", "ends_before_start")),
        ({"start": at("12:00:00"), "end": at("12:01:00"), "reason": "x" * 501}, ("reason", "too_long")),
    ]:
        answer = line.manager.post("/api/v1/downtimes", {"line_id": line.id} | body)
        errors = check_problem(answer, 422, "invalid")["errors"]
        assert [(error["param"], error["code"]) for error in errors] == [fault]
    line.enter("12:00:00", "12:01:00", reason="x" * 500)


def test_an_incident_of_another_lines_failures_is_refused(tenant, line):
    other = Line(tenant)
    answer = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": at("12:00:00"), "end": at("12:01:00"), "incident_id": other.incident})
    errors = check_problem(answer, 422, "invalid")["errors"]
    assert [(error["param"], error["code"]) for error in errors] == [("incident_id", "not_allowed")]
    line.enter("12:00:00", "12:01:00", incident_id=line.incident)


def test_a_calculated_stop_is_justified_before_and_after_it_was_stored(line):
    assert line.stops()[0]["event_id"] is None
    stop = line.justify("08:00:00", "08:20:00", who=line.operator, reason="molde")
    assert (stop["start"], stop["end"], stop["source"]) == FIRST
    assert stop["event_id"] and stop["incident_id"] == line.incident and stop["reason"] == "molde"
    assert line.stops()[0] == stop
    assert [item["event_id"] for item in line.manager.read(
        f"/api/v1/downtimes?{QUERY}&line_id={line.id}&justified=true")["items"]] == [stop["event_id"]]
    other = line.stops()[1]
    assert other["event_id"], "the rest of the line's stops is stored with it"
    changed = line.edit(
        "PATCH", f"/{line.id}/{other['event_id']}", {"incident_id": line.incident}, who=line.operator)
    assert changed["incident_id"] == line.incident and changed["reason"] is None
    emptied = line.edit("PATCH", f"/{line.id}/{other['event_id']}", {"incident_id": None})
    assert emptied["incident_id"] is None
    assert line.kpis()["downtime_by_category"] | {"breakdown": 1_800, "changeover": 1_200} == (
        line.kpis()["downtime_by_category"])
    answer = line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": at("09:00:00"), "end": at("09:05:00"), "incident_id": line.incident})
    assert check_problem(answer, 422, "invalid")["errors"][0]["code"] == "unknown_id"


def test_late_rows_split_a_justified_stop_and_every_part_keeps_the_cause(tenant, line):
    stop = line.justify("10:00:00", "10:30:00")
    post(tenant, [line.plant.detection(at(time)) for time in ("10:10:00", "10:10:05")])
    parts = line.stops()[1:]
    assert [(part["start"], part["end"]) for part in parts] == [
        (utc("10:00:00"), utc("10:10:00")), (utc("10:10:05"), utc("10:30:00"))]
    assert all(part["incident_id"] == line.incident and part["source"] == "calculated" for part in parts)
    # The part with the old start keeps the number; the first stop and the one that still runs are kept.
    assert line.recalculate() == {"added": 1, "updated": 1, "kept": 2, "removed": 0}
    assert line.stops()[1]["event_id"] == stop["event_id"]
    assert line.recalculate() == {"added": 0, "updated": 0, "kept": 4, "removed": 0}


def test_a_manager_trims_a_stop(line):
    stop = line.justify("08:00:00", "08:20:00")
    path = f"/{line.id}/{stop['event_id']}"
    check_problem(
        line.operator.send("PATCH", f"/api/v1/downtimes{path}", json={"end": at("08:15:00")}), 403, "forbidden")
    trimmed = line.edit("PATCH", path, {"start": at("08:02:00"), "end": at("08:15:00")})
    assert trimmed["source"] == "registered" and trimmed["event_id"] == stop["event_id"]
    assert trimmed["incident_id"] == line.incident
    assert line.times() == [(utc("08:02:00"), utc("08:15:00"), "registered"), SECOND]
    assert line.downtime() == 13 * 60 + 1_800
    undone = line.edit("POST", f"{path}/undo")
    assert [(item["start"], item["end"], item["source"]) for item in undone["items"]] == [FIRST]
    assert undone["items"][0]["incident_id"] == line.incident
    assert line.times() == [FIRST, SECOND]


def test_a_stop_is_split_and_put_together_again(line):
    stop = line.justify("10:00:00", "10:30:00")
    halves = line.edit("POST", f"/{line.id}/{stop['event_id']}/split", {"at": at("10:10:00")})["items"]
    assert [(half["start"], half["end"], half["source"]) for half in halves] == [
        (utc("10:00:00"), utc("10:10:00"), "registered"), (utc("10:10:00"), utc("10:30:00"), "registered")]
    assert all(half["incident_id"] == line.incident for half in halves)
    assert line.downtime() == 3_000
    for bad in ("10:10:00", "09:00:00"):
        answer = line.manager.post(
            f"/api/v1/downtimes/{line.id}/{halves[1]['event_id']}/split", {"at": at(bad)})
        assert check_problem(answer, 422, "invalid")["errors"][0]["code"] == "out_of_range"
    ids = [half["event_id"] for half in halves]
    whole = line.edit("POST", f"/{line.id}/merge", {"event_ids": ids})
    assert (whole["start"], whole["end"], whole["source"]) == (SECOND[0], SECOND[1], "registered")
    assert whole["event_id"] == ids[0], "the part with the same start gives its number"
    line.edit("POST", f"/{line.id}/{whole['event_id']}/undo")
    assert [stop["event_id"] for stop in line.stops()[1:]] == ids, "undone numbers come back"
    line.edit("POST", f"/{line.id}/{ids[0]}/undo")
    assert line.times() == [FIRST, SECOND]


def test_stops_are_merged_with_the_time_between_them(line):
    first = line.justify("08:00:00", "08:20:00")
    second = line.stops()[1]
    merged = line.edit("POST", f"/{line.id}/{first['event_id']}/merge", {"event_ids": [second["event_id"]]})
    assert (merged["start"], merged["end"]) == (FIRST[0], SECOND[1])
    assert merged["incident_id"] == line.incident
    assert line.downtime() == 150 * 60
    answer = line.manager.post(
        f"/api/v1/downtimes/{line.id}/merge", {"event_ids": [merged["event_id"], 2_000_000_000]})
    errors = check_problem(answer, 422, "invalid")["errors"]
    assert [(error["param"], error["code"]) for error in errors] == [("event_ids[1]", "unknown_id")]
    answer = line.manager.post(f"/api/v1/downtimes/{line.id}/merge", {"event_ids": [merged["event_id"]]})
    assert check_problem(answer, 422, "invalid")["errors"][0]["code"] == "out_of_range"


def test_a_deleted_stop_is_no_stop_until_it_is_undone(line):
    stop = line.justify("08:00:00", "08:20:00")
    path = f"/{line.id}/{stop['event_id']}"
    line.edit("DELETE", path, status=204)
    assert line.times() == [SECOND]
    assert line.downtime() == 1_800
    check_problem(line.manager.send("DELETE", f"/api/v1/downtimes{path}"), 404, "not_found")
    assert line.recalculate()["added"] == 0
    restored = line.edit("POST", f"{path}/undo")["items"]
    assert [item["event_id"] for item in restored] == [stop["event_id"]]
    assert line.times() == [FIRST, SECOND]
    entered = line.enter("08:05:00", "08:10:00")
    line.edit("DELETE", f"/{line.id}/{entered['event_id']}", status=204)
    assert line.times() == [FIRST, SECOND], "under an entered stop the calculated one is still there"


def test_undo_has_nothing_to_take_back(line):
    line.justify("08:00:00", "08:20:00")
    untouched = line.stops()[1]["event_id"]
    check_problem(line.manager.post(f"/api/v1/downtimes/{line.id}/{untouched}/undo"), 409, "conflict")
    check_problem(line.manager.post(f"/api/v1/downtimes/{line.id}/2000000000/undo"), 404, "not_found")
    check_problem(line.manager.post(f"/api/v1/downtimes/2147483647/{untouched}/undo"), 404, "not_found")


def test_a_trial_tells_the_effect_and_stores_nothing(system, tenant, line):
    before = line.kpis()["lines"][0]
    body = {"line_id": line.id, "start": at("12:00:00"), "end": at("12:10:00")}

    def rows() -> str:
        return system.psql(tenant.database, (
            f"SELECT (SELECT count(*) FROM downtime_fact WHERE line_id = {line.id}), "
            f"(SELECT count(*) FROM downtime_events_{line.id})"))

    stored = rows()
    effect = line.edit("POST", "", body, dry=True)
    assert rows() == stored
    assert effect["period"] == {
        "from": f"{DAY}T03:00:00Z", "to": "2026-03-05T03:00:00Z", "timezone": "America/Argentina/Buenos_Aires"}
    assert effect["before"] == {name: before[name] for name in effect["before"]}
    assert effect["after"]["downtime_seconds"] == 3_600 and effect["after"]["stops"] == 3
    assert line.kpis()["lines"][0] == before
    made = line.edit("POST", "", body, status=201)
    after = line.kpis()["lines"][0]
    assert effect["after"] == {name: after[name] for name in effect["after"]}
    assert line.edit("POST", "", body, dry=True, status=409)["code"] == "overlapping_stop"
    path = f"/{line.id}/{made['event_id']}"
    for method, edit, more in [
        ("PATCH", path, {"end": at("12:05:00")}), ("POST", f"{path}/split", {"at": at("12:05:00")}),
        ("DELETE", path, None), ("POST", f"{path}/undo", None),
        ("POST", "/justify", {"line_id": line.id, "start": at("08:00:00"), "end": at("08:20:00"),
                              "incident_id": line.incident}),
        ("POST", f"/{line.id}/merge", {"event_ids": [made["event_id"], line.stops()[0]["event_id"]]}),
    ]:
        stored = rows()
        effect = line.edit(method, edit, more, dry=True)
        assert effect["before"] == {name: after[name] for name in effect["before"]}
        assert rows() == stored and line.kpis()["lines"][0] == after, edit
    assert line.manager.post("/api/v1/downtimes?dry_run=maybe", body).status_code == 422


def test_operators_take_back_their_own_edits_of_these_shifts(system, tenant, line):
    entered = line.enter("12:00:00", "12:10:00", who=line.operator)
    path = f"/{line.id}/{entered['event_id']}"
    check_problem(line.operator.send("DELETE", f"/api/v1/downtimes{path}"), 403, "forbidden")
    line.edit("POST", f"{path}/split", {"at": at("12:05:00")}, who=line.operator)
    line.edit("POST", f"{path}/undo", who=line.operator)
    others = line.enter("13:00:00", "13:10:00")
    for verb, body in (("undo", None), ("split", {"at": at("13:05:00")})):
        answer = line.operator.post(f"/api/v1/downtimes/{line.id}/{others['event_id']}/{verb}", body)
        check_problem(answer, 403, "forbidden")
    system.psql(tenant.database, (
        f"UPDATE downtime_fact SET recorded_at = recorded_at - interval '40 days' WHERE line_id = {line.id}"))
    check_problem(line.operator.post(f"/api/v1/downtimes{path}/undo"), 403, "forbidden")
    line.edit("POST", f"{path}/undo")
    assert line.times() == [FIRST, SECOND, (utc("13:00:00"), utc("13:10:00"), "registered")]


def test_a_key_edits_as_a_manager_and_is_remembered_as_a_key(tenant, line):
    key = tenant.client("key:write")
    made = line.enter("12:00:00", "12:10:00", who=key, reason="by the machine")
    assert made["justified_by"] is None and isinstance(made["justified_by_key"], int)
    line.edit("DELETE", f"/{line.id}/{made['event_id']}", who=key, status=204)


def test_edits_at_once_never_overlap(line):
    def enter(number: int) -> int:
        second = f"{number:02d}"
        return line.manager.post("/api/v1/downtimes", {
            "line_id": line.id, "start": at(f"12:00:{second}"), "end": at(f"12:10:{second}")}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(enter, range(16)))
    assert sorted(answers) == [201] + [409] * 15
    assert len([stop for stop in line.stops() if stop["source"] == "registered"]) == 1


def test_a_running_stop_is_justified_and_ends_by_itself_with_the_next_unit(tenant):
    manager = tenant.client("MANAGER")
    plant = manager.make("plants", plant_code="run", plant_name="Run", timezone="UTC")["plant_id"]
    commissioned = (datetime.now(timezone.utc) - timedelta(hours=2)).replace(second=0, microsecond=0)
    line = manager.make(
        "production-lines", plant_id=plant, line_code="RUN", line_name="Run", rate_per_minute=60,
        downtime_threshold_seconds=5, commissioned_at=commissioned.isoformat())["line_id"]
    manager.make("areas", line_id=line, area_name="out", area_type="output")
    manager.make("products", product_code="run", product_name="Run")
    failure = manager.make(
        "failures", failure_code="RUN", failure_name="Run", loss_category="material")["failure_id"]
    incident = manager.make(
        "incidents", failure_id=failure, incident_code="RUN", incident_name="Run")["incident_id"]

    def unit(detected_at: datetime) -> dict:
        return {"line": "RUN", "area": "out", "product": "run", "detected_at": detected_at.isoformat()}

    start = datetime.now(timezone.utc) - timedelta(seconds=60)
    post(tenant, [unit(start - timedelta(seconds=1)), unit(start)])

    def status() -> dict:
        return next(item for item in manager.read("/api/v1/line-status")["lines"] if item["line_id"] == line)

    def causes() -> dict:
        """The downtime under the stop's cause, as GET /kpis, the Pareto and the explanation give it."""
        now = datetime.now(timezone.utc)
        query = f"from={moment(commissioned)}&to={moment(now + timedelta(minutes=1))}&line_id={line}"
        body = {"daterange": {"start_date": commissioned.date().isoformat(), "end_date": now.date().isoformat()},
                "line_id": line, "interval": "hour", "widget_ids": ["DowntimePareto"]}
        answer = manager.post("/api/v1/dashboard/data", body)
        assert answer.status_code == 200, answer.text
        pareto = answer.json()["widgets"]["DowntimePareto"]["data"]
        explained = [stop for stop in manager.read(f"/api/v1/explain/kpis?{query}")["lines"][0]["stops"]
                     if stop["incident_id"] is not None]
        return {
            "kpis": manager.read(f"/api/v1/kpis?{query}")["downtime_by_category"]["material"],
            "pareto": [
                next(((item["downtime_seconds"], item["stops"]) for item in pareto[level] if item[name] == value), None)
                for level, name, value in (("categories", "category", "material"), ("failures", "failure_id", failure),
                                           ("incidents", "incident_id", incident))],
            "explained": [(stop["incident_id"], stop["loss_category"], stop["status"], stop["planned_seconds"])
                          for stop in explained],
        }

    running = status()["running_stop"]
    assert running["status"] == "ongoing" and running["event_id"] is None
    assert causes() == {"kpis": 0, "pareto": [None] * 3, "explained": []}
    stop = tenant.client("OPERATOR").post("/api/v1/downtimes/justify", {
        "line_id": line, "start": running["start"], "end": None, "incident_id": incident, "reason": "no material"})
    assert stop.status_code == 200, stop.text
    stop = stop.json()
    assert stop["status"] == "ongoing" and stop["source"] == "calculated" and stop["incident_id"] == incident
    assert status()["running_stop"]["event_id"] == stop["event_id"]
    # While it runs, it counts under its cause so far.
    known = causes()
    assert known["kpis"] >= stop["planned_seconds"] >= 60
    assert [entry[1] for entry in known["pareto"]] == [1] * 3
    assert [entry[:3] for entry in known["explained"]] == [(incident, "material", "ongoing")]
    end = datetime.now(timezone.utc)
    post(tenant, [unit(end - timedelta(milliseconds=2)), unit(end)])
    today = f"from={moment(commissioned)}&to={moment(end + timedelta(minutes=1))}"
    items = manager.read(f"/api/v1/downtimes?{today}&line_id={line}")["items"]
    ended = next(item for item in items if item["start"] == running["start"])
    assert ended["status"] == "closed" and ended["event_id"] == stop["event_id"]
    assert ended["incident_id"] == incident and ended["reason"] == "no material"
    assert instant(ended["end"]) == end - timedelta(milliseconds=2)
    length = ended["planned_seconds"]
    assert length == ended["duration_seconds"]
    whole = {"kpis": length, "pareto": [(length, 1)] * 3, "explained": [(incident, "material", "closed", length)]}
    assert causes() == whole
    # Stored anew, it is the same.
    answer = manager.post("/api/v1/downtimes/recalculate", {
        "line_id": line, "from": moment(commissioned), "to": moment(datetime.now(timezone.utc))})
    assert answer.status_code == 200, answer.text
    assert causes() == whole
    # It runs for 5 s after its last units.
    newest = datetime.now(timezone.utc)
    post(tenant, [unit(newest - timedelta(milliseconds=2)), unit(newest)])
    assert status()["status"] == "running"
    # A registered stop that holds now is told as such once the line is silent.
    made = manager.post("/api/v1/downtimes", {
        "line_id": line, "start": (end - timedelta(seconds=1)).isoformat(), "end": None})
    assert made.status_code == 201, made.text
    assert status()["running_stop"]["source"] == "registered"


def test_changes_of_stops_are_events(tenant, line):
    with EventStream(tenant.client("VIEWER")) as stream:
        made = line.enter("12:00:00", "12:10:00")
        event = stream.wait("downtime_ended", line_id=line.id, start=utc("12:00:00"))
        assert event.data["end"] == utc("12:10:00")
        line.edit("DELETE", f"/{line.id}/{made['event_id']}", status=204)
        stream.wait("downtime_ended", line_id=line.id, start=utc("12:00:00"))


def test_a_change_of_product_over_a_stop_is_suggested(tenant, line):
    assert [stop["suggested_category"] for stop in line.stops()] == [None, None]
    line.manager.make("products", product_code=f"other-{line.plant.code}", product_name="Other")
    other = {"product": f"other-{line.plant.code}"}
    # The minute after the stop saw both products: which came first is in its rows.
    before = line.stops()[1]
    post(tenant, [line.plant.detection(at("10:29:59"), **other)])
    stops = line.stops()
    assert stops[1]["start"] == before["start"] and stops[1]["end"] == utc("10:29:59")
    assert [stop["suggested_category"] for stop in stops] == [None, "changeover"]


def test_the_cache_is_refreshed_and_the_figures_stay(tenant, line):
    line.enter("12:00:00", "12:10:00", incident_id=line.incident)
    query = f"/api/v1/kpis?{QUERY}&line_id={line.id}"
    before = line.manager.get(query).content
    check_problem(line.manager.post("/api/v1/cache/refresh"), 403, "forbidden")
    check_problem(tenant.client("key:write").post("/api/v1/cache/refresh"), 403, "forbidden")
    answer = tenant.client("ADMIN").post("/api/v1/cache/refresh")
    assert answer.status_code == 200 and answer.json()["lines"] >= 1
    assert line.manager.get(query).content == before
