"""A disk that is full: what is refused, what goes on, and that it heals."""

import contextlib
import errno
import json
import os
import pwd
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from running_system import PlantData, RunningSystem, check_problem, eventually

ROUTE = "/api/v1/detections"
DISK = 64 << 20
DAY = "2026-02-10"


class SmallDisk:
    """A tenant of whom something lies on a disk that the test fills and frees: the database, or long streams' rows."""

    def __init__(self, holds: str):
        self.holds = holds
        self.system = RunningSystem()
        self.folder = self.system.data / "disk"
        self.folder.mkdir()
        owner = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()
        self.system.started_by = [
            sys.executable, Path(__file__).with_name("small_disk.py"), self.folder, str(DISK), str(owner),
            "1777" if holds == "spool" else "700"]
        if holds == "spool":
            self.system.environment["CAMET_SPOOL"] = str(self.folder)

    def start(self) -> "SmallDisk":
        self.system.start()
        self.tenant = self.system.make_tenant("cramped")
        if self.holds == "database":
            # Nobody is in the database before its first worker, so it can still be moved.
            self.system.psql("postgres", f"CREATE TABLESPACE small LOCATION '{self.folder}'")
            self.system.psql("postgres", f"ALTER DATABASE {self.tenant.database} SET TABLESPACE small")
        self.plant = PlantData(self.tenant.client("MANAGER"))
        return self

    @property
    def ballast(self) -> Path:
        """The file that fills the disk, on the way through a process that sees it."""
        return Path(f"/proc/{self.system.postgres_pid}/root{self.folder}/ballast")

    def fill(self) -> None:
        block = b"\0" * 65_536
        with self.ballast.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(block)
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    if len(block) == 4_096:
                        return
                    block = block[:4_096]

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(holds: str):
    made = SmallDisk(holds)
    try:
        yield made.start()
    finally:
        if made.system.process:
            made.system.stop()
        made.system.remove()


@pytest.fixture(scope="module")
def disk():
    with small_disk("database") as made:
        yield made


@pytest.fixture(scope="module")
def spool():
    with small_disk("spool") as made:
        yield made


def rows(disk: SmallDisk, count: int, mark: str = "") -> dict:
    first = datetime.fromisoformat(f"{DAY}T12:00:00+00:00")
    made = [disk.plant.detection((first + timedelta(milliseconds=number)).isoformat()) for number in range(count)]
    return {"detections": [row | {"event_id": f"{mark}-{number}"} for number, row in enumerate(made)] if mark else made}


def stored(disk: SmallDisk) -> int:
    return int(disk.system.psql(disk.tenant.database, f"SELECT count(*) FROM detection_line_{disk.plant.line}"))


@pytest.mark.parametrize("keyed", [False, True], ids=["plain rows", "rows with event ids"])
def test_a_full_disk_refuses_a_batch_whole_and_heals(disk, keyed):
    camera, reader = disk.tenant.client("key:ingest"), disk.tenant.client("key:read")

    def counted() -> int:
        query = f"/api/v1/production?from={DAY}&to={DAY}&line_id={disk.plant.line}&interval=day"
        return sum(sum(bucket["series"].values()) for bucket in reader.read(query)["buckets"])

    first, second = (rows(disk, count, f"{count}" if keyed else "") for count in (500, 10_000))
    assert camera.post(ROUTE, first).status_code == 200
    before = stored(disk)
    assert counted() == before
    disk.fill()
    try:
        for _ in range(3):
            refused = camera.post(ROUTE, second)
            check_problem(refused, 503, "storage_full")
            assert int(refused.headers["Retry-After"]) > 0
            assert stored(disk) == before
        # Reads go on, of what is in memory and of what is not, and so does everybody else.
        assert counted() == before
        assert reader.get("/api/v1/plants").status_code == 200
        assert len(reader.read(f"/api/v1/kpis?from={DAY}&to={DAY}")["lines"]) == 1
        assert disk.system.client().get("/readyz").status_code == 200
    finally:
        disk.free()

    def outcome():
        answer = camera.post(ROUTE, second)
        return answer.json() if answer.status_code == 200 else None

    healed = eventually(outcome, 25)
    assert (healed["stored"], healed["duplicates"], healed["rejected_count"]) == (10_000, 0, 0)
    assert stored(disk) == before + 10_000
    assert eventually(lambda: counted() == before + 10_000, 10)


def send_stream(disk: SmallDisk, detections: list[dict]):
    body = "".join(json.dumps(row) + "\n" for row in detections).encode()
    return disk.tenant.client("key:ingest").send(
        "POST", ROUTE, data=body, headers={"Content-Type": "application/x-ndjson"}, timeout=60)


@pytest.mark.parametrize("held", ["database", "spool"])
def test_a_full_disk_refuses_a_stream_whole_and_heals(request, held):
    disk = request.getfixturevalue("disk" if held == "database" else "spool")
    # More than a worker keeps in memory.
    long, short = rows(disk, 150_000)["detections"], rows(disk, 500)["detections"]
    assert send_stream(disk, short).status_code == 200
    before = stored(disk)
    disk.fill()
    try:
        for _ in range(2):
            refused = send_stream(disk, long)
            check_problem(refused, 503, "storage_full")
            assert int(refused.headers["Retry-After"]) > 0
            assert stored(disk) == before
        reader = disk.tenant.client("key:read")
        assert len(reader.read(f"/api/v1/kpis?from={DAY}&to={DAY}")["lines"]) == 1
        if held == "spool":
            # What stays in memory needs no place there.
            assert send_stream(disk, short).status_code == 200
            before += len(short)
            assert stored(disk) == before
    finally:
        disk.free()

    def outcome():
        answer = send_stream(disk, long)
        return answer.json() if answer.status_code == 200 else None

    healed = eventually(outcome, 60)
    assert (healed["stored"], healed["rejected_count"]) == (150_000, 0)
    assert stored(disk) == before + 150_000
