"""Rows of archived months written by plain SQL: they lie in the default partition, in a month of their own, or come while a
month is put back, and none is lost or doubled."""

import itertools
import json
import random
import threading
from datetime import timedelta

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_key import DatabaseKey
from running_system import RunningSystem, eventually
from schedule import give_no_turns
from test_archive import HOT, OLD, OLDEST, OLDEST_NAME, Plant, refused, strip, text
from test_partitions import insert, months

# Of the oldest month, its last microsecond among them, and of the one after it.
LATE = [OLDEST + timedelta(days=1, seconds=number * 37.5, microseconds=1) for number in range(50)]
LATE += [OLDEST + timedelta(days=20), OLD - timedelta(microseconds=1)]
LATE_OF_OLD = [OLD + timedelta(days=9, minutes=number) for number in range(7)]
SAME = ["kpis?{}", "production?{}&interval=hour&split_by=product", "downtimes?{}&limit=500"]
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def sleepy():
    """Its workers end when they have nothing to do, so that nobody moves rows before a test is done with them."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_WORKER_IDLE_SECONDS": "1"}) as made:
        yield made


def pair(system) -> tuple[Plant, Plant]:
    """Two plants of the same rows; what is older than a month is archived of the second."""
    seed, number = random.randrange(1 << 30), next(NUMBERS)
    print("seed", seed)
    kept, gone = Plant(system, f"sql-kept-{number}", seed, days=2), Plant(system, f"sql-gone-{number}", seed, days=2)
    # A turn would have a worker move rows too.
    for plant in (kept, gone):
        give_no_turns(system, plant.slug)
    gone.keep(1)
    assert len(gone.archive("run")["items"]) == 2
    return kept, gone


def write_late_rows(plant: Plant) -> None:
    assert eventually(lambda: plant.system.worker(plant.slug)["pid"] is None, 60)
    with DatabaseKey(plant.tenant, "database-writer") as key:
        key.does(insert(plant.data, *map(text, LATE + LATE_OF_OLD)))


def partitions(plant: Plant) -> dict[str, int]:
    return months(plant.system, plant.tenant, plant.data)


def figures(plant: Plant) -> list:
    return [strip(plant.manager.read(f"/api/v1/{path.format(plant.query(OLDEST, HOT))}")) for path in SAME]


def without_suggestions(found: list) -> list:
    """Rows that came late may make stops whose products nobody knew were needed."""
    return json.loads(json.dumps(found).replace('"suggested_category": "changeover"', '"suggested_category": null'))


def comparable(plant: Plant, first=OLDEST, last=OLD) -> list[str]:
    """Rows but for when they were received."""
    return [row.rpartition("|")[0] for row in plant.rows(first, last).splitlines()]


def check_nothing_to_rebuild(plant: Plant) -> None:
    changed = plant.system.camet("rebuild", "--tenant", plant.slug)["items"]
    assert [(item["minute_counters"], item["gaps"], item["activity"]) for item in changed] == [(0, 0, 0)]


@pytest.mark.parametrize("way", ["archived from the default partition", "restored from the default partition",
                                 "restored from a month of their own"])
def test_late_rows_by_sql_are_as_if_the_month_had_never_gone(sleepy, way):
    kept, gone = pair(sleepy)
    for plant in (kept, gone):
        write_late_rows(plant)
    assert partitions(gone)["default"] == len(LATE) + len(LATE_OF_OLD)
    assert "default" not in partitions(kept)
    late = gone.rows()
    assert len(late.splitlines()) == len(LATE) + len(LATE_OF_OLD)

    if way == "archived from the default partition":
        items = gone.archive("run")["items"]
        assert [(item["part"], item["rows"]) for item in items] == [(2, len(LATE)), (2, len(LATE_OF_OLD))]
        assert gone.rows() == "" and gone.archive("verify")["files"] == 4
    if way == "restored from a month of their own":
        # The worker of the first question moves them, as the month has no partition.
        assert gone.manager.get("/api/v1/line-status").status_code == 200
        assert eventually(lambda: "default" not in partitions(gone), 120), partitions(gone)
        assert gone.rows() == late
    if way != "restored from the default partition":
        for plant in (kept, gone):
            plant.calculate()
        assert without_suggestions(figures(gone)) == without_suggestions(figures(kept))
        refused(gone.manager.get(f"/api/v1/detections?{gone.query(OLDEST, OLD)}"), "from")

    restored = gone.archive("restore", "--month", OLDEST_NAME)["items"]
    assert [item["month"] for item in restored] == [OLDEST_NAME]
    assert comparable(gone) == comparable(kept) and len(comparable(gone)) > len(LATE)
    if way != "archived from the default partition":
        # Those of the other month are where they were, and all are what they were.
        assert gone.rows(OLD, HOT) == "\n".join(late.splitlines()[len(LATE):])
        assert set(late.splitlines()) <= set(gone.rows().splitlines())
    assert "default" not in partitions(gone) or partitions(gone)["default"] == len(LATE_OF_OLD)
    gone.archive("restore")
    assert "default" not in partitions(gone)
    assert comparable(gone, OLDEST, HOT) == comparable(kept, OLDEST, HOT)
    for plant in (kept, gone):
        plant.calculate()
    assert figures(gone) == figures(kept)
    check_nothing_to_rebuild(gone)


def test_rows_that_come_by_sql_while_a_month_is_put_back_are_all_there(sleepy):
    _, gone = pair(sleepy)
    before = gone.system.psql(gone.database, "SELECT sum(row_count) FROM detection_archive")
    written, done = [], threading.Event()

    def write() -> None:
        with DatabaseKey(gone.tenant, "database-writer") as key:
            while not done.is_set():
                for month in (OLDEST, OLD):
                    key.does(insert(gone.data, text(month + timedelta(days=25, seconds=len(written)))))
                    written.append(month)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        # Into the default partition, or into months that the worker makes of it meanwhile.
        assert eventually(lambda: len(written) > 4, 60)
        assert len(gone.archive("restore")["items"]) == 2
        count = len(written)
        assert eventually(lambda: len(written) > count + 4, 60)
    finally:
        done.set()
        writer.join(60)
    assert len(gone.rows().splitlines()) == int(before) + len(written)
    found = partitions(gone)
    assert "default" not in found and all(f"y{month:%Y}m{month:%m}" in found for month in (OLDEST, OLD))
    check_nothing_to_rebuild(gone)
    # And all of them go again, as one file each.
    gone.system.psql(gone.database, "UPDATE detection_archive SET restored_until = now() - interval '1 second'")
    assert sum(item["rows"] for item in gone.archive("run")["items"]) == int(before) + len(written)
    assert gone.rows() == "" and gone.archive("verify")["sound"]
