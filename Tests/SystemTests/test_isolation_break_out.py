"""What a worker that was taken over can do: a program under the same launcher tries, and outside of it everything works."""

import errno
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from launcher_cage import (
    LAUNCHER, MEBIBYTE, REAP, SIGNAL, Cage, limits_of, network_listener, state_of, try_outside)
from running_system import eventually, is_alive

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the launcher is for root")

# Numbers of capability.h and resource.h.
KILL, SETGID, SETUID, NET_BIND_SERVICE = 5, 6, 7, 10
CORE = 4


def mask(*numbers: int) -> str:
    return f"{sum(1 << number for number in numbers):016x}"


class Neighbours:
    """Two tenants' workers under one launcher: the first is only there, the second is the attacker."""

    def __init__(self, cage: Cage):
        self.cage = cage
        self.socket = cage.sockets / "1.sock"
        self.victim = cage.start(1, socket_path=str(self.socket))
        self.file = cage.spool / "of-the-first"
        self.file.write_text("figures of the first tenant")
        self.file.chmod(0o600)
        os.chown(self.file, cage.first_user + 1, cage.first_user + 1)
        self.secret = cage.folder / "secret"
        self.secret.write_text("a key of the gateway")
        self.secret.chmod(0o600)
        os.chown(self.secret, cage.first_user, cage.first_user)

    def attack(self, *orders: str, **start) -> dict[str, str]:
        """What came of the attacker's orders."""
        attacker = self.cage.start(2, list(orders), **start)
        assert eventually(lambda: len(self.cage.outcomes(attacker)) == len(set(orders)) or not is_alive(attacker), 20)
        # Those that are in the file when nothing more comes.
        found = self.cage.outcomes(attacker)
        self.cage.order("ask", question=SIGNAL, process=attacker, number=signal.SIGKILL)
        assert eventually(lambda: self.cage.order("ask", question=REAP, process=attacker)[0], 10)
        return found


@pytest.fixture(scope="module")
def cage():
    made = Cage()
    yield made
    made.close()


@pytest.fixture(scope="module")
def neighbours(cage):
    return Neighbours(cage)


@pytest.fixture(scope="module")
def port():
    with network_listener() as listener:
        yield listener.getsockname()[1]


def refusals(neighbours: Neighbours, port: int) -> dict[str, str]:
    """An order, and how it is refused to a worker as it was started."""
    gateway, victim = neighbours.cage.process.pid, neighbours.victim
    return {
        # The other tenant.
        f"unix {neighbours.socket}": "EACCES",
        f"read {neighbours.file}": "EACCES",
        f"write {neighbours.file}": "EACCES",
        f"trace {victim}": "EPERM",
        f"memory_of {victim}": "EPERM",
        f"read /proc/{victim}/environ": "EACCES",
        f"signal {victim}": "EPERM",
        # The gateway and its launcher.
        f"read {neighbours.secret}": "EACCES",
        f"trace {gateway}": "EPERM",
        f"memory_of {gateway}": "EPERM",
        f"read /proc/{gateway}/environ": "EACCES",
        f"read /proc/{gateway}/mem": "EACCES",
        f"signal {gateway}": "EPERM",
        f"memory_of {neighbours.cage.launcher}": "EPERM",
        f"signal {neighbours.cage.launcher}": "EPERM",
        # The machine.
        f"network {port}": "EAFNOSUPPORT",
        f"listen {neighbours.cage.spool}/mine.sock": "EPERM",
        "fork 3": "EPERM",
        f"limit {CORE}": "EPERM",
        "user 0": "EPERM",
        "namespace": "EPERM",
        "keys": "EPERM",
        "priority 0": "EPERM",
        "code": "EPERM",
        "threads 400": "EAGAIN",
    }


def test_a_worker_as_it_is_started_gets_out_nowhere(neighbours, port):
    expected = refusals(neighbours, port)
    # The threads come last: they are as many as there may be.
    assert neighbours.attack(*expected) == expected


def test_a_confined_worker_gets_to_no_programs_and_no_files_of_others(neighbours, port, tmp_path):
    expected = {f"confine {neighbours.cage.spool}": "ok"} | refusals(neighbours, port)
    open_to_all = tmp_path / "open"
    tmp_path.chmod(0o755)
    open_to_all.write_text("of anybody")
    open_to_all.chmod(0o666)
    later = {f"read {open_to_all}": "EACCES", f"write {open_to_all}": "EACCES", "program /bin/sh": "EPERM"}
    del expected["threads 400"]
    needed = {"read /etc/hosts": "ok", "read /usr/share/zoneinfo/UTC": "ok", "write /dev/null": "ok",
              f"write {neighbours.cage.spool}/own": "ok",
              # As anybody's; Swift's runtime asks so for its own threads, and dies when it is refused.
              f"read /proc/{neighbours.cage.process.pid}/stat": "ok"}
    assert neighbours.attack(*expected, *later, *needed) == expected | later | needed
    # Before it was confined it had only its user's rights; there the folder and what is open to all are.
    for parent in open_to_all.parents[:-2]:
        parent.chmod(0o755)
    assert neighbours.attack(f"read {open_to_all}") == {f"read {open_to_all}": "ok"}


