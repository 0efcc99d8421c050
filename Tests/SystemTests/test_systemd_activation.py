"""Gateway and worker started by systemd's own program for trying socket activation: it listens, and they inherit the socket."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from running_system import PASSWORD, REPOSITORY, Client, eventually
from service_manager import Manager

PRODUCTS = REPOSITORY / ".build/release"
ACTIVATE = shutil.which("systemd-socket-activate")
pytestmark = pytest.mark.skipif(ACTIVATE is None, reason="systemd is not installed here")
NONCE = bytes(range(32))
HELLO, WELCOME, PING, PONG = 1, 2, 10, 11


def activated(address: str, program: Path, environment: dict[str, str], user: int, log: Path) -> subprocess.Popen:
    """Listens, and becomes the program when somebody has connected."""
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"] if os.geteuid() == 0 else []
    given = [argument for name, value in environment.items() for argument in ("-E", f"{name}={value}")]
    with log.open("w") as output:
        return subprocess.Popen(
            [*become, ACTIVATE, "-l", address, *given, program], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/")


def ended(process: subprocess.Popen) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.terminate()
        process.wait(30)
    if process.poll() is None:
        process.kill()
        process.wait(10)


def test_a_gateway_is_activated_by_its_first_client(own_system):
    viewer = own_system.make_tenant("activated").user("VIEWER")
    user = own_system.gateway_user
    run = own_system.data / "run-of-activated"
    run.mkdir(mode=0o700)
    os.chown(run, user, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"CAMET_DATA": str(own_system.folder), "CAMET_RUN": str(run), "CAMET_PORT": "1"}
    log = own_system.data / "activated.log"
    process = activated(f"127.0.0.1:{port}", PRODUCTS / "camet-gateway", environment, user, log)
    try:
        assert eventually(lambda: "Listening on" in log.read_text(), 20)
        client = Client(f"http://127.0.0.1:{port}")
        # The connection that starts it waits for it, and is served.
        token = client.post("/auth/token", {"username": viewer, "password": PASSWORD}, timeout=60).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/api/v1/plants").status_code == 200
        assert Path(f"/proc/{process.pid}/exe").resolve().name == "camet-gateway"
    finally:
        ended(process)
    assert process.returncode == 0, log.read_text()


def boot_record(process: int, user: int) -> bytes:
    """What a gateway that is this process, and has no database, tells a worker."""
    def text(value: str) -> bytes:
        return struct.pack(">H", len(value)) + value.encode()
    record = struct.pack(">HqQI", 4, 7, 12, user) + text("seven") + text("UTC") + text("host=/nowhere dbname=none")
    record += struct.pack(">H", len(NONCE)) + NONCE + struct.pack(">HHHIIIi", 2, 64, 9, 1000, 60, 1000, process)
    return struct.pack(">I", len(record)) + record


class Activated:
    """A worker that systemd has started, as far as it can tell; this process is its gateway."""

    def __init__(self, folder: Path, record: bytes):
        self.user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        folder.chmod(0o777)
        credentials = folder / "credentials"
        credentials.mkdir(mode=0o755)
        (credentials / "boot").write_bytes(record)
        (credentials / "boot").chmod(0o444)
        self.manager = Manager(folder / "notify")
        self.log = folder / "log"
        self.path = folder / "w.sock"
        self.process = activated(str(self.path), PRODUCTS / "camet-worker", {
            "CREDENTIALS_DIRECTORY": str(credentials), "NOTIFY_SOCKET": str(self.manager.path), "WATCHDOG_USEC": "400000",
            "TMPDIR": "/var/tmp"}, self.user, self.log)
        assert eventually(self.path.exists, 20), self.log.read_text()

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(self.path))
        return connection

    def frame(self, connection: socket.socket) -> tuple[int, bytes]:
        header = connection.recv(12, socket.MSG_WAITALL)
        assert len(header) == 12, self.log.read_text()
        length, kind = struct.unpack(">IB", header[:5])
        return kind, connection.recv(length, socket.MSG_WAITALL)


@pytest.fixture
def place():
    """A folder that a worker's user reaches."""
    folder = Path(tempfile.mkdtemp(prefix="camet-worker-"))
    yield folder
    shutil.rmtree(folder)


def test_a_worker_is_activated_and_told_who_it_is_by_its_credential(place):
    worker = Activated(place, boot_record(os.getpid(), os.geteuid()))
    try:
        connection = worker.connect()
        kind, hello = worker.frame(connection)
        magic, _, _, generation, process, size = struct.unpack_from(">IHHQiH", hello)
        assert (kind, magic, generation, process) == (HELLO, 0x43414D54, 12, worker.process.pid)
        assert hello[-size:] == NONCE
        assert worker.manager.hear("READY")["READY"] == "1"
        for _ in range(3):
            assert worker.manager.hear("WATCHDOG")["WATCHDOG"] == "1"
        connection.sendall(struct.pack(">IBBHIH", 2, WELCOME, 0, 0, 0, 1) + struct.pack(">IBBHI", 0, PING, 0, 0, 0))
        assert worker.frame(connection)[0] == PONG
        # It has closed itself in: no network, no programs.
        status = Path(f"/proc/{worker.process.pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status and "Seccomp_filters:\t2" in status
        worker.process.send_signal(signal.SIGTERM)
        assert worker.manager.hear("STOPPING")["STOPPING"] == "1"
        connection.close()
        assert worker.process.wait(30) == 0, worker.log.read_text()
    finally:
        ended(worker.process)


def test_an_activated_worker_ends_with_the_gateway_that_its_record_names(place):
    gateway = subprocess.Popen(["sleep", "600"])
    try:
        worker = Activated(place, boot_record(gateway.pid, os.geteuid()))
        # This process is not that gateway: it is not let in, though its user is right.
        connection = worker.connect()
        assert connection.recv(1) == b""
        assert worker.manager.hear("READY")
        assert worker.process.poll() is None
    finally:
        gateway.kill()
        gateway.wait()
    try:
        began = time.monotonic()
        assert worker.process.wait(25) == 10, worker.log.read_text()
        assert time.monotonic() - began < 5
    finally:
        ended(worker.process)


@pytest.mark.parametrize("record,status", [
    # Nobody has started such a worker: the gateway gives nothing.
    (b"", 66), (boot_record(1, 0)[:-3], 66), (b"\xff" * 64, 65),
    # Its gateway has gone already: no process has so high a number.
    (boot_record(0x7FFF_FFF0, 0), 71),
])
def test_a_worker_that_is_not_told_who_it_is_ends(place, record, status):
    worker = Activated(place, record)
    try:
        worker.connect()
        assert worker.process.wait(30) == status, worker.log.read_text()
    finally:
        ended(worker.process)
