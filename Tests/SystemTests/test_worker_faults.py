"""Workers, gateway and database are killed, stopped and starved under load. Limits are five times what is promised."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_server import end_sessions, paused
from request_history import Load, check_untouched
from running_system import PlantData, REPOSITORY, RunningSystem, check_problem, eventually, is_alive

PLANTS = "/api/v1/plants"
DEADLINE = 8


@pytest.fixture(scope="module")
def faulty():
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_REQUEST_DEADLINE_SECONDS": str(DEADLINE)}) as made:
        yield made


@pytest.fixture(scope="module")
def calm(faulty):
    """The tenant beside."""
    tenant = faulty.make_tenant("calm")
    return tenant, PlantData(tenant.client("MANAGER"), code="CALM")


@pytest.fixture
def struck(faulty, request):
    """A tenant whose worker has not failed before: too many failures are answered by a pause."""
    slug = request.node.name.removeprefix("test_").replace("_", "-")[:50].strip("-")
    tenant = faulty.make_tenant(slug)
    return tenant, PlantData(tenant.client("MANAGER"), code="STRUCK")


@contextlib.contextmanager
def load(tenant, plant, system):
    """Load on a line that nothing was written to before."""
    line = PlantData(tenant.client("MANAGER"), code=f"{plant.code}-{time.monotonic_ns()}")
    with Load(tenant, line) as history:
        assert eventually(lambda: history.count("ok") > 5 and history.reads["ok"] > 5, 30), str(history)
        yield history


@contextlib.contextmanager
def load_on_both(faulty, struck, calm):
    """Load on both, of which the calm one's may not be touched."""
    with load(*calm, faulty) as beside, load(*struck, faulty) as history:
        yield history
        assert goes_on(history), str(history)
        assert goes_on(beside), str(beside)
    check_untouched(beside)


def goes_on(history, seconds: float = 50) -> bool:
    """Whether writes and reads succeed again."""
    writes, reads = history.count("ok"), history.reads["ok"]
    return eventually(lambda: history.count("ok") > writes + 5 and history.reads["ok"] > reads + 5, seconds)


def test_kill_9_under_load(faulty, struck, calm):
    with load_on_both(faulty, struck, calm) as history:
        for _ in range(4):
            pid = faulty.worker(struck[0].slug)["pid"]
            os.kill(pid, signal.SIGKILL)
            assert goes_on(history, 10), str(history)
            assert faulty.worker(struck[0].slug)["pid"] not in (None, pid)
    # Reads in flight were asked once more; of writes only those without a key have an unknown outcome.
    assert set(history.reads) == {"ok"}, str(history)
    assert set(history.codes) <= {"outcome_unknown"}, str(history)


