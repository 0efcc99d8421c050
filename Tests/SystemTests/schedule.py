"""The schedule of background work as a test looks at it and disturbs it: rows of the global database, and what /metrics counts."""

import re
import socket
import subprocess
from pathlib import Path

from running_system import REPOSITORY, RunningSystem, eventually, is_alive

WORK = ("stops", "upkeep")


class Schedule:
    """Of one tenant."""

    def __init__(self, system: RunningSystem, slug: str):
        self.system, self.slug = system, slug
        assert eventually(lambda: self.value("stops", "count(*)") == self.value("upkeep", "count(*)") == "1", 60), \
            f"{slug} has no turns"

    def value(self, work: str, expression: str) -> str:
        return self.system.psql("camet_global", (
            f"SELECT {expression} FROM scheduled_work JOIN tenant USING (tenant_id) "
            f"WHERE slug = '{self.slug}' AND work = '{work}'"))

    def set(self, work: str, assignments: str) -> None:
        self.system.psql("camet_global", (
            f"UPDATE scheduled_work SET {assignments} FROM tenant WHERE tenant.tenant_id = scheduled_work.tenant_id "
            f"AND slug = '{self.slug}' AND work = '{work}'"))

    def make_due(self, work: str, missed: str = "1 second") -> None:
        """Its turn came so long ago, and it was never done."""
        self.set(work, f"due_at = now() - interval '{missed}', done_at = NULL")

    def is_done(self, work: str) -> bool:
        """Done, given back, and not due again before half of the interval of a day is over."""
        return self.value(work, "done_at IS NOT NULL AND taken_until IS NULL AND due_at > now() + interval '12 hours'"
                                " AND failures = 0") == "t"

    def wait_until_done(self, work: str) -> None:
        assert eventually(lambda: self.is_done(work), 60), self.value(work, "scheduled_work")


def give_no_turns(system: RunningSystem, slug: str) -> None:
    """Puts a tenant's turns off for longer than a test lasts, also the first, which come at any time of the day."""
    system.psql("camet_global", (
        "INSERT INTO scheduled_work (tenant_id, work, due_at) SELECT tenant_id, work, now() + interval '12 hours' "
        f"FROM tenant CROSS JOIN unnest(ARRAY{list(WORK)}) AS work WHERE slug = '{slug}' "
        "ON CONFLICT (tenant_id, work) DO UPDATE SET due_at = excluded.due_at"))


def metrics(run_folder: Path) -> dict[str, float]:
    """All that a gateway tells, by name with labels."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(run_folder / "metrics.sock"))
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    return {name: float(value) for name, value in re.findall(r"^(camet_\S+) ([0-9.]+)$", text, re.MULTILINE)}


def count(system: RunningSystem, work: str, outcome: str, run_folder: Path | None = None) -> int:
    folder = run_folder or system.folder / "run"
    return int(metrics(folder)[f'camet_scheduled_work_total{{work="{work}",outcome="{outcome}"}}'])


class SecondGateway:
    """Another gateway beside a system's own, of the same databases, with sockets of its own."""

    def __init__(self, system: RunningSystem):
        self.system = system
        first = Path("/proc", str(system.gateway_pid))
        command = [part for part in (first / "cmdline").read_bytes().decode().split("\0") if part]
        environment = dict(
            pair.split("=", 1) for pair in (first / "environ").read_bytes().decode().split("\0") if "=" in pair)
        if environment.pop("CAMET_LAUNCHER", None):
            users = system.first_user
            command = [
                str(REPOSITORY / ".build/release/camet-launcher"), "--first-user", str(users), "--last-user",
                str(users + (1 << 20) - 1), "--worker", str(Path(command[0]).with_name("camet-worker")), "--spool", "/var/tmp",
                "--", *command]
        self.run = system.data / "second"
        self.run.mkdir(mode=0o700)
        system.give_to_gateway(self.run)
        self.log = (system.data / "second.log").open("w+")
        self.process = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=environment | {
                "CAMET_RUN": str(self.run), "CAMET_PORT": "0", "CAMET_AUDIT_HEADS_FILE": str(self.run / "heads.log")})
        assert eventually(lambda: (self.run / "metrics.sock").exists(), 60), (system.data / "second.log").read_text()

    def __enter__(self) -> "SecondGateway":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        assert is_alive(self.system.gateway_pid)
