"""A gateway follows another under systemd: in one unit that stays active, and companies move one by one."""

import contextlib
import json
import re
import threading
import time

import pytest

from booted_machine import can_boot
from conftest import WITHOUT_RATE_LIMITS
from held_requests import Asked, fresh, held_up
from installed_machine import Installed
from running_system import PlantData, RunningSystem, eventually
from test_upgrade import PLANTS, goes_on, untouched_load

pytestmark = pytest.mark.skipif(not can_boot(), reason="systemd cannot be started here: no root, no dbus, or no control groups")

GATEWAY = "camet-gateway.service"
PROGRAM = "/usr/lib/camet/camet-gateway"


@pytest.fixture(scope="module")
def installed():
    # What holds a request up may do so for as long as the machine is looked through.
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system, Installed.running(
            system, {"CAMET_REQUEST_DEADLINE_SECONDS": "60"}) as made:
        base = system.base
        # Whoever asks for a company asks the machine.
        system.base = made.base
        yield made
        system.base = base


@pytest.fixture(scope="module")
def slow(installed):
    return installed.system.make_tenant("slow")


@pytest.fixture(scope="module")
def line(slow):
    return PlantData(slow.client("MANAGER")).line


@pytest.fixture(scope="module")
def quick(installed):
    return [installed.system.make_tenant(slug) for slug in ("quick", "brisk")]


@pytest.fixture
def workers(installed, slow, quick):
    """All have a worker: its process by company."""
    for tenant in (slow, *quick):
        assert fresh(tenant).get(PLANTS, timeout=60).status_code == 200, installed.said()
    return {tenant.slug: worker(installed, tenant) for tenant in (slow, *quick)}


def worker(installed, tenant) -> int:
    return installed.process(installed.unit(tenant.slug))


def gateway(installed) -> int:
    return installed.process(GATEWAY)


def is_there(installed, process: int) -> bool:
    return installed.machine.inside(f"/proc/{process}/stat").exists()


def ask_for_another(installed) -> None:
    installed.machine.run("systemctl", "kill", "--signal=USR2", "--kill-whom=main", GATEWAY)


def begin_upgrade(installed) -> int:
    """Until another gateway is the unit's process; the one before is given, and may still be at work."""
    before = gateway(installed)
    ask_for_another(installed)
    assert eventually(lambda: gateway(installed) not in (0, before), 60), installed.said()
    return before


def upgrade(installed) -> None:
    """The same, and until the one before has ended."""
    before = begin_upgrade(installed)
    assert eventually(lambda: not is_there(installed, before), 60), installed.said()
    assert is_there(installed, gateway(installed))


def said_by(installed, process: int, *fields: str) -> list[dict]:
    """What a gateway has written to the journal."""
    lines = installed.machine.journal("-o", "json", f"_PID={process}", "SYSLOG_IDENTIFIER=camet.gateway", *fields).splitlines()
    return [json.loads(line) for line in lines]


def has_said(installed, process: int, text: str, *fields: str) -> int:
    """How often."""
    return sum(text in record["MESSAGE"] for record in said_by(installed, process, *fields))


@contextlib.contextmanager
def unit_stays_active(installed):
    """It is neither started nor stopped, nor anything else of it but its process."""
    names = ("ActiveState", "SubState", "ActiveEnterTimestampMonotonic", "NRestarts", "InvocationID")

    def state() -> dict[str, str]:
        return {name: installed.machine.show(GATEWAY, name) for name in names}
    before = state()
    yield
    assert before == state() and before["SubState"] == "running"
    # What systemd does not like about whoever is told to be the process it says in the journal.
    told = installed.machine.journal("-u", GATEWAY)
    assert not re.search(r"not our child|reception only permitted|[Rr]efusing|Cannot find unit", told), told


