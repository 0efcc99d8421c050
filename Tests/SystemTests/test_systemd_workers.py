"""Workers as units of systemd: the units of deploy/ as they are, in a machine of its own that systemd runs."""

import json
import os
import re
import signal
import threading
import time

import pytest

from booted_machine import can_boot
from conftest import WITHOUT_RATE_LIMITS
from installed_machine import Installed
from running_system import Client, RunningSystem, eventually

pytestmark = pytest.mark.skipif(not can_boot(), reason="systemd cannot be started here: no root, no dbus, or no control groups")

PLANTS = "/api/v1/plants"


@pytest.fixture(scope="module")
def installed():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system:
        with Installed.running(system) as made:
            yield made


@pytest.fixture(scope="module")
def tenants(installed):
    """Two, each with a worker; nobody but this gateway is asked for them."""
    return [installed.system.make_tenant(slug) for slug in ("unit-one", "unit-two")]


@pytest.fixture
def clients(installed, tenants):
    made = [installed.client(tenant) for tenant in tenants]
    for client in made:
        answer = client.get(PLANTS)
        assert answer.status_code == 200, answer.text + installed.said()
    return made


@pytest.fixture
def units(installed, tenants, clients):
    return [installed.unit(tenant.slug) for tenant in tenants]


def test_workers_are_units_with_users_slices_and_bounds_of_their_own(installed, units):
    machine = installed.machine
    gateway = installed.status(installed.process("camet-gateway.service"))["Uid"].split()[0]
    users = set()
    for unit in units:
        assert machine.show(unit, "ActiveState") == "active"
        number = re.search(r"@(\d+)", unit).group(1)
        assert machine.show(unit, "ControlGroup") == (
            f"/camet.slice/camet-tenant.slice/camet-tenant-{number}.slice/{unit}")
        status = installed.status(installed.process(unit))
        users.add(status["Uid"].split()[0])
        assert status["CapEff"] == status["CapBnd"] == "0" * 16 and status["NoNewPrivs"] == "1"
        # systemd's filters, and those by which the worker closes itself in.
        assert status["Seccomp"] == "2" and int(status["Seccomp_filters"]) > 2
        assert machine.show(f"camet-tenant-{number}.slice", "MemoryMax") == str(1 << 30)
        assert machine.show(f"camet-tenant-{number}.slice", "CPUWeight") == "100"
    assert len(users | {gateway, "0"}) == 4, users
    # The control: another company is given another weight, and nobody else is.
    first, second = (re.search(r"@(\d+)", unit).group(1) for unit in units)
    machine.run("systemctl", "set-property", "--runtime", f"camet-tenant-{first}.slice", "CPUWeight=300", "MemoryMax=2G")
    assert machine.show(f"camet-tenant-{first}.slice", "CPUWeight") == "300"
    assert machine.show(f"camet-tenant-{second}.slice", "CPUWeight") == "100"


