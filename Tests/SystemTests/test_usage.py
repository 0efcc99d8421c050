"""What each company has used, as an operator is told; and the place a company has for requests at one time."""

import csv
import datetime
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_session import DatabaseSession
from running_system import PlantData, REPOSITORY, RunningSystem, check_problem, eventually

ROUTE = "/api/v1/detections"
PLANTS = "/api/v1/plants"
FIGURES = ("requests", "rows", "request_bytes", "answer_bytes", "cpu_seconds")


def told(system, *arguments: str) -> dict[str, dict]:
    return {item["tenant"]: item for item in system.camet("usage", *arguments)["items"]}


@pytest.fixture(scope="module")
def used():
    """A system that has ended in order, with what two companies asked of it."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system:
        busy, quiet = system.make_tenant("busy"), system.make_tenant("quiet")
        plant = PlantData(busy.client("MANAGER"), code="B")
        rows = [plant.detection(f"2026-02-11T12:00:{second:02}Z", event_id=f"e{second}") for second in range(20)]
        wrong = [plant.detection("2026-02-11T12:00:00Z") | {"line": "no such line"}]
        lines = "".join(f'{{"line": "B", "area": "output", "product": "product-B", "detected_at": '
                        f'"2026-02-11T13:00:{second:02}Z"}}\n' for second in range(30))
        sender = busy.client("key:ingest")
        answers = [sender.post(ROUTE, {"detections": batch}) for batch in (rows, rows, wrong)]
        assert [answer.status_code for answer in answers] == [200, 200, 422]
        stream = sender.send("POST", ROUTE, data=lines.encode(), headers={"Content-Type": "application/x-ndjson"})
        assert stream.json()["stored"] == 30
        # Nobody: reaches no worker.
        assert system.client().get(PLANTS).status_code == 401
        sent = sum(len(answer.request.body) for answer in [*answers, stream])
        got = sum(len(answer.content) for answer in [*answers, stream])
        assert quiet.client("key:read").get(PLANTS).status_code == 200
        # The workers' own count of what has reached them; of one that does not answer at once it is that of its last beat.
        def reached() -> dict[str, int]:
            return {slug: system.worker(slug)["requests"] for slug in ("busy", "quiet")}

        assert eventually(lambda: reached()["busy"] >= 11 and reached()["quiet"] == 1, 10), reached()
        received = reached()
        assert system.stop() == 0
        system.start_postgres()
        try:
            yield system, sent, got, received
        finally:
            system.stop_postgres()


def test_use_is_told_of_each_company_alone(used):
    system, sent, got, received = used
    busy, quiet = (told(system)[slug] for slug in ("busy", "quiet"))
    # What was a duplicate or rejected was not stored.
    assert busy["rows"] == 50 and quiet["rows"] == 0
    # The objects of the plant and 4 batches; of the other one question.
    assert busy["requests"] == received["busy"] >= 11 and quiet["requests"] == received["quiet"] == 1
    assert sent <= busy["request_bytes"] <= sent + 4096
    assert got <= busy["answer_bytes"] <= got + 16384
    assert quiet["request_bytes"] == 0 and 0 < quiet["answer_bytes"] < 4096
    assert 0 <= quiet["cpu_seconds"] < 60 and 0 < busy["cpu_seconds"] < 60


def test_use_is_told_by_day_and_period_and_as_csv(used):
    system, *_ = used
    today = datetime.datetime.now(datetime.UTC).date()
    days = {str(today), str(today - datetime.timedelta(days=1))}
    whole = told(system, "--from", min(days))
    assert all(item["day"] in days for item in told(system, "--from", min(days), "--daily").values())
    assert told(system, "--from", "2020-01-01", "--to", "2020-01-31") == {}
    assert set(told(system, "--from", min(days), "--tenant", "quiet")) == {"quiet"}
    done = subprocess.run(
        [REPOSITORY / "script/camet", "usage", "--csv", "--from", min(days)],
        env=system.environment | {"CAMET_DATA": str(system.folder)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["tenant"] for row in rows] == ["busy", "quiet"]
    for row in rows:
        assert {name: float(row[name]) for name in FIGURES} == {name: whole[row["tenant"]][name] for name in FIGURES}
    for arguments in (["--from", "yesterday"], ["--to", "2026-13-01"], ["--csv", "--json"],
                      ["--to", "2026-11-01", "--from", "2026-11-02"]):
        wrong = subprocess.run(
            [REPOSITORY / "script/camet", "usage", *arguments],
            env=system.environment | {"CAMET_DATA": str(system.folder)}, capture_output=True, text=True, timeout=60)
        assert wrong.returncode == 2 and arguments[0] in wrong.stderr


def test_a_company_has_so_many_requests_in_flight_and_another_its_own():
    settings = {"CAMET_REQUESTS_IN_FLIGHT_OF_TENANT": "3", "CAMET_REQUEST_DEADLINE_SECONDS": "60",
                "CAMET_STOP_CALCULATION_SECONDS": "86400"}
    with RunningSystem.running(settings) as system:
        slow, other = system.make_tenant("slow"), system.make_tenant("other")
        plant = PlantData(slow.client("MANAGER"), code="SLOW")
        key = slow.client("key:write").headers["X-API-Key"]
        reader = slow.client("key:read")
        assert reader.get(PLANTS).status_code == other.client("key:read").get(PLANTS).status_code == 200
        waiting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{slow.database}' AND wait_event_type = 'Lock'"

        def write(number: int) -> int:
            return system.client(key=key).post("/api/v1/failures", {
                "failure_code": f"F{number}", "failure_name": "F"}, timeout=60).status_code

        with DatabaseSession(system, slow.database) as session, ThreadPoolExecutor(3) as pool:
            session.run("BEGIN; LOCK failure")
            writes = [pool.submit(write, number) for number in range(3)]
            assert eventually(lambda: system.psql("postgres", waiting) == "3", 20)
            refused = reader.get(PLANTS)
            assert check_problem(refused, 429, "rate_limited")["limit"] == "requests_in_flight"
            assert int(refused.headers["Retry-After"]) == 1
            assert '"requests_in_flight";r=0' in refused.headers["RateLimit"]
            assert '"requests_in_flight";q=3' in refused.headers["RateLimit-Policy"]
            # Others have their own, and what reaches no worker takes none.
            assert other.client("key:read").get(PLANTS).status_code == 200
            assert reader.get("/auth/me").status_code in (200, 401, 403)
            session.run("COMMIT")
            assert [write.result(60) for write in writes] == [201] * 3
        assert reader.get(PLANTS).status_code == 200
        assert plant.line
