"""What a running worker is to the system: read from /proc, and seen when it passes its bounds or when others end."""

import contextlib
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from launcher_cage import limits_of, state_of
from running_system import PlantData, RunningSystem, eventually, is_alive

IS_ROOT = os.geteuid() == 0
MEBIBYTES = 256
NOBODY = "0" * 16


def workers_of(system: RunningSystem, *tenants: str) -> list[int]:
    return [system.worker(tenant)["pid"] for tenant in tenants]


def states_of_threads(pid: int) -> list[dict[str, str]]:
    """Of those that have not ended meanwhile."""
    found = []
    for entry in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.append(state_of(f"{pid}/task/{entry.name}"))
    return found


@pytest.fixture(scope="module")
def isolated():
    with RunningSystem.running({"CAMET_WORKER_MEMORY_MIB": str(MEBIBYTES), "CAMET_WORKER_NICE": "7",
                                "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000"}) as system:
        yield system


@pytest.fixture(scope="module")
def tenants(isolated):
    made = [isolated.make_tenant(slug) for slug in ("first", "second")]
    for tenant in made:
        assert tenant.client("VIEWER").get("/api/v1/plants").status_code == 200
    return made


@pytest.fixture
def workers(isolated, tenants):
    for tenant in tenants:
        assert tenant.client("VIEWER").get("/api/v1/plants").status_code == 200
    return workers_of(isolated, *(tenant.slug for tenant in tenants))