def test_outside_of_the_cage_the_same_things_work(neighbours, port):
    """The control: it is the cage that refuses, not the program that cannot."""
    orders = refusals(neighbours, port)
    # In a namespace of its own root is root no more, and with several threads it gets none.
    later = ["namespace", "threads 400"]
    orders = [order for order in orders if order not in later] + later
    code, came = try_outside(*orders, wrapped_in=["nice", "-n", "5"])
    assert code == 0
    assert came == dict.fromkeys(orders, "ok")
    assert try_outside("program /bin/sh") == (42, {})
    assert try_outside("memory 256") == (0, {"memory 256": "ok"})


def test_before_it_is_confined_a_program_can_be_started_and_stays_in_the_cage(neighbours):
    """The control of the second half: its refusal of programs is not the first half's."""
    attacker = neighbours.cage.start(2, ["program /bin/sh"])
    def ended():
        return neighbours.cage.order("ask", question=REAP, process=attacker)
    assert eventually(lambda: (answer := ended())[0] == 1 and os.waitstatus_to_exitcode(answer[1]) == 42, 10)


def test_whose_database_is_elsewhere_may_use_the_network(neighbours, port):
    orders = [f"network {port}", f"listen {neighbours.cage.spool}/mine.sock", f"signal {neighbours.victim}"]
    assert neighbours.attack(*orders, network=1) == dict(zip(orders, ["ok", "EPERM", "EPERM"], strict=True))


def test_memory_ends_where_it_was_told(neighbours):
    assert neighbours.attack("memory 50", "memory 256", memory=128 * MEBIBYTE) == {
        "memory 50": "ok", "memory 256": "ENOMEM"}
    assert neighbours.attack("memory 50", "memory 256", memory=512 * MEBIBYTE) == {
        "memory 50": "ok", "memory 256": "ok"}


def test_what_each_process_is(neighbours):
    """Only the launcher is root, with three rights; nobody can gain one."""
    cage = neighbours.cage
    first = cage.first_user
    expected = {
        cage.process.pid: (first, first, mask()), cage.launcher: (0, None, mask(KILL, SETGID, SETUID)),
        neighbours.victim: (first + 1, first + 1, mask()),
    }
    for process, (user, group, effective) in expected.items():
        state = state_of(process)
        assert state["Uid"].split() == [str(user)] * 4
        if group is not None:
            assert state["Gid"].split() == [str(group)] * 4 and state["Groups"].split() == [str(first)]
        assert (state["CapEff"], state["CapPrm"]) == (effective, effective)
        assert {state["CapBnd"], state["CapInh"], state["CapAmb"]} == {mask()}
        assert state["NoNewPrivs"] == "1"
    # The control: who started it all.
    assert state_of(os.getpid())["NoNewPrivs"] == "0" and state_of(os.getpid())["CapBnd"] != mask()
    assert limits_of(cage.launcher)["Max core file size"] == ("0", "0")
    for process in (cage.launcher, neighbours.victim):
        number = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        assert number[2:4] == [str(process)] * 2, "no process group and session of its own"


def test_low_ports_are_the_one_thing_that_a_gateway_may_be_left():
    cage = Cage("--low-ports")
    try:
        state = dict(line.split(":\t", 1) for line in cage.order("state").splitlines() if ":\t" in line)
        assert {state[name] for name in ("CapEff", "CapPrm", "CapAmb")} == {mask(NET_BIND_SERVICE)}
        assert state["CapBnd"] == mask() and state["Uid"].split() == [str(cage.first_user)] * 4
        worker = cage.start(1)
        assert state_of(worker)["CapEff"] == mask()
    finally:
        cage.close()


