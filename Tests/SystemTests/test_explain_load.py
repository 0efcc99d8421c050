"""Explanations of ten years, dozens at once: the worker goes on answering, beats and everybody else."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from conftest import WITHOUT_RATE_LIMITS
from raw_connection import RawConnection
from running_system import PlantData, RunningSystem, check_problem, eventually

FIRST, LAST = datetime(2016, 1, 1, tzinfo=timezone.utc), datetime(2025, 12, 30, tzinfo=timezone.utc)
TEN_YEARS = "from=2016-01-01&to=2025-12-29&line_id=all"


@pytest.fixture(scope="module")
def system():
    """One whose requests have five times as long as usual, however busy the machine is with others."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_REQUEST_DEADLINE_SECONDS": "75"}) as made:
        yield made


@pytest.fixture(scope="module")
def decade(system):
    """A line that stopped every hour of ten years, with three shifts a day."""
    tenant = system.make_tenant("decade")
    manager = tenant.client("MANAGER")
    plant = PlantData(
        manager, code="DECADE", commissioned_at=FIRST.isoformat(), dual=False, shift=("00:00", "08:00"))
    for name, start, end in (("second", "08:00", "16:00"), ("third", "16:00", "00:00")):
        manager.make("shifts", plant_id=plant.plant, shift_name=name, days=[1, 2, 3, 4, 5, 6, 7], start_time=start,
                     end_time=end, breaks=[])
    hours = int((LAST - FIRST) / timedelta(hours=1))
    for begin in range(0, hours, 5_000):
        # Two a moment apart each hour: between them the line runs.
        rows = [plant.detection((FIRST + timedelta(hours=hour, seconds=second)).isoformat())
                for hour in range(begin, min(begin + 5_000, hours)) for second in (0, 30)]
        answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows}, timeout=120)
        assert answer.status_code == 200, answer.text
    tenant.shift = plant.shift
    return tenant


@pytest.mark.parametrize("has_shift", [False, True])
def test_forty_explanations_of_ten_years_leave_the_worker_answering(system, decade, has_shift):
    viewer = decade.client("VIEWER")
    path = f"/api/v1/explain/kpis?{TEN_YEARS}" + (f"&shift_id={decade.shift}" if has_shift else "")
    whole = viewer.get(path, timeout=90)
    assert whole.status_code == 200 and len(whole.json()["lines"][0]["stops"]) > 20_000
    before = system.worker("decade")
    token = viewer.headers["Authorization"].removeprefix("Bearer ")

    def explain(_) -> int:
        answer = system.client(bearer=token).get(path, timeout=120)
        if answer.status_code != 200:
            # Told so, and when to come again.
            check_problem(answer, 503, "overloaded")
            assert int(answer.headers["Retry-After"]) >= 1
            return 503
        assert answer.content.startswith(whole.content[:100]) and len(answer.content) > 0.9 * len(whole.content)
        return 200

    ordinary = []
    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(explain, number) for number in range(40)]
        while not all(future.done() for future in asked):
            answer = decade.client("OPERATOR").get("/api/v1/kpis?from=2025-12-01&to=2025-12-02&line_id=all")
            assert answer.status_code == 200, answer.text
            ordinary.append(answer.elapsed.total_seconds())
    answers = Counter(future.result() for future in asked)
    assert answers[200] >= 3, answers
    assert len(ordinary) >= 3 and max(ordinary) < 5, ordinary
    after = system.worker("decade")
    assert (after["pid"], after["restarts"]) == (before["pid"], before["restarts"])


def test_forty_figures_of_ten_years_leave_the_worker_answering(system, decade):
    viewer = decade.client("VIEWER")
    before = system.worker("decade")
    token = viewer.headers["Authorization"].removeprefix("Bearer ")
    asked = [f"/api/v1/kpis?{TEN_YEARS}", f"/api/v1/kpis?{TEN_YEARS}&interval=month&group_by=shift",
             "/api/v1/kpis?from=2021-01-01&to=2025-12-29&line_id=all&interval=shift",
             f"/api/v1/production?{TEN_YEARS}&interval=month"]

    def is_served(client, path: str) -> bool:
        """Whoever has waited for a place for too long is told so, and comes again."""
        answer = client.get(path, timeout=90)
        if answer.status_code != 200:
            check_problem(answer, 503, "overloaded")
        return answer.status_code == 200

    with ThreadPoolExecutor(40) as threads:
        served = Counter(threads.map(
            lambda n: eventually(lambda: is_served(system.client(bearer=token), asked[n % 4]), 50), range(40)))
    assert served == {True: 40}
    after = system.worker("decade")
    assert (after["pid"], after["restarts"]) == (before["pid"], before["restarts"])


def test_whoever_reads_nothing_of_a_long_explanation_keeps_ordinary_questions_from_nobody(system, decade):
    viewer = decade.client("VIEWER")
    readers = [RawConnection(system) for _ in range(4)]
    try:
        for reader in readers:
            reader.send(f"GET /api/v1/explain/kpis?{TEN_YEARS} HTTP/1.1\r\nHost: x\r\n"
                        f"Authorization: {viewer.headers['Authorization']}\r\n\r\n")
        # Both places are held by them then, which another long question is told.
        def is_full() -> bool:
            return viewer.get(f"/api/v1/explain/kpis?{TEN_YEARS}", timeout=60).status_code == 503

        assert eventually(is_full, 30)
        assert viewer.read("/api/v1/explain/kpis?from=2025-12-01&to=2025-12-02&line_id=all")["lines"]
        # Nor from figures, however long.
        assert viewer.get(f"/api/v1/kpis?{TEN_YEARS}").status_code == 200
    finally:
        for reader in readers:
            reader.socket.close()
    # And when they are gone it is served again.
    assert eventually(
        lambda: viewer.get(f"/api/v1/explain/kpis?{TEN_YEARS}", timeout=60).status_code == 200, 60)