def test_a_worker_has_no_rights_and_a_filter_in_every_thread(isolated, workers):
    for pid in workers:
        threads = states_of_threads(pid)
        assert len(threads) > 1
        for state in threads:
            assert {state[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Amb")} == {NOBODY}
            assert state["NoNewPrivs"] == "1"
            assert (state["Seccomp"], state["Seccomp_filters"]) == ("2", "2")
            assert not IS_ROOT or state["CapBnd"] == NOBODY
        assert state_of(pid)["Umask"] == "0077"
    # The control: this program has none of it.
    own = state_of(os.getpid())
    assert (own["NoNewPrivs"], own["Seccomp"]) == ("0", "0")


def test_a_worker_is_a_user_of_its_tenant_alone(isolated, workers):
    users = [state_of(pid)["Uid"].split() for pid in workers]
    if IS_ROOT:
        numbers = isolated.psql("camet_global", "SELECT tenant_id FROM tenant ORDER BY tenant_id").split()
        assert users == [[str(isolated.first_user + int(number))] * 4 for number in numbers]
        for pid, user in zip(workers, users, strict=True):
            assert state_of(pid)["Gid"].split() == user and state_of(pid)["Groups"].split() == [str(isolated.first_user)]
    else:
        assert users == [[str(os.geteuid())] * 4] * 2
    gateway = state_of(isolated.gateway_pid)
    assert gateway["Uid"].split() == [str(isolated.gateway_user)] * 4 and isolated.gateway_user != 0
    assert gateway["CapEff"] == NOBODY


def share_of_a_new_session() -> str:
    """Empty where the processor is not shared between sessions."""
    return subprocess.run(
        ["cat", "/proc/self/autogroup"], capture_output=True, text=True, start_new_session=True).stdout


@pytest.mark.skipif(not share_of_a_new_session(), reason="the processor is not shared between sessions here")
def test_a_workers_session_has_the_share_that_its_nice_says(workers):
    """Else its nice would count among its own threads alone."""
    for pid in workers:
        share = Path(f"/proc/{pid}/autogroup")
        assert eventually(lambda share=share: share.read_text().endswith(" nice 7\n"), 10), share.read_text()
    # The control: nobody else's.
    assert share_of_a_new_session().endswith(" nice 0\n")


def test_a_worker_is_bounded(workers):
    for pid in workers:
        limits = limits_of(pid)
        memory = str(MEBIBYTES << 20)
        assert limits["Max core file size"] == ("0", "0") and limits["Max data size"] == (memory, memory)
        assert limits["Max open files"] == ("1024", "1024") and limits["Max locked memory"] == ("0", "0")
        assert not IS_ROOT or limits["Max processes"] == ("256", "256")
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "500\n"
        assert os.getpriority(os.PRIO_PROCESS, pid) == 7
        order = subprocess.run(["ionice", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        assert order.split() == ["best-effort:", "prio", "6"]


def test_a_worker_leads_a_session_and_inherits_nothing(workers):
    for pid in workers:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        assert fields[2:4] == [str(pid), str(pid)]
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert {item.split(b"=")[0] for item in environment if item} == {b"TMPDIR", b"LISTEN_FDS", b"LISTEN_PID"}
        descriptors = {int(entry.name): os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
        assert descriptors[0] == "/dev/null" and descriptors[1] == descriptors[2]
        assert descriptors[3].startswith("socket:") and descriptors[4].startswith("pipe:")
        # What it has opened itself has no name in any folder.
        for number, what in descriptors.items():
            assert number < 5 or re.match(r"(socket|pipe|anon_inode):", what), (number, what)


def test_nobody_reads_the_gateways_memory_or_environment(isolated, workers):
    """Not even another process of its own user."""
    as_gateway = ["setpriv", f"--reuid={isolated.gateway_user}", f"--regid={isolated.gateway_user}", "--clear-groups", "--"]
    become = as_gateway if IS_ROOT else []
    for pid in [isolated.gateway_pid, *workers]:
        for name in ("environ", "mem", "maps"):
            done = subprocess.run([*become, "head", "-c", "1", f"/proc/{pid}/{name}"], capture_output=True, text=True)
            assert done.returncode != 0 and "denied" in done.stderr, (pid, name)
    other = subprocess.Popen([*become, "sleep", "600"])
    try:
        assert eventually(lambda: subprocess.run(
            [*become, "head", "-c", "1", f"/proc/{other.pid}/environ"], capture_output=True).returncode == 0, 10)
    finally:
        other.kill()
        other.wait()


def test_a_worker_past_its_memory_is_replaced_and_others_notice_nothing(isolated, tenants, workers):
    greedy, other = tenants
    plant = PlantData(greedy.client("MANAGER"), code="BIG")
    quiet = other.client("VIEWER")
    begun, answers = threading.Event(), []

    def ask_the_other():
        while not begun.wait(0.02) or len(answers) < 20:
            answers.append(quiet.get("/api/v1/plants").status_code)

    rows = [plant.detection("2026-03-04T10:00:00Z") | {"event_id": f"{number:0>200}"} for number in range(10_000)]
    body = json.dumps({"detections": rows})
    asker = threading.Thread(target=ask_the_other)
    asker.start()
    try:
        # As many at once as may be in flight: together they want more than there is.
        key = greedy.system.camet(
            "key", "create", "--tenant", greedy.slug, "--name", "greedy", "--scopes", "ingest")["api_key"]
        statuses = []

        def send():
            client = isolated.client(key=key)
            with contextlib.suppress(OSError):
                statuses.append(client.send("POST", "/api/v1/detections", data=body, timeout=60,
                                            headers={"Content-Type": "application/json"}).status_code)

        def is_replaced():
            senders = [threading.Thread(target=send) for _ in range(48)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            return isolated.worker(greedy.slug)["pid"] != workers[0]

        assert eventually(is_replaced, 60), statuses
    finally:
        begun.set()
        asker.join()
    assert set(answers) == {200}
    assert workers_of(isolated, other.slug) == workers[1:]
    # The next one serves, and is bounded as well.
    assert eventually(lambda: greedy.client("VIEWER").get("/api/v1/plants").status_code == 200, 20)
    assert limits_of(workers_of(isolated, greedy.slug)[0])["Max data size"][0] == str(MEBIBYTES << 20)


@pytest.fixture
def two_workers(own_system):
    for slug in ("here", "there"):
        assert own_system.make_tenant(slug).client("VIEWER").get("/api/v1/plants").status_code == 200
    return own_system, workers_of(own_system, "here", "there")


def test_no_worker_outlives_the_gateway_even_when_it_stands_still(two_workers):
    system, pids = two_workers
    children = Path(f"/proc/{system.gateway_pid}/task/{system.gateway_pid}/children").read_text().split()
    os.kill(pids[0], signal.SIGSTOP)
    os.kill(system.gateway_pid, signal.SIGKILL)
    everybody = [*pids, *map(int, children)]
    assert eventually(lambda: not any(is_alive(pid) for pid in everybody), 10)


@pytest.mark.skipif(not IS_ROOT, reason="the launcher is for root")
def test_without_its_launcher_the_gateway_ends_and_says_so(two_workers):
    system, pids = two_workers
    gateway = system.gateway_pid
    launcher, = map(int, Path(f"/proc/{gateway}/task/{gateway}/children").read_text().split())
    assert state_of(launcher)["Uid"].split() == ["0"] * 4
    os.kill(launcher, signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in [gateway, *pids]), 10)
    # It ends by itself, and whoever started it is told so.
    assert system.process.wait(30) != 0
    assert "the launcher has ended" in (system.folder / "log/gateway.log").read_text()


# Started by who is not root: workers are the gateway's own user, and the rest holds all the same.

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can start it as another user")


@pytest.fixture(scope="module")
def shared():
    somebody = pwd.getpwnam("nobody").pw_uid
    system = RunningSystem()
    system.start_as(somebody)
    try:
        yield system.start()
    finally:
        system.stop()
        system.remove()


@pytest.fixture(scope="module")
def only(shared):
    return shared.make_tenant("only")


@pytest.fixture
def pid(shared, only):
    assert only.client("VIEWER").get("/api/v1/plants").status_code == 200
    return shared.worker("only")["pid"]


@needs_root
def test_with_one_user_the_worker_is_held_as_well(shared, pid):
    for state in states_of_threads(pid):
        assert state["Uid"].split() == [str(shared.gateway_user)] * 4
        assert {state[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Amb")} == {NOBODY}
        assert (state["NoNewPrivs"], state["Seccomp"], state["Seccomp_filters"]) == ("1", "2", "2")
    assert limits_of(pid)["Max data size"][0] == str(1 << 30)
    assert limits_of(pid)["Max core file size"] == ("0", "0")
    assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "500\n"
    assert state_of(pid)["PPid"] == str(shared.gateway_pid)


@needs_root
def test_of_its_user_only_the_gateway_is_let_in(shared, pid):
    """Another worker, say, or whatever else runs as that user."""
    number = shared.psql("camet_global", "SELECT tenant_id FROM tenant")
    path = shared.folder / f"run/w/{number}.sock"
    code = ("import socket, sys; c = socket.socket(socket.AF_UNIX); c.settimeout(20); c.connect(sys.argv[1]); "
            "sys.stdout.write('told' if c.recv(1) else 'closed')")
    done = subprocess.run(
        [*shared.started_by, sys.executable, "-c", code, path], capture_output=True, text=True, timeout=30, cwd="/")
    assert (done.returncode, done.stdout) == (0, "closed"), done.stderr
    # The control: a socket that is answered, by the same program.
    with socket.socket(socket.AF_UNIX) as listener:
        open_to_it = shared.data / "control.sock"
        listener.bind(str(open_to_it))
        os.chown(open_to_it, shared.gateway_user, shared.gateway_user)
        listener.listen()
        asker = subprocess.Popen([*shared.started_by, sys.executable, "-c", code, open_to_it],
                                 stdout=subprocess.PIPE, text=True, cwd="/")
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"x")
            assert asker.communicate(timeout=30)[0] == "told"


@needs_root
def test_with_one_user_everything_ends_with_the_gateway(shared, pid):
    os.kill(pid, signal.SIGSTOP)
    os.kill(shared.gateway_pid, signal.SIGKILL)
    assert eventually(lambda: not is_alive(pid), 10)
