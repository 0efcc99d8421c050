"""Months of detections: made ahead, made for what arrives, and for rows that plain SQL wrote into none."""

import concurrent.futures
import itertools
import random
from datetime import datetime, timedelta, timezone

import pytest

from database_key import DatabaseKey
from database_session import DatabaseSession
from event_stream import EventStream
from running_system import PlantData, eventually

MOVED_WITHIN = 5 * 60
NUMBERS = itertools.count(1)
DERIVED = {
    "counters": "SELECT * FROM minute_count WHERE line_id = {line} ORDER BY 1, 2, 3, 4",
    "gaps": "SELECT * FROM activity_gap WHERE line_id = {line} ORDER BY gap_start",
    "activity": "SELECT first_detected_at, last_detected_at, last_is_lone, detections FROM line_activity "
                "WHERE line_id = {line}",
}
ROWS = "SELECT detection_id, detected_at, area_id, product_id, received_at FROM detection_line_{line} ORDER BY 1"


@pytest.fixture(scope="module")
def tenant(system):
    made = system.make_tenant("months")
    # Its worker runs.
    made.client("VIEWER").read("/api/v1/line-status")
    return made


@pytest.fixture(scope="module")
def writer(tenant):
    with DatabaseKey(tenant, "database-writer") as key:
        yield key


@pytest.fixture
def plant(tenant):
    """A line of the test's own."""
    return PlantData(tenant.client("MANAGER"), code=f"M{next(NUMBERS)}", commissioned_at="2019-12-01T03:00:00Z")


