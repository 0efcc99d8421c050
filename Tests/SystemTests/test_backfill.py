"""Thirty days that arrive in reverse while people look at them: the figures are those of a load in order."""

import json
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from running_system import PlantData, eventually

ROUTE = "/api/v1/detections"
NDJSON = {"Content-Type": "application/x-ndjson"}
FIRST = datetime(2026, 1, 20, 3, tzinfo=timezone.utc)
DAYS = 30
LINES = ("B1", "B2", "B3")
PERIOD = "from=2026-01-20&to=2026-02-18"


@pytest.fixture(scope="module")
def seed():
    seed = int(os.environ.get("CAMET_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"\nCAMET_TEST_SEED={seed}")
    return seed


def make(system, slug: str):
    """A tenant with its lines, whose numbers are the same in every tenant made so."""
    tenant = system.make_tenant(slug)
    manager = tenant.client("MANAGER")
    commissioned = FIRST.isoformat()
    plants = [PlantData(manager, code=code, commissioned_at=commissioned, dual=code != "B3") for code in LINES]
    return tenant, {plant.code: plant for plant in plants}


def days_of(plants, chance: random.Random) -> list[list[dict]]:
    """Of each day its rows, in order: units a few seconds apart and now and then a stop, some at the same instant."""
    found = []
    for day in range(DAYS):
        rows = []
        for plant in plants.values():
            at, end = FIRST + timedelta(days=day, hours=5), FIRST + timedelta(days=day, hours=14)
            while at < end:
                area = chance.choice(list(plant.areas))
                rows.append(plant.detection(
                    at.isoformat(timespec="microseconds"), area, event_id=f"{plant.code}-{day}-{len(rows)}"))
                if chance.random() < 0.02:
                    at += timedelta(seconds=chance.choice([59, 60, 61, 300, 3_000]))
                elif chance.random() > 0.05:
                    at += timedelta(microseconds=chance.randrange(1, 60_000_000))
        found.append(rows)
    return found


def parts(rows: list[dict]) -> list[list[dict]]:
    return [rows[start:start + 400] for start in range(0, len(rows), 400)]


def pauses(rows: list[dict]) -> int:
    """How often of a day a line had no unit for longer than its threshold while its shift ran: 6 to 14 o'clock, from Monday to
    Friday, of a zone 3 hours behind."""
    times: dict[str, list[datetime]] = {}
    for row in rows:
        at = datetime.fromisoformat(row["detected_at"]) - timedelta(hours=3)
        if at.weekday() < 5 and 6 <= at.hour < 14:
            times.setdefault(row["line"], []).append(at)
    return sum(
        after - before > timedelta(seconds=60) for line in times.values() for before, after in zip(line, line[1:]))


def figures(tenant) -> dict:
    """What the tenant's people see, without what differs from one load to another."""
    reader = tenant.client("key:read")
    found = {
        path: reader.read(f"/api/v1/{path}") for path in (
            f"kpis?{PERIOD}", f"kpis?{PERIOD}&interval=day&group_by=line", f"kpis?{PERIOD}&group_by=product",
            f"kpis?{PERIOD}&interval=shift", f"production?{PERIOD}&interval=hour&split_by=line",
            f"production?{PERIOD}&interval=day&split_by=area", f"kpis?{PERIOD}&threshold_seconds=300")}
    stops, cursor = [], ""
    while cursor is not None:
        page = reader.read(f"/api/v1/downtimes?{PERIOD}&limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        stops += page["items"]
        cursor = page["next_cursor"]
    for stop in stops:
        del stop["event_id"], stop["version"]
        if stop["end"] is None:
            # It goes on while the other tenant is asked.
            del stop["duration_seconds"]
    found["stops"], found["downtimes"] = stops, page["planned_total_seconds"]
    return found


class Looking:
    """Reads figures again and again, none of which may fail; output only grows."""

    def __init__(self, tenant):
        self.reader = tenant.system.client(key=tenant.client("key:read").headers["X-API-Key"])
        self.totals: list[int] = []
        self.refused: list[str] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        dashboard = {"daterange": {"start_date": "2026-01-20", "end_date": "2026-02-18"}, "interval": "day"}
        while not self.over.is_set():
            answers = [self.reader.get(f"/api/v1/kpis?{PERIOD}"), self.reader.get(f"/api/v1/downtimes?{PERIOD}"),
                       self.reader.post("/api/v1/dashboard/data", dashboard), self.reader.get("/api/v1/line-status")]
            self.refused += [answer.text for answer in answers if answer.status_code != 200]
            if not self.refused:
                self.totals.append(answers[0].json()["total"]["total_production"])

    def __enter__(self) -> "Looking":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(60)


def test_thirty_days_in_reverse_are_those_of_a_load_in_order(system, seed):
    chance = random.Random(seed)
    (clean, plants), (late, _) = make(system, "in-order"), make(system, "in-reverse")
    days = days_of(plants, chance)
    total = sum(len(rows) for rows in days)
    for rows in days:
        for part in parts(rows):
            answer = clean.client("key:ingest").post(ROUTE, {"detections": part})
            assert (answer.status_code, answer.json()["stored"]) == (200, len(part)), answer.text

    # The newest first, rows of a batch in any order, every third batch twice, JSON and lines in turns.
    batches = [part for rows in reversed(days) for part in reversed(parts(rows))]
    batches = [batch for number, batch in enumerate(batches) for _ in range(2 if number % 3 == 0 else 1)]
    key = late.client("key:ingest").headers["X-API-Key"]

    def post(numbered) -> int:
        number, batch = numbered
        batch = random.Random(f"{seed}-{number}").sample(batch, len(batch))
        client = late.system.client(key=key)
        if number % 2:
            answer = client.post(ROUTE, {"detections": batch})
        else:
            body = "".join(json.dumps(row) + "\n" for row in batch)
            answer = client.send("POST", ROUTE, data=body, headers=NDJSON)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["stored"] + told["duplicates"], told["rejected_count"]) == (len(batch), 0)
        return told["stored"]

    with Looking(late) as first, Looking(late) as second, ThreadPoolExecutor(4) as pool:
        acknowledged = sum(pool.map(post, enumerate(batches)))
        looked = len(first.totals)
        assert eventually(lambda: len(first.totals) > looked + 1 or first.refused, 30)
    for people in (first, second):
        assert people.refused == []
        assert people.totals == sorted(people.totals) and len(set(people.totals)) > 3

    assert acknowledged == total
    for tenant in (clean, late):
        there = sum(
            int(tenant.system.psql(tenant.database, f"SELECT count(*) FROM detection_line_{plant.line}"))
            for plant in plants.values())
        assert there == total
    told, wanted = figures(late), figures(clean)
    # Each is a stop.
    assert len(wanted["stops"]) >= sum(map(pauses, days)) > 300, f"CAMET_TEST_SEED={seed}"
    assert wanted[f"kpis?{PERIOD}"]["total"]["total_production"] > 10_000
    for name, value in wanted.items():
        assert told[name] == value, f"CAMET_TEST_SEED={seed}: {name}"
    # What is stored of stops is that too.
    for tenant in (clean, late):
        for plant in plants.values():
            answer = tenant.client("MANAGER").post(
                "/api/v1/downtimes/recalculate", {"line_id": plant.line, "from": "2026-01-20", "to": "2026-02-18"})
            assert answer.status_code == 200, answer.text
    assert figures(late)["stops"] == figures(clean)["stops"] == wanted["stops"]