def test_only_the_gateway_reaches_a_worker_and_nothing_secret_is_in_sight(installed, units):
    process = installed.process(units[0])
    number = re.search(r"@(\d+)", units[0]).group(1)
    place = installed.machine.inside(f"/run/camet/w/{number}.sock")
    assert place.stat().st_mode & 0o777 == 0o600
    assert str(place.stat().st_uid) == installed.status(installed.process("camet-gateway.service"))["Uid"].split()[0]
    for name in ("environ", "cmdline"):
        text = installed.machine.inside(f"/proc/{process}/{name}").read_bytes()
        assert b"password" not in text and b"host=" not in text
    environment = installed.machine.inside(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    assert "CREDENTIALS_DIRECTORY=" in "".join(environment)
    # Where it was told who it is nobody can ask any more.
    credentials = installed.machine.inside("/run/camet/credentials")
    assert credentials.stat().st_mode & 0o777 == 0o700 and list(credentials.iterdir()) == []


def test_a_worker_that_is_killed_or_stands_still_is_replaced(installed, clients, units):
    first, second = units
    neighbour = installed.process(second)
    for number in (signal.SIGKILL, signal.SIGSTOP):
        before = installed.process(first)
        installed.machine.run("kill", f"-{number.value}", str(before))
        assert eventually(lambda: installed.process(first) not in (0, before)
                          or clients[0].get(PLANTS, timeout=60).status_code == 0, 40), installed.said()
        assert eventually(lambda: clients[0].get(PLANTS, timeout=60).status_code == 200, 40), installed.said()
        assert not installed.machine.inside(f"/proc/{before}/stat").exists()
    assert installed.process(second) == neighbour


def test_an_operator_sees_workers(installed, units):
    listed = {item["tenant"]: item for item in json.loads(installed.camet("worker", "list", "--json"))["items"]}
    for slug, unit in zip(("unit-one", "unit-two"), units, strict=True):
        assert (listed[slug]["state"], listed[slug]["pid"]) == ("ready", installed.process(unit))
        # As its control group has it: its process is hidden from the gateway. Not every machine counts memory there.
        counted = "memory" in installed.machine.run("cat", "/sys/fs/cgroup/cgroup.controllers").stdout.split()
        assert 1 << 20 < listed[slug]["rss_bytes"] < 256 << 20 if counted else listed[slug]["rss_bytes"] is None
    assert eventually(lambda: any(
        float(row["cpu_seconds"]) > 0 for row in json.loads(installed.camet("usage", "--json"))["items"]), 90)


def test_an_operator_restarts_a_worker(installed, clients, units):
    before = installed.process(units[0])
    installed.camet("worker", "restart", "--tenant", "unit-one")
    assert eventually(lambda: installed.process(units[0]) not in (0, before), 20), installed.said()
    assert clients[0].get(PLANTS).status_code == 200
    # It ended as one that drains does.
    assert installed.machine.show(units[0], "Result") == "success"


def test_no_worker_outlives_its_gateway(installed, clients, units):
    workers = [installed.process(unit) for unit in units]
    gateway = installed.process("camet-gateway.service")
    # One that stands still hears nothing.
    installed.machine.run("kill", "-STOP", str(workers[1]))
    installed.machine.run("kill", "-KILL", str(gateway))
    for worker in workers:
        assert eventually(lambda worker=worker: not installed.machine.inside(f"/proc/{worker}/stat").exists(), 25)
    # systemd starts the next gateway, which serves the same companies.
    assert eventually(lambda: installed.process("camet-gateway.service") not in (0, gateway), 30)
    for client in clients:
        assert eventually(lambda client=client: client.get(PLANTS, timeout=60).status_code == 200, 30), installed.said()
    assert not set(workers) & {installed.process(unit) for unit in units}


def test_a_restart_of_the_gateway_refuses_nobody(installed, clients, units):
    before = installed.process("camet-gateway.service")
    workers = [installed.process(unit) for unit in units]
    is_over = threading.Event()
    answers: list[int | str] = []

    def ask(client: Client) -> None:
        while not is_over.is_set():
            try:
                answers.append(client.get(PLANTS, timeout=60).status_code)
            except OSError as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(answers) > 20, 30)
    installed.machine.run("systemctl", "restart", "camet-gateway.service")
    count = len(answers)
    assert eventually(lambda: len(answers) > count + 20, 30)
    is_over.set()
    for thread in threads:
        thread.join(60)
    assert set(answers) == {200}, (set(answers), installed.said())
    assert installed.process("camet-gateway.service") != before
    after = [installed.process(unit) for unit in units]
    assert all(after) and not set(after) & set(workers)
    # Those of the gateway before have ended well, and by it.
    assert "camet-worker" not in installed.machine.run("systemctl", "--failed", "--no-legend").stdout


def test_workers_end_with_a_gateway_that_is_stopped(installed, clients, units):
    machine = installed.machine
    workers = [installed.process(unit) for unit in units]
    began = time.monotonic()
    machine.run("systemctl", "stop", "camet-gateway.socket", "camet-gateway.service")
    assert time.monotonic() - began < 20
    for unit, worker in zip(units, workers, strict=True):
        assert machine.show(unit, "ActiveState") == "inactive"
        assert not machine.inside(f"/proc/{worker}/stat").exists()
    # Without a gateway none can be started.
    machine.run("systemctl", "start", units[0], check=False)
    assert installed.process(units[0]) == 0
    machine.run("systemctl", "start", "camet-gateway.socket", "camet-gateway.service")
    assert clients[0].get(PLANTS, timeout=60).status_code == 200


def test_the_gateways_user_may_start_and_end_workers_and_nothing_else(installed, units):
    def ask(*arguments: str) -> bool:
        done = installed.machine.run(
            "setpriv", "--reuid=camet", "--regid=camet", "--clear-groups", "--", "systemctl", "--no-ask-password", *arguments,
            check=False)
        assert done.returncode == 0 or "authentication required" in done.stderr.lower(), done.stderr
        return done.returncode == 0

    assert ask("kill", "--signal=SIGCONT", units[0])
    assert ask("start", units[0])
    for arguments in [("kill", "--signal=SIGCONT", "systemd-journald.service"), ("start", "rescue.target"),
                      ("stop", "dbus.socket"), ("set-property", "--runtime", units[0], "MemoryMax=1G"),
                      ("restart", "camet-gateway.service"), ("start", "camet-worker@../x.service"),
                      ("start", "camet-worker@x.service"), ("daemon-reload",), ("mask", units[0])]:
        assert not ask(*arguments), arguments


