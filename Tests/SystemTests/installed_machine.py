"""A machine that systemd runs, with Camet installed in it from deploy/ as it is."""

import contextlib
import re
import shutil
import socket
from pathlib import Path

from booted_machine import BootedMachine
from conftest import WITHOUT_RATE_LIMITS
from running_system import REPOSITORY, Client, RunningSystem

DEPLOY = REPOSITORY / "deploy"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installed:
    """Camet in a machine, installed as docs/deployment.md says; its databases are those of a running system."""

    def __init__(self, system: RunningSystem):
        self.system = system
        # Whoever is not of the gateway's group gets to the database's socket here: its users are others.
        system.postgres_sockets.chmod(0o711)
        for folder in system.postgres_sockets.parents:
            if folder != folder.parent and folder.stat().st_mode & 0o001 == 0:
                folder.chmod(folder.stat().st_mode | 0o001)
        self.machine = BootedMachine({
            (REPOSITORY / ".build/release").resolve(): "/usr/lib/camet",
            (REPOSITORY / ".assets").resolve(): "/usr/share/camet/assets",
            REPOSITORY / "Migrations": "/usr/share/camet/Migrations",
            system.postgres_sockets: str(system.postgres_sockets),
        })

    @classmethod
    @contextlib.contextmanager
    def running(cls, system: RunningSystem, settings: dict[str, str] | None = None):
        made = cls(system)
        try:
            assert made.machine.boots(), made.machine.log.read_text()
            made.install(WITHOUT_RATE_LIMITS | (settings or {}))
            yield made
        finally:
            made.machine.remove()

    def install(self, settings: dict[str, str]) -> None:
        inside = self.machine.inside
        units = inside("/etc/systemd/system")
        shutil.copytree(DEPLOY / "systemd", units, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*.sysusers.conf", "remote-database.conf"))
        for folder in ("/etc/sysusers.d", "/etc/polkit-1/rules.d"):
            inside(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(DEPLOY / "systemd/camet.sysusers.conf", inside("/etc/sysusers.d/camet.conf"))
        shutil.copy(DEPLOY / "polkit/50-camet.rules", inside("/etc/polkit-1/rules.d/50-camet.rules"))
        folder = inside("/etc/camet")
        folder.mkdir()
        shutil.copytree(self.system.folder / "secrets", folder / "secrets")
        lines = (self.system.folder / "camet.conf").read_text().splitlines()
        written = [line for line in lines if re.match(r"CAMET_\w+_DATABASE=", line)]
        written += ["CAMET_MIGRATIONS=/usr/share/camet/Migrations", "CAMET_RUN=/run/camet"]
        written += [f"{name}={value}" for name, value in settings.items()]
        (folder / "camet.conf").write_text("\n".join(written) + "\n")
        port = free_port()
        (units / "camet-gateway.socket.d").mkdir()
        (units / "camet-gateway.socket.d/port.conf").write_text(
            f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n")
        # The database's socket is in a folder for temporary files here, of which services have their own.
        for unit in ("camet-gateway.service", "camet-worker@.service"):
            (units / f"{unit}.d").mkdir()
            (units / f"{unit}.d/database.conf").write_text(f"[Service]\nBindReadOnlyPaths={self.system.postgres_sockets}\n")
        self.base = f"http://127.0.0.1:{port}"
        self.machine.run("systemd-sysusers")
        self.machine.run("systemctl", "daemon-reload")
        gateway = "camet-gateway.socket", "camet-gateway.service"
        assert self.machine.run("systemctl", "enable", "--now", *gateway, check=False).returncode == 0, self.said()

    def client(self, tenant) -> Client:
        """Of the machine's gateway."""
        key = tenant.client("key:read").headers["X-API-Key"]
        return Client(self.base, key=key)

    def number(self, slug: str) -> int:
        return int(self.system.psql("camet_global", f"SELECT tenant_id FROM tenant WHERE slug = '{slug}'"))

    def unit(self, slug: str) -> str:
        return f"camet-worker@{self.number(slug)}.service"

    def process(self, unit: str) -> int:
        """The number of the unit's main process in the machine; 0 when there is none."""
        return int(self.machine.show(unit, "MainPID"))

    def status(self, process: int) -> dict[str, str]:
        text = self.machine.inside(f"/proc/{process}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def said(self) -> str:
        state = self.machine.run("systemctl", "status", "--no-pager", "camet-gateway.service", check=False).stdout
        return state + self.machine.journal("-n", "60") + self.machine.log.read_text()[-2000:]

    def camet(self, *arguments: str) -> str:
        """The operations CLI, as an operator of the machine runs it."""
        return self.machine.run("env", "CAMET_DATA=/etc/camet", "/usr/lib/camet/camet", *arguments).stdout
