"""Starts gateways as systemd does with a socket unit: it listens, and they inherit the socket from descriptor 3 on."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from running_system import REPOSITORY, RunningSystem, eventually

PRODUCTS = REPOSITORY / ".build/release"


class ListeningParent:
    """Of gateways beside that of a running system: with its databases and secrets, and a run folder of their own."""

    def __init__(self, system: RunningSystem, family=socket.AF_INET):
        self.system = system
        self.folder = system.data / f"activated-{len(list(system.data.glob('activated-*')))}"
        self.folder.mkdir(mode=0o700)
        os.chown(self.folder, system.gateway_user, system.gateway_user)
        self.listener = socket.socket(family)
        self.listener.bind(("127.0.0.1", 0) if family == socket.AF_INET else str(self.folder / "http.sock"))
        self.listener.listen(4096)
        self.started: list[subprocess.Popen] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        return self.system.environment | {
            "CAMET_DATA": str(self.system.folder), "CAMET_RUN": str(self.folder), "CAMET_PORT": "1"}

    def log(self, number: int = -1) -> str:
        return Path(self.started[number].args[-1]).read_text()

    def start(self, program: list[str | Path] | None = None, as_root: bool = False,
              **environment: str) -> subprocess.Popen:
        """A gateway that inherits the socket; it need not serve yet."""
        log = self.folder / f"{len(self.started)}.log"
        log.touch()
        os.chown(log, self.system.gateway_user, self.system.gateway_user)
        user = self.system.gateway_user
        become = {} if as_root or os.geteuid() != 0 else {"user": user, "group": user, "extra_groups": []}
        given = self.listener.fileno()
        # The number of the process is known to itself only; the shell becomes the program.
        script = f'exec 3<&{given} {given}<&-; export LISTEN_PID=$$; log=$1; shift; exec "$@" >"$log" 2>&1'
        # The log's name comes last too, so that it is found again.
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", log, *(program or [PRODUCTS / "camet-gateway"])],
            env=self.environment | {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"} | environment,
            stdin=subprocess.DEVNULL, pass_fds=[given], cwd="/", **become)
        process.args = [*process.args, str(log)]
        self.started.append(process)
        return process

    def serves(self, number: int = -1, seconds: float = 60) -> bool:
        """Whether the gateway of that number listens."""
        process = self.started[number]
        eventually(lambda: self.listens(number) or process.poll() is not None, seconds)
        return self.listens(number)

    def listens(self, number: int = -1) -> bool:
        return re.search(r"^LISTENING \d+$", self.log(number), re.MULTILINE) is not None

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
        self.listener.close()