# What asks the gateway who a worker is, as systemd does: bound to a name of the abstract namespace. Where nobody listens it has nothing.
ASKING = """
import os, socket, sys
name, user, number = sys.argv[1].encode(), int(sys.argv[2]), sys.argv[3]
asking = socket.socket(socket.AF_UNIX)
asking.bind(b"\\0" + name)
if user:
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
asking.settimeout(20)
try:
    asking.connect(f"/run/camet/credentials/{number}.sock")
except (FileNotFoundError, ConnectionRefusedError):
    sys.exit()
answer = b""
while more := asking.recv(65536):
    answer += more
print(answer.hex())
"""


def test_nobody_else_is_told_who_a_worker_is(installed, clients, units):
    """Also while one is being started: the boot record is for systemd and the unit that is started."""
    machine = installed.machine

    unit = units[0]
    number = re.search(r"@(\d+)", unit).group(1)

    def ask(name: str, user: int = 0) -> str:
        return machine.run("/usr/bin/python3", "-c", ASKING, name, str(user), number).stdout.strip()

    gateway = int(installed.status(installed.process("camet-gateway.service"))["Uid"].split()[0])
    # Nothing is being started.
    for name in (f"0123456789abcdef/unit/{unit}/boot", "0123456789abcdef/unit/camet-worker@999999.service/boot", "", "x",
                 f"/unit/{unit}/boot", f"0123456789abcdef/unit/{unit}/other"):
        assert ask(name) == ""
    # A worker that hangs before it is told: systemd waits for a program that never asks.
    drop_in = machine.inside("/run/systemd/system/camet-worker@.service.d/late.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Unit]\nAfter=late.service\nWants=late.service\n")
    machine.inside("/run/systemd/system/late.service").write_text(
        "[Service]\nType=oneshot\nExecStart=/usr/bin/sleep 600\nTimeoutStartSec=infinity\n")
    machine.run("systemctl", "daemon-reload")
    try:
        before = installed.process(unit)
        machine.run("kill", "-KILL", str(before))
        waiting = threading.Thread(target=lambda: clients[0].get(PLANTS, timeout=60))
        waiting.start()
        assert eventually(lambda: machine.show("late.service", "ActiveState") == "activating", 20), installed.said()
        # The gateway's own user, and so everybody who is not root.
        assert ask(f"0123456789abcdef/unit/{unit}/boot", gateway) == ""
        for name in (f"0123456789abcdef/unit/camet-worker@0{number}.service/boot", f"0123456789abcdef/unit/{unit}/other",
                     f"0123456789abcdef/unit/{unit}x/boot", f"zz/unit/{unit}/boot", f"0123456789abcdef/unit/{units[1]}/boot",
                     "0123456789abcdef/unit/camet-worker@999999.service/boot"):
            assert ask(name) == "", name
        # The control: root, by the right name; and once. What comes then is told to the next worker, by another secret.
        told = ask(f"0123456789abcdef/unit/{unit}/boot")
        assert len(told) > 200
        assert ask(f"0123456789abcdef/unit/{unit}/boot") != told
        waiting.join(90)
    finally:
        drop_in.unlink()
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "stop", "late.service")
    assert eventually(lambda: clients[0].get(PLANTS, timeout=60).status_code == 200, 75), installed.said()


def test_the_journal_has_records_with_their_fields(installed, clients, units):
    installed.machine.run("kill", "-KILL", str(installed.process(units[0])))
    assert eventually(lambda: clients[0].get(PLANTS, timeout=60).status_code == 200, 40)

    def records() -> list[dict]:
        text = installed.machine.journal("-o", "json", "TENANT=unit-one", "CAUSE=lost")
        return [json.loads(line) for line in text.splitlines()]
    assert eventually(records, 20), installed.said()
    record = records()[-1]
    assert (record["PRIORITY"], record["SYSLOG_IDENTIFIER"]) == ("4", "camet.gateway")
    assert record["MESSAGE"].startswith("a worker is killed") and int(record["GENERATION"]) > 0
    assert record["_SYSTEMD_UNIT"] == "camet-gateway.service"
