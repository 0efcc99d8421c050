"""One gateway follows another under load: no request fails, and what was answered as stored is there exactly once."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from listening_parent import PRODUCTS, ListeningParent
from request_history import Load, check_untouched
from running_system import Client, PlantData, RunningSystem, eventually, is_alive
from test_proxy import free_port
from tls_certificates import MadeCertificate

PLANTS = "/api/v1/plants"


class MixedLoad(Load):
    """Besides, some of it on a new connection for each request."""

    def __init__(self, tenant, plant: PlantData):
        super().__init__(tenant, plant)
        system = tenant.system
        for scope, work in (("ingest", self._write_anew), ("read", self._read)):
            client = system.client(key=tenant.client(f"key:{scope}").headers["X-API-Key"])
            client.headers["Connection"] = "close"
            self.threads.append(threading.Thread(target=work, args=[client], daemon=True))

    def _write_anew(self, client) -> None:
        self._write(client, keyed=False)


@contextlib.contextmanager
def load(tenant):
    """On a line that nothing was written to before."""
    plant = PlantData(tenant.client("MANAGER"), code=f"L{os.urandom(4).hex()}")
    with MixedLoad(tenant, plant) as history:
        assert goes_on(history), str(history)
        yield history


def goes_on(history, seconds: float = 60) -> bool:
    """Whether writes and reads succeed."""
    writes, reads = history.count("ok"), history.reads["ok"]
    return eventually(lambda: history.count("ok") > writes + 10 and history.reads["ok"] > reads + 10, seconds)


@contextlib.contextmanager
def untouched_load(*tenants):
    """Load of all, of which not one request may fail."""
    with contextlib.ExitStack() as stack:
        histories = [stack.enter_context(load(tenant)) for tenant in tenants]
        yield histories
        for history in histories:
            assert goes_on(history), str(history)
    for history in histories:
        check_untouched(history)


# script/server


@pytest.fixture(scope="module")
def upgraded():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def companies(upgraded):
    return [upgraded.make_tenant(slug) for slug in ("first", "second", "third")]


def has_followed(system, before: int) -> bool:
    """Whether another gateway runs; for a moment there is a note of neither."""
    try:
        return system.gateway_pid != before
    except (FileNotFoundError, ValueError):
        return False


def begin_replacing(system) -> int:
    """Lets another gateway take the place of the running one, and waits until it serves; the one before is given."""
    before = system.gateway_pid
    system.process.send_signal(signal.SIGUSR2)
    assert eventually(lambda: has_followed(system, before), 120), (system.data / "server-errors.txt").read_text()
    return before


def replace(system) -> None:
    """The same, and waits until the one before has ended."""
    before = begin_replacing(system)
    assert eventually(lambda: not is_alive(before), 60)
    assert is_alive(system.gateway_pid)


def begin_replacing_during(system, stack: contextlib.ExitStack, begin):
    """Lets another gateway ask for the place of the running one while a request is under way that `begin` makes; gives that.

    The rest of a body must come within 10 s: until the place is asked for, the request is made anew before that."""
    logs = system.folder / "log"
    own = (logs / "gateway.log").stat().st_ino
    made, since = stack.enter_context(begin()), time.monotonic()

    def is_asked() -> bool:
        """The log has another name by then, and may get it at any moment."""
        for path in logs.glob("gateway.log*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == own and "another gateway takes over" in path.read_text():
                    return True
        return False

    def is_asked_in_time() -> bool:
        nonlocal made, since
        if is_asked():
            return True
        if time.monotonic() - since > 5:
            made, since = stack.enter_context(begin()), time.monotonic()
        return False

    system.process.send_signal(signal.SIGUSR2)
    assert eventually(is_asked_in_time, 120), (system.data / "server-errors.txt").read_text()
    return made


def test_no_request_fails_while_gateways_follow_one_another(upgraded, companies):
    """Four generations: reads and writes of three companies, on kept and on new connections."""
    with untouched_load(*companies) as histories:
        for _ in range(3):
            workers = {company.slug: upgraded.worker(company.slug)["pid"] for company in companies}
            assert all(workers.values())
            replace(upgraded)
            for history in histories:
                assert goes_on(history), str(history)
            # The workers of the old generation ended with it.
            assert not any(is_alive(pid) for pid in workers.values())
    assert upgraded.process.poll() is None


def test_a_slow_request_is_finished_by_the_gateway_that_took_it(upgraded, companies):
    """A body that is still coming when another gateway takes over."""
    key = companies[0].client("key:read").headers["X-API-Key"]
    host, port = upgraded.base.removeprefix("http://").split(":")
    body = b'{"username": "nobody", "password": "wrong"}'

    def begin() -> socket.socket:
        slow = socket.create_connection((host, int(port)), timeout=60)
        slow.sendall(b"POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        return slow

    before = upgraded.gateway_pid
    with contextlib.ExitStack() as stack:
        slow = begin_replacing_during(upgraded, stack, begin)
        slow.sendall(body[5:])
        answer = slow.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401 ") and b"Connection: close" in answer, answer
    assert eventually(lambda: has_followed(upgraded, before), 120)
    assert upgraded.client(key=key).get(PLANTS).status_code == 200


def test_one_that_cannot_start_leaves_the_running_one(upgraded, companies):
    before = upgraded.gateway_pid
    configuration = upgraded.folder / "camet.conf"
    text = configuration.read_text()
    errors = upgraded.data / "server-errors.txt"
    with untouched_load(companies[0]):
        configuration.write_text(text + "CAMET_WORKER_NICE=99\n")
        upgraded.process.send_signal(signal.SIGUSR2)
        assert eventually(lambda: "It does not serve" in errors.read_text(), 120), errors.read_text()
        assert upgraded.gateway_pid == before and is_alive(before)
        assert "CAMET_WORKER_NICE" in (upgraded.folder / "log/gateway.log.failed").read_text()
        # The control: with what was wrong mended it is replaced.
        configuration.write_text(text)
        replace(upgraded)


def ask(system, line: bytes) -> dict:
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(30)
        admin.connect(str(system.folder / "run/admin.sock"))
        admin.sendall(line)
        return json.loads(admin.makefile().readline())


def test_its_place_is_given_to_nobody_who_does_not_listen_for_it(upgraded, companies):
    answer = ask(upgraded, b'{"verb": "gateway_yield"}\n')
    assert "nobody listens" in answer["error"]
    assert ask(upgraded, b'{"verb": "worker_list"}\n')["items"]
    assert companies[0].client("key:read").get(PLANTS).status_code == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user who is not the gateway's")
def test_its_place_is_not_given_to_another_user(upgraded, companies):
    with socket.socket(socket.AF_UNIX) as listener:
        place = upgraded.folder / "run/takeover.sock"
        listener.bind(str(place))
        place.chmod(0o777)
        listener.listen(1)
        try:
            answer = ask(upgraded, b'{"verb": "gateway_yield"}\n')
            assert "somebody else listens" in answer["error"]
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(1) == b""
        finally:
            place.unlink()
    assert companies[0].client("key:read").get(PLANTS).status_code == 200
    # The control: the gateway that may have it gets it.
    replace(upgraded)


def start_beside(system, *arguments: str) -> subprocess.CompletedProcess:
    """A further gateway on the same run folder, which must end by itself."""
    user = system.gateway_user
    become = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(
        [PRODUCTS / "camet-gateway", *arguments], capture_output=True, text=True, timeout=120, cwd="/",
        stdin=subprocess.DEVNULL, env=system.environment | {"CAMET_DATA": str(system.folder), "CAMET_PORT": "0"},
        **become)


def test_two_gateways_never_serve_one_folder(upgraded, companies):
    with untouched_load(companies[1]):
        done = start_beside(upgraded)
        assert done.returncode == 70 and "another gateway serves" in done.stderr, done.stderr
        assert start_beside(upgraded, "--take-off").returncode == 64
        assert "LISTENING" not in done.stdout


# TLS


def test_no_request_fails_over_tls(tmp_path_factory):
    certificate = MadeCertificate(tmp_path_factory.mktemp("tls"))
    with RunningSystem.running(WITHOUT_RATE_LIMITS | certificate.settings, certificate.certificate) as system:
        with untouched_load(system.make_tenant("sealed")):
            replace(system)
            replace(system)


# A socket that somebody else listens on


@pytest.fixture
def parent(upgraded):
    made = ListeningParent(upgraded)
    base = upgraded.base
    upgraded.base = made.base
    try:
        yield made
    finally:
        made.close()
        upgraded.base = base


@pytest.fixture
def moved(parent):
    """Companies whose clients come by the parent's socket; at the system's own gateway they have no worker meanwhile."""
    made = [parent.system.make_tenant(f"moved-{os.urandom(3).hex()}") for _ in range(2)]
    assert parent.start() and parent.serves(), parent.log()
    return made


def test_no_request_fails_while_the_socket_is_handed_on(parent, moved):
    """As `systemctl restart` does it: one ends, and then the next one is started."""
    with untouched_load(*moved) as histories:
        for _ in range(3):
            gateway = parent.started[-1]
            gateway.send_signal(signal.SIGTERM)
            assert gateway.wait(60) == 0
            parent.start()
            for history in histories:
                assert goes_on(history), str(history)


def test_the_next_one_may_be_started_before_the_last_has_ended(parent, moved):
    """It waits for the run folder to be free, and serves then; killing the one before is as good as its end."""
    with untouched_load(*moved) as histories:
        before = parent.started[-1]
        parent.start()
        for history in histories:
            assert goes_on(history), str(history)
        assert not parent.listens(), "two serve one folder"
        before.send_signal(signal.SIGTERM)
        assert parent.serves(), parent.log()
        assert before.wait(60) == 0
        for history in histories:
            assert goes_on(history), str(history)
    parent.start()
    parent.started[-2].kill()
    assert parent.serves(), parent.log()
    assert moved[0].client("key:read").get(PLANTS).status_code == 200


def test_what_is_no_listening_socket_is_refused_by_name(parent, upgraded):
    process = parent.start(LISTEN_FDS="2", LISTEN_FDNAMES="http:metrics")
    assert process.wait(60) == 78
    assert "descriptor 4 (metrics)" in parent.log()
    assert parent.start(LISTEN_FDS="x").wait(60) == 78
    # The control.
    parent.start()
    assert parent.serves(), parent.log()
    assert upgraded.client().get("/readyz").status_code == 200


def test_a_unix_domain_socket_is_served_as_well(upgraded):
    made = ListeningParent(upgraded, socket.AF_UNIX)
    try:
        made.start()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(str(made.folder / "http.sock"))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200 "), made.log()
    finally:
        made.close()


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_it_is_started_by_systemd_s_own_program(parent, upgraded):
    port = free_port()
    parent.listener.close()
    program = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", "--fdname=http",
               *(f"--setenv={name}" for name in parent.environment), "--", PRODUCTS / "camet-gateway"]
    user = upgraded.gateway_user
    become = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    with (parent.folder / "activated.log").open("w") as log:
        process = subprocess.Popen(program, env=parent.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                   **become)
    try:
        # The first connection starts it, and is served.
        client = Client(f"http://127.0.0.1:{port}")
        assert eventually(lambda: is_open(port), 30)
        assert client.get("/healthz", timeout=60).status_code == 200
        assert Path(f"/proc/{process.pid}/exe").resolve().name == "camet-gateway"
    finally:
        process.terminate()
        assert process.wait(60) == 0


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="the launcher is root's")
def test_the_launcher_hands_the_sockets_on(parent, upgraded):
    """The gateway is another user and still serves the socket of root; its workers are users of their tenants."""
    tenant = upgraded.make_tenant("launched")
    first = upgraded.gateway_user
    command = [PRODUCTS / "camet-launcher", "--first-user", str(first), "--last-user", str(first + (1 << 20) - 1),
               "--worker", PRODUCTS / "camet-worker", "--", PRODUCTS / "camet-gateway"]
    with untouched_load_after(lambda: parent.start(command, as_root=True), parent, tenant) as (history,):
        gateway = parent.started[-1]
        assert re.search(rf"^Uid:\s+{first}\s", Path(f"/proc/{gateway.pid}/status").read_text(), re.MULTILINE)
        gateway.send_signal(signal.SIGTERM)
        assert gateway.wait(60) == 0
        parent.start(command, as_root=True)
        assert goes_on(history), str(history)
        assert parent.serves(), parent.log()


@contextlib.contextmanager
def untouched_load_after(start, parent, tenant):
    start()
    assert parent.serves(), parent.log()
    with untouched_load(tenant) as histories:
        yield histories
