"""The same detections in any order, twice, from twenty at once, thirty days late: stored once, and the same figures."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from master_data import API
from running_system import PlantData

SEED = int(os.environ.get("CAMET_TEST_SEED") or time.time_ns() % 1_000_000)
# Thirty days ago in whole days, a week of it.
FIRST = (datetime.now(timezone.utc) - timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)


def moments(chance: random.Random) -> list[tuple[datetime, str]]:
    """Three mornings with pauses of every length."""
    found = []
    for day in range(3):
        at = FIRST + timedelta(days=day)
        while at < FIRST + timedelta(days=day, hours=5):
            found.append((at, chance.choice(["input", "output", "output"])))
            at += timedelta(seconds=chance.choice([5, 10, 20, 59, 60, 61, 90, 400]),
                            microseconds=chance.randrange(1_000_000))
    return found


def figures(tenant, plant) -> list[dict]:
    """Everything that is computed of the rows, of days that are over."""
    start, end = FIRST.date(), (FIRST + timedelta(days=2)).date()
    client, query = tenant.client("VIEWER"), f"from={start}&to={end}&line_id={plant.line}"
    answers = [client.read(f"{API}/{path}?{query}") for path in (
        "kpis", "kpis", "production", "explain/kpis", "downtimes")]
    # Except for when they were asked for, which is as far as a stop reaches that goes on, with what is planned until then.
    del answers[3]["now"]
    for line in answers[3]["lines"]:
        line["reach"].pop("end", None)
        for name in ("own_planned", "shift_instances"):
            line[name] = [part for part in line[name] if part["start"] < line["period"]["to"]]
        for stop in line["stops"]:
            if stop["status"] == "ongoing":
                del stop["end"], stop["duration_seconds"], stop["planned_life_seconds"]
    answers[1] = client.read(f"{API}/kpis?{query}&interval=day&group_by=product")
    # Of the last stop, which goes on, how long it has been is of the moment.
    answers[-1] = [{name: stop[name] for name in ("start", "end", "planned_seconds", "kind", "source")}
                   for stop in answers[-1]["items"]]
    return answers


def test_the_figures_are_the_same_whichever_way_the_rows_came(system):
    print("seed", SEED)
    chance = random.Random(SEED)
    made = moments(chance)
    seen, counts = [], []
    for way in ("in order", "shuffled", "backwards and twice", "twenty at once"):
        tenant = system.make_tenant(f"late-{way.replace(' ', '-')}")
        plant = PlantData(tenant.client("MANAGER"), code="LATE",
                          commissioned_at=(FIRST - timedelta(days=1)).isoformat())
        rows = [plant.detection(at.isoformat(timespec="microseconds"), area, event_id=str(number))
                for number, (at, area) in enumerate(made)]
        if way == "shuffled":
            chance.shuffle(rows)
        if way == "backwards and twice":
            rows = rows[::-1] * 2
        batches = [rows[start:start + 97] for start in range(0, len(rows), 97)]
        if way == "twenty at once":
            batches *= 3
            chance.shuffle(batches)
        key = tenant.client("key:ingest").headers["X-API-Key"]

        def send(batch, key=key):
            answer = system.client(key=key).post(f"{API}/detections", {"detections": batch})
            assert answer.status_code == 200, answer.text
            return answer.json()

        with ThreadPoolExecutor(20 if way == "twenty at once" else 1) as pool:
            answers = list(pool.map(send, batches))
        assert sum(answer["stored"] for answer in answers) == len(made), way
        assert sum(answer["rejected_count"] for answer in answers) == 0
        counts.append(int(system.psql(tenant.database, f"SELECT count(*) FROM detection_line_{plant.line}")))
        recalculated = tenant.client("MANAGER").post(f"{API}/downtimes/recalculate", {
            "line_id": plant.line, "from": FIRST.date().isoformat(),
            "to": (FIRST + timedelta(days=2)).date().isoformat()})
        assert recalculated.status_code == 200, recalculated.text
        seen.append(figures(tenant, plant))
    assert counts == [len(made)] * 4
    for other in seen[1:]:
        for one, another in zip(seen[0], other, strict=True):
            assert one == another
    # The control: one row more is seen.
    answer = system.client(key=key).post(f"{API}/detections", {"detections": [
        plant.detection((FIRST + timedelta(hours=1, microseconds=7)).isoformat())]})
    assert answer.json()["stored"] == 1
    assert figures(tenant, plant)[0] != seen[0][0]
