"""A machine whose clock is set while everything runs: limits neither open nor lock.

The clock is libfaketime's, which every program of the system is started with; its time is set by a file.
"""

import time
from pathlib import Path

import pytest

from running_system import PASSWORD, PlantData, RunningSystem, check_problem, eventually, sign_in

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class SetClock:
    """A system and the difference of its clock to the machine's."""

    def __init__(self):
        self.system = RunningSystem()
        self.file = self.system.data / "clock"
        self.set("+0")
        self.system.environment |= {
            "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            # As when somebody sets the time of day: clocks that only measure go on as before.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }

    def set(self, difference: str) -> None:
        written = self.file.with_suffix(".new")
        written.write_text(difference + "\n")
        written.rename(self.file)

    def hour(self) -> float:
        """How far the database's clock is from the machine's, in hours."""
        return (float(self.system.psql("postgres", "SELECT extract(epoch FROM clock_timestamp())")) - time.time()) / 3600


@pytest.fixture
def clock():
    made = SetClock()
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
    assert abs(clock.hour()) < 0.01

    clock.set(difference)
    assert abs(clock.hour() - (1 if difference == "+1h" else -1)) < 0.01

    # Not open: who was locked out still is, who had spent his minute still has.
    refused = system.client().post("/auth/token", {"username": locked, "password": PASSWORD})
    check_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert burst() < 100
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