def test_companies_move_one_by_one_and_no_request_fails(installed, slow, line, quick, workers):
    with unit_stays_active(installed), untouched_load(*quick) as histories:
        with held_up(installed.system, slow, line) as asked:
            before = begin_upgrade(installed)
            began = time.monotonic()
            for tenant in quick:
                assert fresh(tenant).get(PLANTS, timeout=60).status_code == 200
            took = time.monotonic() - began
            for history in histories:
                assert goes_on(history), str(history)
            # The request is still unanswered where it came, and its worker is at it; the others have other workers.
            after = gateway(installed)
            assert asked.answer is None and is_there(installed, before) and worker(installed, slow) == workers["slow"]
            for tenant in quick:
                assert worker(installed, tenant) not in (0, workers[tenant.slug]) and not is_there(installed, workers[tenant.slug])
                assert eventually(lambda tenant=tenant: has_said(
                    installed, after, "a worker is ready", f"TENANT={tenant.slug}"), 20), installed.said()
            waiting = Asked(slow)
            assert eventually(lambda: listed(installed, slow)["waiting"] == 1, 20)
            assert listed(installed, slow)["state"] == "moving"
        assert asked.status == 200 and waiting.status == 200
        assert worker(installed, slow) not in (0, workers["slow"])
        assert eventually(lambda: not is_there(installed, before), 60), installed.said()
        assert took < 5
        # Who lives is told by the new one.
        told = int(installed.machine.show(GATEWAY, "WatchdogTimestampMonotonic"))
        assert eventually(lambda: int(installed.machine.show(GATEWAY, "WatchdogTimestampMonotonic")) > told, 20)
    assert gateway(installed) == after
    assert "camet-worker" not in installed.machine.run("systemctl", "--failed", "--no-legend").stdout


def listed(installed, tenant) -> dict:
    items = json.loads(installed.camet("worker", "list", "--json"))["items"]
    return next(item for item in items if item["tenant"] == tenant.slug)


@contextlib.contextmanager
def other_program(installed, text: str, mode: int):
    """A file in place of the gateway's program, as a package puts it there; until the block ends."""
    place = installed.machine.inside("/usr/local/lib/other-gateway")
    place.write_text(text)
    place.chmod(mode)
    installed.machine.run("mount", "--bind", "/usr/local/lib/other-gateway", PROGRAM)
    try:
        yield
    finally:
        installed.machine.run("umount", PROGRAM)


def test_one_that_cannot_start_changes_nothing(installed, quick, workers):
    before = gateway(installed)
    with unit_stays_active(installed), untouched_load(quick[0]):
        with other_program(installed, "no program", 0o644):
            ask_for_another(installed)
            assert eventually(lambda: has_said(installed, before, "cannot be started: this one goes on"), 30), installed.said()
        with other_program(installed, "#!/bin/sh\necho broken build >&2\nexit 1\n", 0o755):
            for count in (1, 2):
                ask_for_another(installed)
                assert eventually(
                    lambda count=count: has_said(installed, before, "has ended: this one goes on") == count, 30), installed.said()
        assert eventually(lambda: "broken build" in installed.machine.journal("-u", GATEWAY), 20)
        assert gateway(installed) == before
        assert worker(installed, quick[0]) == workers["quick"]
        started = [record["PID"] for record in said_by(installed, before) if "is started" in record["MESSAGE"] and "PID" in record]
        assert len(started) == 2 and not any(is_there(installed, int(process)) for process in started)
        # The control: with the program in its place again it is followed.
        upgrade(installed)
    assert worker(installed, quick[0]) not in (0, workers["quick"])