def months(system, tenant, plant) -> dict[str, int]:
    """How many rows each partition has; those without any are left out but for the default one."""
    table = f"detection_line_{plant.line}"
    found = system.psql(tenant.database, f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1 ORDER BY 1")
    return {line.split("|")[0].removeprefix(f"detection_partition.{table}_"): int(line.split("|")[1])
            for line in found.split("\n") if line}


def derived(system, tenant, plant) -> dict[str, str]:
    return {name: system.psql(tenant.database, text.format(line=plant.line)) for name, text in DERIVED.items()}


def insert(plant, *moments: str) -> str:
    values = ", ".join(f"('{at}', {plant.areas['output']}, {plant.product})" for at in moments)
    return f"INSERT INTO detection_line_{plant.line} (detected_at, area_id, product_id) VALUES {values}"


def check_rebuild_changes_nothing(system, tenant, plant) -> None:
    kept = derived(system, tenant, plant)
    system.psql(tenant.database, f"SELECT rebuild_line_activity({plant.line})")
    assert derived(system, tenant, plant) == kept


def test_a_new_line_has_this_month_and_three_more(system, tenant, plant):
    now = datetime.now(timezone.utc)
    expected = {f"y{(now.year * 12 + now.month - 1 + ahead) // 12}m{(now.month - 1 + ahead) % 12 + 1:02}"
                for ahead in range(4)} | {"default"}
    prefix = f"detection_line_{plant.line}_"
    found = system.psql(tenant.database, (
        f"SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
        f"WHERE inhparent = 'detection_line_{plant.line}'::regclass AND relkind = 'r'"))
    assert {name.removeprefix(prefix) for name in found.split("\n")} == expected


def test_months_that_arrive_by_the_api_are_made(system, tenant, plant):
    rows = [plant.detection(at) for at in ("2023-12-31T23:59:59.999999Z", "2024-01-01T00:00:00Z", "2024-02-29T12:00:00Z")]
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
    assert answer.json()["stored"] == 3, answer.text
    assert months(system, tenant, plant) == {"y2023m12": 1, "y2024m01": 1, "y2024m02": 1}


def test_rows_of_a_month_without_partition_count_at_once_and_move(system, tenant, plant, writer):
    client = tenant.client("VIEWER")
    # Held, so that the worker cannot move them before they were looked at.
    with DatabaseSession(system, tenant.database) as holder:
        holder.run("BEGIN")
        holder.run(f"SELECT count(*) FROM detection_partition.detection_line_{plant.line}_default")
        with EventStream(client) as stream:
            moments = ["2019-12-31T23:59:59.999999Z", "2020-01-01T00:00:00Z", "2020-01-01T02:00:30Z", "2021-05-05T12:00:00Z"]
            writer.does(insert(plant, *moments))
            stream.wait("detection_counts", line_id=plant.line)
        assert months(system, tenant, plant) == {"default": 4}
        question = f"/api/v1/kpis?line_id={plant.line}&from=2019-12-31&to=2021-05-06"
        before = client.read(question)
        assert before["lines"][0]["total_production"] == 4
        listed = f"/api/v1/downtimes?line_id={plant.line}&from=2019-12-31&to=2021-05-05"
        stops = [(stop["start"], stop["end"]) for stop in client.read(listed)["items"]]
        assert stops
        rows = system.psql(tenant.database, ROWS.format(line=plant.line))
        kept = derived(system, tenant, plant)
        holder.run("COMMIT")
    moved = {"y2019m12": 1, "y2020m01": 2, "y2021m05": 1}
    assert eventually(lambda: months(system, tenant, plant) == moved, MOVED_WITHIN), months(system, tenant, plant)
    assert system.psql(tenant.database, ROWS.format(line=plant.line)) == rows
    assert derived(system, tenant, plant) == kept
    after = client.read(question)
    assert after["lines"] == before["lines"]
    assert [(stop["start"], stop["end"]) for stop in client.read(listed)["items"]] == stops
    check_rebuild_changes_nothing(system, tenant, plant)


def test_rows_written_while_no_worker_runs_are_moved_by_the_next(system, own_system):
    tenant = own_system.make_tenant("asleep")
    plant = PlantData(tenant.client("MANAGER"), code="ASLEEP")
    own_system.stop()
    own_system.start_postgres()
    try:
        own_system.psql(tenant.database, insert(plant, "2018-07-01T00:00:00Z", "2018-06-30T23:59:59Z"))
        assert months(own_system, tenant, plant) == {"default": 2}
    finally:
        own_system.stop_postgres()
    own_system.start()
    restarted = own_system.client(key=own_system.camet(
        "key", "create", "--tenant", "asleep", "--name", "K", "--scopes", "read")["api_key"])
    restarted.read("/api/v1/line-status")
    assert eventually(lambda: months(own_system, tenant, plant) == {"y2018m06": 1, "y2018m07": 1}, MOVED_WITHIN)


def test_nothing_is_lost_or_doubled_while_months_move(system, tenant, plant, writer):
    """Plain SQL into a new month each time, the API into the same months, and readers, all at once."""
    seed = random.randrange(10**9)
    print("seed", seed)
    generator = random.Random(seed)
    ingest, viewer = tenant.client("key:ingest"), tenant.client("VIEWER")
    chosen = [datetime(2010 + number // 12, number % 12 + 1, 1, tzinfo=timezone.utc) for number in range(36)]
    generator.shuffle(chosen)

    def moments(month: datetime) -> list[str]:
        return [(month + timedelta(seconds=generator.randrange(27 * 86_400))).isoformat() for _ in range(20)]

    by_sql, by_api = [moments(month) for month in chosen], [moments(month) for month in chosen[::2]]

    def write() -> None:
        for batch in by_sql:
            writer.does(insert(plant, *batch))

    def post() -> None:
        for batch in by_api:
            answer = ingest.post("/api/v1/detections", {"detections": [plant.detection(at) for at in batch]})
            assert answer.status_code == 200 and answer.json()["stored"] == len(batch), answer.text

    def read() -> None:
        for _ in range(30):
            counts = viewer.read(f"/api/v1/production?line_id={plant.line}&from=2010-01-01&to=2013-01-01&interval=month")
            seen.append(sum(sum(bucket["series"].values()) for bucket in counts["buckets"]))

    seen: list[int] = []
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        for task in [threads.submit(work) for work in (write, post, read)]:
            task.result(timeout=300)
    written = sum(len(batch) for batch in by_sql + by_api)
    assert seen == sorted(seen)
    assert eventually(lambda: "default" not in months(system, tenant, plant), MOVED_WITHIN)
    found = months(system, tenant, plant)
    assert set(found) == {f"y{month.year}m{month.month:02}" for month in chosen}
    assert sum(found.values()) == written
    stored = system.psql(tenant.database, f"SELECT to_char(detected_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') "
                                          f"FROM detection_line_{plant.line}").split("\n")
    assert sorted(stored) == sorted(at[:19] for batch in by_sql + by_api for at in batch)
    check_rebuild_changes_nothing(system, tenant, plant)


def test_a_reader_that_holds_the_rows_is_waited_for_and_others_are_not(system, tenant, plant, writer):
    with DatabaseSession(system, tenant.database) as reader:
        reader.run("BEGIN")
        reader.run(f"SELECT count(*) FROM detection_line_{plant.line}")
        writer.does(insert(plant, "2017-01-01T00:00:00Z"))
        log = system.folder / "log/gateway.log"
        assert eventually(lambda: "rows could not be moved to their month" in log.read_text(), 60)
        # Meanwhile others write and read.
        writer.does(insert(plant, "2017-01-02T00:00:00Z"))
        rows = tenant.client("MANAGER").read(f"/api/v1/detections?line_id={plant.line}&from=2016-12-31&to=2017-01-03")
        assert len(rows["items"]) == 2
        assert months(system, tenant, plant) == {"default": 2}
        reader.run("COMMIT")
    assert eventually(lambda: months(system, tenant, plant) == {"y2017m01": 2}, MOVED_WITHIN)
