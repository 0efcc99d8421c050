"""Whatever way data came in, a rebuild from the facts alone changes nothing; and the background keeps stops stored."""

import random
from datetime import datetime, timedelta

import pytest

from running_system import PlantData, RunningSystem, eventually

DAY = "2026-03-04"
TABLES = {
    "counters": "SELECT * FROM minute_count WHERE line_id = {line} ORDER BY 1, 2, 3, 4",
    "gaps": "SELECT * FROM activity_gap WHERE line_id = {line} ORDER BY gap_start",
    "activity": "SELECT first_detected_at, last_detected_at, last_is_lone, detections FROM line_activity "
                "WHERE line_id = {line}",
    "stops": "SELECT * FROM downtime_events_{line} ORDER BY start_time",
    "facts": "SELECT * FROM downtime_fact WHERE line_id = {line} ORDER BY fact_id",
}


@pytest.fixture(scope="module")
def often():
    """A system whose stops are calculated every second."""
    with RunningSystem.running({"CAMET_STOP_CALCULATION_SECONDS": "1"}) as made:
        yield made


def read_tables(system, tenant, line: int) -> dict[str, str]:
    return {name: system.psql(tenant.database, text.format(line=line)) for name, text in TABLES.items()}


def load(system, tenant, plant: PlantData, seed: int) -> None:
    """A day of units in any order: through the API, by INSERT and by COPY, with duplicates and latecomers."""
    generator = random.Random(seed)
    start, seconds = datetime.fromisoformat(f"{DAY}T06:00:00-03:00"), 0
    moments = []
    while seconds < 8 * 3_600:
        moments.append(start + timedelta(seconds=seconds))
        seconds += generator.choice([3, 5, 7, 7, 61, 200, 0])
    generator.shuffle(moments)
    third = len(moments) // 3
    rows = [
        plant.detection(moment.isoformat(), generator.choice(["input", "output"]), event_id=f"{seed}-{number}")
        for number, moment in enumerate(moments[:third])
    ]
    client = tenant.client("key:ingest")
    for first in range(0, len(rows), 500):
        batch = rows[first:first + 500]
        assert client.post("/api/v1/detections", {"detections": batch}).json()["stored"] == len(batch)
        assert client.post("/api/v1/detections", {"detections": batch}).json()["duplicates"] == len(batch)

    def values(some):
        return [
            (moment.isoformat(), plant.areas[generator.choice(["input", "output"])], plant.product) for moment in some]

    inserted = ", ".join(f"('{at}', {area}, {product})" for at, area, product in values(moments[third:2 * third]))
    system.psql(tenant.database, (
        f"INSERT INTO detection_line_{plant.line} (detected_at, area_id, product_id) VALUES {inserted}"))
    lines = "\n".join(f"{at}\t{area}\t{product}" for at, area, product in values(moments[2 * third:]))
    system.psql(tenant.database, (
        f"COPY detection_line_{plant.line} (detected_at, area_id, product_id) FROM STDIN;\n{lines}\n\\.\n"),
        as_script=True)


def test_a_rebuild_changes_nothing(often):
    tenant = often.make_tenant("rebuild")
    manager = tenant.client("MANAGER")
    plant = PlantData(manager, code="L1", commissioned_at=f"{DAY}T06:00:00-03:00")
    seed = random.randrange(1 << 30)
    print("seed", seed)
    load(often, tenant, plant, seed)
    query = f"from={DAY}&to={DAY}&line_id={plant.line}"
    total = int(often.psql(tenant.database, f"SELECT count(*) FROM detection_line_{plant.line}"))
    assert eventually(
        lambda: sum(
            sum(bucket["series"].values()) for bucket in manager.read(
                f"/api/v1/production?{query}&interval=day&split_by=area")["buckets"]) == total, 10)
    stops = manager.read(f"/api/v1/downtimes?{query}")["items"]
    closed = [stop for stop in stops if stop["end"]]
    assert len(closed) > 20
    assert manager.post("/api/v1/downtimes/recalculate", {"line_id": plant.line, "from": DAY, "to": DAY}).json()
    stored = {stop["start"]: stop for stop in manager.read(f"/api/v1/downtimes?{query}")["items"]}
    edited = [stored[stop["start"]]["event_id"] for stop in closed[:3]]
    assert manager.send(
        "PATCH", f"/api/v1/downtimes/{plant.line}/{edited[0]}", json={"reason": "seen"}).status_code == 200
    assert manager.send("DELETE", f"/api/v1/downtimes/{plant.line}/{edited[1]}").status_code == 204
    assert manager.post(f"/api/v1/downtimes/{plant.line}/{edited[2]}/split", {
        "at": (datetime.fromisoformat(closed[2]["start"]) + timedelta(seconds=10)).isoformat()}).status_code == 200
    answers = [f"/api/v1/{name}?{query}" for name in ("kpis", "downtimes")]

    def figures():
        return [manager.read(answer) for answer in answers]

    before, tables = figures(), read_tables(often, tenant, plant.line)
    changed = often.camet("rebuild", "--tenant", "rebuild")["items"]
    assert [(item["line_code"], item["minute_counters"], item["gaps"], item["activity"]) for item in changed] == [
        ("L1", 0, 0, 0)]
    assert (changed[0]["stops"]["added"], changed[0]["stops"]["updated"], changed[0]["stops"]["removed"]) == (0, 0, 0)
    assert changed[0]["stops"]["kept"] > 20
    assert read_tables(often, tenant, plant.line) == tables
    after = figures()
    assert after[0] == before[0]
    # The last stop goes on: its length grows.
    assert [stop for stop in after[1]["items"] if stop["end"]] == [stop for stop in before[1]["items"] if stop["end"]]


def test_stops_are_stored_in_the_background(often):
    tenant = often.make_tenant("background")
    plant = PlantData(tenant.client("MANAGER"), code="L1", commissioned_at=f"{DAY}T06:00:00-03:00", dual=False)
    rows = [plant.detection(f"{DAY}T0{hour}:00:0{second}-03:00") for hour in (6, 7, 9) for second in range(3)]
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
    assert answer.status_code == 200

    def stored() -> list[str]:
        return often.psql(tenant.database, (
            f"SELECT start_time AT TIME ZONE 'UTC', end_time AT TIME ZONE 'UTC', source "
            f"FROM downtime_events_{plant.line} ORDER BY start_time")).splitlines()

    expected = [
        f"{DAY} 09:00:02|{DAY} 10:00:00|calculated", f"{DAY} 10:00:02|{DAY} 12:00:00|calculated",
        f"{DAY} 12:00:02||calculated",
    ]
    assert eventually(lambda: stored() == expected, 60), stored()
    items = tenant.client("VIEWER").read(f"/api/v1/downtimes?from={DAY}&to={DAY}&line_id={plant.line}")["items"]
    assert all(item["event_id"] for item in items) and len(items) == 3