def test_one_upgrade_follows_another_when_it_is_over(installed, slow, line, quick, workers):
    with unit_stays_active(installed), untouched_load(quick[0]) as (history,):
        with held_up(installed.system, slow, line) as asked:
            first = begin_upgrade(installed)
            second = gateway(installed)
            ask_for_another(installed)
            ask_for_another(installed)
            assert eventually(lambda: has_said(installed, second, "asked for again"), 30), installed.said()
            assert goes_on(history), str(history)
            assert gateway(installed) == second and is_there(installed, first)
            assert not has_said(installed, second, "the next gateway is started")
        assert asked.status == 200
        seen = [first, second]

        def has_followed() -> bool:
            if (now := gateway(installed)) not in (0, *seen):
                seen.append(now)
            return len(seen) == 4
        # The second was asked twice: what it could not do any more is done by the third.
        assert eventually(has_followed, 60), installed.said()
        assert eventually(lambda: not any(is_there(installed, process) for process in seen[:3]), 60)
        assert gateway(installed) == seen[3] and not has_said(installed, seen[3], "the next gateway is started")
    for tenant in (slow, *quick):
        assert fresh(tenant).get(PLANTS, timeout=60).status_code == 200


def test_its_place_is_given_to_nobody_whom_it_has_not_started(installed, workers):
    asking = ('import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/camet/admin.sock"); '
              "s.sendall(b'{\"verb\": \"gateway_yield\"}\\n'); print(s.makefile().readline())")
    before = gateway(installed)
    assert "SIGUSR2" in json.loads(installed.machine.run("/usr/bin/python3", "-c", asking).stdout)["error"]
    assert gateway(installed) == before
    # The control.
    upgrade(installed)


def test_a_restart_after_an_upgrade_refuses_nobody(installed, quick, workers):
    upgrade(installed)
    before = gateway(installed)
    with untouched_load(*quick) as histories:
        installed.machine.run("systemctl", "restart", GATEWAY)
        for history in histories:
            assert goes_on(history), str(history)
    assert gateway(installed) not in (0, before) and not is_there(installed, before)
    # It had the time that it needs to end.
    assert "result 'timeout'" not in installed.machine.journal("-u", GATEWAY)


def test_a_restart_during_an_upgrade_cuts_nothing_off(installed, slow, line, quick, workers):
    """systemd kills what is left of a unit when its process has ended: so that one waits for the one before. (Meanwhile it starts no
    workers: systemd refuses that to whoever it is about to stop.)"""
    with held_up(installed.system, slow, line) as asked:
        before = begin_upgrade(installed)
        after = gateway(installed)
        restarting = threading.Thread(target=lambda: installed.machine.run("systemctl", "restart", GATEWAY))
        restarting.start()
        assert eventually(lambda: installed.machine.show(GATEWAY, "SubState") == "stop-sigterm", 20), installed.said()
        # Longer than it takes to end where there is nothing to wait for.
        assert not eventually(lambda: not is_there(installed, before) or not is_there(installed, after), 4)
        assert asked.answer is None
    assert asked.status == 200
    restarting.join(60)
    assert not is_there(installed, before) and not is_there(installed, after) and gateway(installed) != 0
    for tenant in (slow, *quick):
        assert fresh(tenant).get(PLANTS, timeout=60).status_code == 200


def test_kill_9_after_an_upgrade_is_noticed(installed, slow, line, quick, workers):
    """Also while the one before still works: nobody accepts any more, so what that has is cut off and a gateway is started."""
    upgrade(installed)
    for is_moving in (False, True):
        restarts = int(installed.machine.show(GATEWAY, "NRestarts"))
        with contextlib.ExitStack() as stack:
            asked = stack.enter_context(held_up(installed.system, slow, line)) if is_moving else None
            before = begin_upgrade(installed) if is_moving else None
            killed = gateway(installed)
            installed.machine.run("kill", "-KILL", str(killed))
            assert eventually(lambda killed=killed: gateway(installed) not in (0, killed), 30), installed.said()
            assert eventually(lambda: fresh(quick[0]).get(PLANTS, timeout=60).status_code == 200, 30), installed.said()
            assert int(installed.machine.show(GATEWAY, "NRestarts")) == restarts + 1
            if before:
                assert not is_there(installed, before)
                asked.thread.join(60)
                assert asked.failure is not None
    for tenant in (slow, *quick):
        assert eventually(lambda tenant=tenant: fresh(tenant).get(PLANTS, timeout=60).status_code == 200, 30)
