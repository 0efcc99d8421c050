"""A machine whose clock is set while everything runs: limits neither open nor lock.

The clock is libfaketime's, which every program of the system is started with; its time is set by a file.
"""

import contextlib
import shutil
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import pytest

from running_system import PASSWORD, REPOSITORY, PlantData, RunningSystem, check_problem, eventually, sign_in
from test_heartbeats import TIMEOUT, make, state, unobserved

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class SetClock:
    """A system and the difference of its clock to the machine's."""

    def __init__(self, of_workers: bool):
        self.system = RunningSystem()
        # Where workers read and write; any other file they are refused.
        spool = self.system.data / "spool"
        spool.mkdir()
        spool.chmod(0o1777)
        self.system.environment["CAMET_SPOOL"] = str(spool)
        self.file = spool / "clock"
        self.set("+0")
        faked = {
            "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            # As when somebody sets the time of day: clocks that only measure go on as before.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }
        self.system.environment |= faked
        if of_workers:
            self._replace_worker(" ".join(f"{name}={value}" for name, value in faked.items()))

    def _replace_worker(self, words: str) -> None:
        """A worker inherits nothing of its gateway's environment, so another is put in its place that has it."""
        worker = REPOSITORY / ".build/release/camet-worker"
        copy = shutil.copy(worker, self.system.data / "camet-worker")
        wrapper = self.system.data / "camet-worker-of-the-clock"
        wrapper.write_text(f'#!/bin/sh\nexec env {words} {copy} "$@"\n')
        wrapper.chmod(0o755)
        self.system.started_by = [sys.executable, Path(__file__).with_name("other_file.py"), worker, wrapper]

    def set(self, difference: str) -> None:
        written = self.file.with_suffix(".new")
        written.write_text(difference + "\n")
        written.rename(self.file)

    def hour(self) -> float:
        """How far the database's clock is from the machine's, in hours."""
        return (float(self.system.psql("postgres", "SELECT extract(epoch FROM clock_timestamp())")) - time.time()) / 3600


@pytest.fixture
def clock():
    with set_clock(of_workers=True) as made:
        yield made


def forget_clocks_of_the_dead() -> None:
    """Programs that were killed leave what libfaketime shared under their number, and whoever has that number next, as
    another user, cannot begin."""
    for left in Path("/dev/shm").glob("*faketime_s*"):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def set_clock(of_workers: bool):
    forget_clocks_of_the_dead()
    made = SetClock(of_workers)
    try:
        made.system.start()
        yield made
    finally:
        if made.system.process:
            made.system.stop()
        made.system.remove()


@pytest.mark.parametrize("difference", ["+1h", "-1h"])
def test_an_hour_neither_opens_a_limit_nor_locks_one(clock, difference):
    assert Path(LIBRARY).exists(), "the package faketime is missing"
    system = clock.system
    east, west = (system.make_tenant(slug) for slug in ("east", "west"))
    locked, free = east.user("VIEWER"), west.user("VIEWER")
    spent, other = east.client("key:read"), west.client("key:read")

    def wrong_password():
        return system.client().post("/auth/token", {"username": locked, "password": "not the password"})

    def burst() -> int:
        """Requests served before one is refused; about ten a second come back."""
        for served in range(1_000):
            if spent.get("/api/v1/plants").status_code == 429:
                return served
        return 1_000

    for _ in range(5):
        check_problem(wrong_password(), 401, "invalid_credentials")
    check_problem(wrong_password(), 429, "too_many_attempts")
    assert burst() >= 590
    spent_at = time.monotonic()
    assert abs(clock.hour()) < 0.01

    clock.set(difference)
    assert abs(clock.hour() - (1 if difference == "+1h" else -1)) < 0.01

    # Not open: who was locked out still is, who had spent his minute still has.
    refused = system.client().post("/auth/token", {"username": locked, "password": PASSWORD})
    check_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert burst() < 50 + 10 * (time.monotonic() - spent_at)
    refused = spent.get("/api/v1/plants")
    while refused.status_code != 429:
        refused = spent.get("/api/v1/plants")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    # Not locked: everybody else is served, signs in, and stores what he sees.
    for _ in range(20):
        assert other.get("/api/v1/plants").status_code == 200
    manager = system.client(bearer=sign_in(system, west.user("MANAGER"))["access_token"])
    plant = PlantData(manager)
    stored = west.client("key:ingest").post(
        "/api/v1/detections", {"detections": [plant.detection("2026-02-10T12:00:00Z")]})
    assert stored.status_code == 200
    assert sign_in(system, free)["expires_in"] == 900
    # Nor for long whoever spent his minute.
    assert eventually(lambda: spent.get("/api/v1/plants").status_code == 200, 5)


@pytest.mark.parametrize("hours", [1, -1])
def test_what_cameras_send_while_the_clock_is_an_hour_off(clock, hours):
    """What is ahead is ahead of the server's clock; no row and no sign of life is lost when it is set right again."""
    tenant = clock.system.make_tenant("east")
    plant, camera, reader = make(tenant, "CLOCK"), tenant.client("key:ingest"), tenant.client("key:read")
    began = datetime.now(timezone.utc)
    stored = 0

    def at(minutes: float) -> str:
        return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).isoformat()

    def send(minutes: float) -> str:
        nonlocal stored
        answer = camera.post("/api/v1/detections", {"detections": [plant.detection(at(minutes))]}).json()
        assert "stored" in answer, answer
        stored += answer["stored"]
        return "stored" if answer["stored"] else answer["rejected"][0]["code"]

    def check(minutes: int) -> None:
        assert [send(minutes + ahead) for ahead in (-1, 3, 10)] == ["stored", "stored", "future_time"]
        assert camera.post("/api/v1/heartbeats", {"line": plant.code}).status_code == 204
        assert camera.post("/api/v1/heartbeats", {"line": plant.code, "at": at(minutes + 3)}).status_code == 204
        check_problem(camera.post("/api/v1/heartbeats", {"line": plant.code, "at": at(minutes + 10)}), 422, "invalid")
        assert state(tenant, plant)["status"] != "no_data"

    check(0)
    clock.set(f"{hours:+}h")
    check(60 * hours)
    if hours < 0:
        # The clock of this camera is right.
        assert send(0) == "future_time"
    clock.set("+0")
    check(0)

    path = f"/api/v1/detections?line_id={plant.line}&from={quote(at(-300))}&to={quote(at(300))}"
    rows = reader.read(path)["items"]
    assert len(rows) == stored == 6
    received = [(datetime.fromisoformat(row["received_at"]) - began).total_seconds() / 3600 for row in rows]
    assert sorted(round(hour) for hour in received) == sorted([0, 0, hours, hours, 0, 0])
    seconds, _ = unobserved(tenant, plant, at(-300), at(0))
    assert seconds <= TIMEOUT


def test_rows_are_ahead_for_a_database_whose_clock_is_behind():
    """Nobody is to blame but the clocks: what cameras see can be stored when they agree again."""
    with set_clock(of_workers=False) as clock:
        tenant = clock.system.make_tenant("east")
        plant, camera = PlantData(tenant.client("MANAGER")), tenant.client("key:ingest")

        def send():
            now = datetime.now(timezone.utc).isoformat()
            return camera.post("/api/v1/detections", {"detections": [plant.detection(now)]})

        assert send().status_code == 200
        clock.set("-1h")
        refused = send()
        check_problem(refused, 503, "database_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        clock.set("+0")
        assert send().status_code == 200
        assert clock.system.psql(tenant.database, f"SELECT count(*) FROM detection_line_{plant.line}") == "2"