def test_a_worker_stopped_under_load_is_replaced_and_its_reads_are_served(faulty, struck, calm):
    with load_on_both(faulty, struck, calm) as history:
        pid = faulty.worker(struck[0].slug)["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert eventually(lambda: not is_alive(pid), 50), "the one that hangs is not killed"
            assert goes_on(history, 50 - (time.monotonic() - began)), str(history)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    # Past their deadline where the machine was slow, otherwise served by the next one.
    assert set(history.codes) <= {"outcome_unknown", "deadline_exceeded", "worker_starting"}, str(history)


def test_database_sessions_killed_under_load(faulty, struck, calm):
    tenant, _ = struck
    with load_on_both(faulty, struck, calm) as history:
        for _ in range(5):
            end_sessions(faulty, f"datname = '{tenant.database}'")
            assert goes_on(history, 10), str(history)


def test_a_database_that_stands_still_under_load(faulty, struck, calm):
    """Both tenants' database: what is refused is refused in time, and nothing acknowledged is lost."""
    with load(*struck, faulty) as history:
        with paused(faulty):
            began = time.monotonic()
            refused = history.count("unknown") + history.count("failed")
            # One write at least has met its deadline.
            assert eventually(
                lambda: history.count("unknown") + history.count("failed") > refused + 2, 5 * DEADLINE), str(history)
            assert time.monotonic() - began < 5 * DEADLINE
            assert faulty.client().get("/healthz").status_code == 200
        assert goes_on(history, 10), str(history)
    assert history.longest_read < 3 * DEADLINE


def test_a_socket_path_that_something_else_has(faulty, calm):
    tenant = faulty.make_tenant("barred")
    client = tenant.client("key:read")
    number = faulty.psql("camet_global", "SELECT tenant_id FROM tenant WHERE slug = 'barred'")
    path = faulty.folder / f"run/w/{number}.sock"
    with load(*calm, faulty) as beside:
        path.write_text("not a socket")
        try:
            assert eventually(lambda: client.get(PLANTS).json()["code"] == "worker_backoff", 20)
            assert path.read_text() == "not a socket", "what is no socket is not ours to take away"
        finally:
            path.unlink()
        assert eventually(lambda: client.get(PLANTS).status_code == 200, 75)
        faulty.camet("worker", "drain", "--tenant", "barred")
        path.unlink(missing_ok=True)
        path.mkdir()
        try:
            done = subprocess.run(
                [REPOSITORY / "script/camet", "worker", "restart", "--tenant", "barred"],
                env=faulty.environment | {"CAMET_DATA": str(faulty.folder)}, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1 and "does not serve" in done.stderr, done.stderr
            assert path.is_dir()
        finally:
            path.rmdir()
        assert eventually(lambda: client.get(PLANTS).status_code == 200, 75)
    check_untouched(beside)


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def limit(pid: int, which: str, soft: int | str) -> None:
    # As who the process is: root may not in every container.
    status = Path(f"/proc/{pid}/status").read_text()
    user, group = (int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) for name in ("Uid", "Gid"))
    subprocess.run(["prlimit", "--pid", str(pid), f"--{which}={soft}:"], check=True, capture_output=True, user=user,
                   group=group)


def soft_limit(pid: int, name: str) -> str:
    line = re.search(rf"^{name} +(\S+)", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)
    return line[1]


def test_a_gateway_out_of_descriptors_serves_whom_it_has_and_heals(faulty, calm):
    """No place for another worker's socket or another client: whoever has a connection is served, and all are afterwards."""
    tenant = faulty.make_tenant("crowded")
    key = tenant.client("key:read").headers["X-API-Key"]
    client = faulty.client(key=key)
    assert client.get("/healthz").status_code == 200
    gateway = faulty.gateway_pid
    before = soft_limit(gateway, "Max open files")
    with load(*calm, faulty) as beside:
        limit(gateway, "nofile", open_files(gateway))
        try:
            # On a connection that is there: no worker can be started.
            for _ in range(3):
                answer = client.get(PLANTS)
                assert answer.status_code == 503, answer.text
            # The worker beside goes on on what it has.
            assert goes_on(beside), str(beside)
        finally:
            limit(gateway, "nofile", before)
        assert eventually(lambda: faulty.client(key=key).get(PLANTS).status_code == 200, 75)
    check_untouched(beside)


def test_a_worker_out_of_memory_is_its_own_tenants_trouble(faulty, struck, calm):
    tenant, _ = struck
    with load_on_both(faulty, struck, calm):
        pid = faulty.worker(struck[0].slug)["pid"]
        size = re.search(r"VmData:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        limit(pid, "data", int(size[1]) * 1024)
        line = "x" * 1000
        big = {"detections": [{"line": line, "area": line, "product": line, "detected_at": line}] * 1_500}
        client = faulty.client(key=tenant.client("key:ingest").headers["X-API-Key"])

        def is_replaced() -> bool:
            # Each is 6 MiB for the worker to take in.
            assert client.post("/api/v1/detections", big, timeout=60).status_code in (422, 503)
            return not is_alive(pid)

        assert eventually(is_replaced, 60), "the worker lives on without memory"
        assert eventually(lambda: faulty.worker(struck[0].slug)["pid"] not in (None, pid), 20)


# The gateway


@pytest.fixture
def own():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        tenant = made.make_tenant("own")
        yield made, tenant, PlantData(tenant.client("MANAGER"), code="OWN")


def test_no_accepted_write_is_lost_or_doubled_when_the_server_ends_under_load(own):
    system, tenant, plant = own
    with Load(tenant, plant) as history:
        assert eventually(lambda: history.count("ok") > 20 and history.reads["ok"] > 20, 30)
        began = time.monotonic()
        assert system.stop(patience=50) == 0
        assert time.monotonic() - began < 50
        system.start_postgres()
    assert "outcome_unknown" not in history.codes, str(history)
    os.kill(system.postgres_pid, signal.SIGINT)


def test_the_gateway_alone_killed_and_started_again_serves_over_stale_sockets(own):
    system, tenant, plant = own
    key = tenant.client("key:read").headers["X-API-Key"]
    assert tenant.client("key:read").get(PLANTS).status_code == 200
    worker = system.worker("own")["pid"]
    sockets = {path.name for path in (system.folder / "run").rglob("*.sock")}
    assert {"admin.sock", "metrics.sock"} < sockets
    # script/server would end everything with it: it is stopped meanwhile, and PostgreSQL stays.
    postgres = system.postgres_pid
    os.kill(system.process.pid, signal.SIGSTOP)
    try:
        os.kill(system.gateway_pid, signal.SIGKILL)
        assert eventually(lambda: not is_alive(worker), 10), "a worker outlives its gateway"
        assert is_alive(postgres)
        left = {path.name for path in (system.folder / "run").rglob("*.sock")}
        assert left == sockets, "nobody was there to take them away"
        log = system.data / "second-gateway.txt"
        began = time.monotonic()
        with log.open("w") as output:
            gateway = subprocess.Popen(
                [REPOSITORY / ".build/release/camet-gateway"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=system.environment | {"CAMET_DATA": str(system.folder), "CAMET_PORT": "0"}, cwd=system.folder,
                user=system.gateway_user, group=system.gateway_user, extra_groups=[] if os.geteuid() == 0 else None)
        try:
            assert eventually(lambda: re.search(r"^LISTENING (\d+)$", log.read_text(), re.MULTILINE), 10), log.read_text()
            system.base = "http://127.0.0.1:" + re.search(r"LISTENING (\d+)", log.read_text())[1]
            assert eventually(lambda: system.client(key=key).get(PLANTS).status_code == 200, 10)
            assert time.monotonic() - began < 10
            assert system.worker("own")["pid"] not in (None, worker)
            gateway.send_signal(signal.SIGTERM)
            assert gateway.wait(50) == 0
        finally:
            if gateway.poll() is None:
                gateway.kill()
                gateway.wait(20)
    finally:
        os.kill(system.process.pid, signal.SIGCONT)