@pytest.mark.parametrize("wrong", [
    {"tenant": 0}, {"tenant": -1}, {"tenant": 1001}, {"tenant": 1 << 32}, {"nice": -1}, {"nice": 20},
    {"memory": MEBIBYTE}, {"network": 2}, {"unused": 1}, {"process": 1}, {"number": signal.SIGTERM},
    {"kinds": []}, {"kinds": ["listener"]}, {"kinds": ["listener", "pipe", "pipe"]}, {"kinds": ["pipe", "listener"]},
    {"kinds": ["bound", "pipe"]}, {"kinds": ["network", "pipe"]}, {"kinds": ["listener", "file"]}, {"length": 39},
])
def test_a_start_that_is_not_as_agreed_is_refused(cage, wrong):
    right = {"tenant": 1000, "memory": 128 * MEBIBYTE, "nice": 0}
    descriptors = len(os.listdir(f"/proc/{cage.launcher}/fd"))
    assert cage.order("start", **(right | wrong)) == [-errno.EINVAL, 0]
    # What came with it is closed.
    assert len(os.listdir(f"/proc/{cage.launcher}/fd")) == descriptors
    process, _ = cage.order("start", **right)
    assert process > 0 and state_of(process)["Uid"].split()[0] == str(cage.first_user + 1000)
    assert cage.order("ask", question=SIGNAL, process=process, number=signal.SIGKILL) == [0, 0]
    assert eventually(lambda: cage.order("ask", question=REAP, process=process) == [1, signal.SIGKILL], 10)


def test_only_workers_get_signals_and_only_the_two_that_end_them(cage, neighbours):
    bystander = subprocess.Popen(["/bin/sleep", "600"])
    try:
        for process in (bystander.pid, os.getpid(), cage.process.pid, cage.launcher, 1, 0, -1, -neighbours.victim):
            for question in (SIGNAL, REAP):
                assert cage.order("ask", question=question, process=process, number=signal.SIGKILL) == [-errno.ESRCH, 0]
        for number in (0, signal.SIGSTOP, signal.SIGHUP, 65, -1):
            assert cage.order("ask", question=SIGNAL, process=neighbours.victim, number=number) == [-errno.EINVAL, 0]
        for question in (0, 4, 1 << 31):
            assert cage.order("ask", question=question, process=neighbours.victim) == [-errno.EINVAL, 0]
        assert bystander.poll() is None and is_alive(neighbours.victim)
        worker = cage.start(3)
        assert cage.order("ask", question=REAP, process=worker) == [0, 0]
        assert cage.order("ask", question=SIGNAL, process=worker, number=signal.SIGTERM) == [0, 0]
        assert eventually(lambda: cage.order("ask", question=REAP, process=worker) == [1, signal.SIGTERM], 10)
        assert cage.order("ask", question=REAP, process=worker) == [-errno.ESRCH, 0]
    finally:
        bystander.kill()
        bystander.wait()


def test_with_the_gateway_everything_ends_even_what_stands_still():
    cage = Cage()
    try:
        workers = [cage.start(tenant) for tenant in (1, 2, 3)]
        launcher = cage.launcher
        os.kill(workers[0], signal.SIGSTOP)
        assert all(is_alive(process) for process in [*workers, launcher])
        cage.process.kill()
        assert eventually(lambda: not any(is_alive(process) for process in [*workers, launcher]), 10)
    finally:
        cage.close()


def test_with_the_launcher_its_workers_end():
    cage = Cage()
    try:
        workers = [cage.start(tenant) for tenant in (1, 2)]
        os.kill(workers[0], signal.SIGSTOP)
        os.kill(cage.launcher, signal.SIGKILL)
        assert eventually(lambda: not any(is_alive(process) for process in workers), 10)
        assert is_alive(cage.process.pid)
    finally:
        cage.close()


@pytest.mark.parametrize("arguments,code", [
    ([], 64), (["--first-user", "0", "--last-user", "9"], 64), (["--first-user", "9", "--last-user", "9"], 64),
    (["--first-user", "-5", "--last-user", "9"], 64), (["--first-user", "5", "--last-user", "2147483648"], 64),
    (["--first-user", "5", "--last-user", "x"], 64), (["--worker", "relative"], 64), (["--spool", "relative"], 64),
    (["--other"], 64), (["--low-ports"], 0),
])
def test_a_launcher_that_is_told_nonsense_starts_nothing(arguments, code):
    right = ["--first-user", "2000000000", "--last-user", "2000000001", "--worker", "/bin/true"]
    given = arguments if not arguments else [*right, *arguments]
    done = subprocess.run([LAUNCHER, *given, "--", "/bin/true"], capture_output=True, text=True, timeout=30)
    assert done.returncode == code, done.stderr
    assert code == 0 or done.stderr


def test_who_is_not_root_has_no_launcher(cage):
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", cage.reachable(LAUNCHER),
         "--first-user", "5", "--last-user", "9", "--worker", "/bin/true", "--", "/bin/true"],
        capture_output=True, text=True, timeout=30, cwd="/")
    assert done.returncode == 77 and "root" in done.stderr


def test_the_socket_of_a_worker_is_there_for_who_may(neighbours):
    """The control of the attack on it: its place is right, and somebody listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(neighbours.socket))
