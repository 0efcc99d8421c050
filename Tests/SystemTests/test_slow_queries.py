"""Statements that take long: in the log, in /metrics, in `camet worker list`; by name, never with values."""

import re
import threading

import pytest

from database_session import DatabaseSession
from running_system import PlantData, RunningSystem, eventually

SLOW = 200
TOKEN = "a token of the monitoring"


@pytest.fixture(scope="module")
def watched():
    with RunningSystem.running(
            {"CAMET_SLOW_STATEMENT_MILLISECONDS": str(SLOW), "CAMET_METRICS_TOKEN": TOKEN}) as made:
        yield made


@pytest.fixture(scope="module")
def tenant(watched):
    return watched.make_tenant("slow")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="SLOW")


def log(system) -> str:
    return (system.folder / "log/gateway.log").read_text()


def slow_lines(system, statement: str) -> list[str]:
    return [line for line in log(system).split("\n") if "slow statement" in line and f"statement={statement}" in line]


def held_up(system, tenant, table: str, wait_for: str, ask) -> None:
    """Asks while a table is locked, until a statement has waited for it longer than the threshold."""
    with DatabaseSession(system, tenant.database) as holder:
        holder.run("BEGIN")
        holder.run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        asking = threading.Thread(target=ask)
        asking.start()
        waits = (f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
                 f"AND query LIKE '%{wait_for}%' AND now() - query_start > interval '{2 * SLOW} milliseconds'")
        assert eventually(lambda: system.psql(tenant.database, waits) != "0", 20)
        holder.run("COMMIT")
        asking.join(30)


@pytest.fixture(scope="module")
def slowed(watched, tenant, plant):
    """A COPY of three rows that had to wait."""
    answers = []
    rows = [plant.detection(f"2026-03-04T10:00:0{second}Z", event_id=f"secret-{second}") for second in range(3)]
    held_up(watched, tenant, "minute_count", f"detection_line_{plant.line}", lambda: answers.append(
        tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})))
    assert answers[0].json()["stored"] == 3, answers[0].text

    def told() -> dict | None:
        """A worker that does not answer at once is listed without statements."""
        item = watched.worker("slow")
        return item if item["slow_statements"] else None

    return eventually(told, 10)


def test_a_slow_statement_is_logged_by_name_with_time_and_rows(watched, slowed):
    line = slow_lines(watched, "CopyDetections")[0]
    assert int(re.search(r"milliseconds=(\d+)", line)[1]) >= SLOW
    assert re.search(r"rows=3\b", line)
    assert "secret" not in log(watched) and "product-SLOW" not in log(watched)


def test_a_fast_statement_is_not_logged(watched, slowed):
    names = {row["statement"] for row in slowed["slow_statements"] if row["slow_runs"] == 0}
    assert names, slowed
    for name in names:
        assert slow_lines(watched, name) == []


def test_the_worst_are_in_the_list_of_workers(watched, slowed):
    statements = slowed["slow_statements"]
    assert 1 < len(statements) <= 10
    assert [row["longest_ms"] for row in statements] == sorted((row["longest_ms"] for row in statements), reverse=True)
    copied = next(row for row in statements if row["statement"] == "CopyDetections")
    assert copied["longest_ms"] >= SLOW and copied["rows"] == 3
    assert (copied["runs"], copied["slow_runs"]) == (1, 1) and copied["total_ms"] >= copied["longest_ms"]


def test_looking_at_a_worker_is_no_request_of_it(watched, slowed):
    first = watched.worker("slow")["requests"]
    assert watched.worker("slow")["requests"] == first
    assert exposition(watched)
    assert watched.worker("slow")["requests"] == first


def exposition(system) -> dict[tuple[str, str, str], float]:
    answer = system.client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    rows = re.findall(r'^(camet_statement_\w+)\{tenant="([^"]*)",statement="([^"]*)"\} (\S+)$', answer.text, re.M)
    return {(name, tenant, statement): float(value) for name, tenant, statement, value in rows}


def test_the_worst_ten_are_in_the_metrics(watched, slowed):
    worst = ("camet_statement_longest_seconds", "slow", "CopyDetections")
    figures = eventually(lambda: told if worst in (told := exposition(watched)) else None, 10)
    assert figures[worst] >= SLOW / 1_000
    assert figures["camet_statement_longest_rows", "slow", "CopyDetections"] == 3
    assert figures["camet_statement_runs_total", "slow", "CopyDetections"] == 1
    assert figures["camet_statement_slow_runs_total", "slow", "CopyDetections"] == 1
    series = [key for key in figures if key[0] == "camet_statement_longest_seconds"]
    assert len(series) == 10
    # Names of statements are literals of the program.
    assert all(re.fullmatch("[A-Z][A-Za-z]+", statement) for _, _, statement in series)


def test_without_a_worker_the_gateway_tells_of_itself(watched, slowed):
    watched.make_tenant("unused")
    listed = next(item for item in watched.camet("worker", "list")["items"] if item["tenant"] == "unused")
    assert listed["pid"] is None and listed["slow_statements"] == []


@pytest.mark.parametrize("value", ["0", "-1", "soon", "3600001"])
def test_a_wrong_threshold_stops_the_start(value):
    made = RunningSystem({"CAMET_SLOW_STATEMENT_MILLISECONDS": value})
    try:
        with pytest.raises(AssertionError, match="CAMET_SLOW_STATEMENT_MILLISECONDS"):
            made.start()
    finally:
        made.stop()
        made.remove()
