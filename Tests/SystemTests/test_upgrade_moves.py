"""While one gateway follows another, companies move one by one: none waits for what is under way for another."""

import contextlib
import json
import os
import signal
import socket
import struct
import threading
import time

import pytest
import requests

from conftest import WITHOUT_RATE_LIMITS
from event_stream import EventStream
from held_requests import Asked, fresh, held_up
from http2_connection import HTTP2Connection
from raw_connection import RawConnection
from running_system import PlantData, RunningSystem, eventually, is_alive
from test_upgrade import (
    PLANTS, begin_replacing, begin_replacing_during, goes_on, has_followed, replace, start_beside, untouched_load)
from tls_certificates import MadeCertificate



@pytest.fixture(scope="module")
def moving():
    # What holds a request up may do so for as long as the build is looked through.
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_REQUEST_DEADLINE_SECONDS": "60"}) as made:
        yield made


@pytest.fixture(scope="module")
def slow(moving):
    return moving.make_tenant("slow")


@pytest.fixture(scope="module")
def line(slow):
    return PlantData(slow.client("MANAGER")).line


@pytest.fixture(scope="module")
def quick(moving):
    return moving.make_tenant("quick")


@pytest.fixture
def workers(moving, slow, quick):
    """Both have a worker; its process by company."""
    for tenant in (slow, quick):
        assert tenant.client("key:read").get(PLANTS).status_code == 200
    return {tenant.slug: moving.worker(tenant.slug)["pid"] for tenant in (slow, quick)}


def admin_process(system) -> int:
    """Who answers the operations CLI."""
    with socket.socket(socket.AF_UNIX) as admin:
        admin.connect(str(system.folder / "run/admin.sock"))
        return struct.unpack("iII", admin.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def worker(system, tenant) -> dict:
    """As the gateway that answers now tells of it."""
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(30)
        admin.connect(str(system.folder / "run/admin.sock"))
        admin.sendall(b'{"verb": "worker_list"}\n')
        items = json.loads(admin.makefile().readline())["items"]
    return next(item for item in items if item["tenant"] == tenant.slug)


def test_a_company_does_not_wait_for_the_request_of_another(moving, slow, line, quick, workers):
    with held_up(moving, slow, line) as asked:
        before = begin_replacing(moving)
        began = time.monotonic()
        assert moving.client().get("/healthz").status_code == 200
        assert fresh(quick).get(PLANTS, timeout=60).status_code == 200
        took = time.monotonic() - began
        # The request is still unanswered at the gateway that took it, and its worker is at it.
        assert asked.answer is None and is_alive(before) and is_alive(workers["slow"])
        assert admin_process(moving) == moving.gateway_pid
        assert worker(moving, quick)["pid"] not in (None, workers["quick"]) and not is_alive(workers["quick"])
        assert (worker(moving, slow)["pid"], worker(moving, slow)["state"]) == (None, "moving")
        waiting = Asked(slow)
        assert eventually(lambda: worker(moving, slow)["waiting"] == 1, 10)
    assert asked.status == 200
    assert waiting.status == 200
    assert worker(moving, slow)["pid"] not in (None, workers["slow"]) and not is_alive(workers["slow"])
    assert eventually(lambda: not is_alive(before), 60)
    assert took < 5
    # The control: who asked for it is another one, which serves on.
    assert is_alive(moving.gateway_pid) and moving.gateway_pid != before


def test_a_request_that_comes_too_late_is_sent_to_the_next_gateway(moving, quick, workers):
    """Who asks is looked for when the body has come, and by then its company has moved."""
    key = quick.client("key:read").headers["X-API-Key"]

    def begin() -> RawConnection:
        late = RawConnection(moving)
        late.send(f"GET {PLANTS} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\nContent-Length: 2\r\n\r\n1")
        # Until it has been begun with.
        assert fresh(quick).get(PLANTS, timeout=60).status_code == 200
        return late

    before = moving.gateway_pid
    with contextlib.ExitStack() as stack:
        late = begin_replacing_during(moving, stack, begin)
        assert eventually(lambda: has_followed(moving, before), 120), (moving.data / "server-errors.txt").read_text()
        assert fresh(quick).get(PLANTS, timeout=60).status_code == 200
        assert is_alive(before)
        late.send("2")
        answer = late.read_to_end()
    head = answer.split(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 503 "), answer
    assert b"\r\nRetry-After: 1\r\n" in head and b"\r\nConnection: close" in head, answer
    assert b'"worker_draining"' in answer
    assert eventually(lambda: not is_alive(before), 60)


def test_one_upgrade_follows_another_only_when_it_is_over(moving, slow, line, quick, workers):
    errors = moving.data / "server-errors.txt"
    with held_up(moving, slow, line) as asked:
        first = begin_replacing(moving)
        second = moving.gateway_pid
        # Another gateway is refused, and nothing changes by that.
        done = start_beside(moving, "--take-over")
        assert done.returncode == 70 and "has not ended yet" in done.stderr, done.stderr
        assert "LISTENING" not in done.stdout
        # The server keeps what it is asked for until then.
        moving.process.send_signal(signal.SIGUSR2)
        assert eventually(lambda: "Asked for again" in errors.read_text(), 10)
        assert fresh(quick).get(PLANTS, timeout=60).status_code == 200
        assert moving.gateway_pid == second and is_alive(first)
    assert asked.status == 200
    assert eventually(lambda: has_followed(moving, second), 120), errors.read_text()
    assert eventually(lambda: not is_alive(second), 60) and not is_alive(first)
    for tenant in (slow, quick):
        assert fresh(tenant).get(PLANTS, timeout=60).status_code == 200


def test_kill_9_of_the_one_before_gives_its_companies_up(moving, slow, line, quick, workers):
    with untouched_load(quick) as (history,):
        with held_up(moving, slow, line) as asked:
            before = begin_replacing(moving)
            assert eventually(lambda: worker(moving, quick)["state"] == "ready", 30)
            assert worker(moving, slow)["state"] == "moving"
            waiting = Asked(slow)
            os.kill(before, signal.SIGKILL)
            assert waiting.status == 200
            assert eventually(lambda: not is_alive(workers["slow"]), 10)
        # What had been accepted by the one that was killed is cut off.
        asked.thread.join(60)
        assert isinstance(asked.failure, requests.exceptions.ConnectionError)
        assert goes_on(history), str(history)


def test_a_company_whose_worker_hangs_moves_when_that_is_over(moving, slow, line, quick, workers):
    with held_up(moving, slow, line) as asked:
        before = begin_replacing(moving)
        os.kill(workers["slow"], signal.SIGSTOP)
        began = time.monotonic()
        assert fresh(quick).get(PLANTS, timeout=60).status_code == 200
        assert time.monotonic() - began < 5
        waiting = Asked(slow)
        assert is_alive(workers["slow"]) and waiting.answer is None
    # It missed its beats, and the request was asked once more where it had come.
    assert asked.status == 200 and waiting.status == 200
    assert not is_alive(workers["slow"])
    assert eventually(lambda: not is_alive(before), 60)


class SecondProtocol:
    """Reads of one company over kept connections of HTTP/2, as a client that heeds GOAWAY; until the block ends."""

    def __init__(self, tenant):
        self.system = tenant.system
        self.key = tenant.client("key:read").headers["X-API-Key"]
        self.answers, self.connections, self.failure = 0, 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        try:
            while not self.over.is_set():
                self.connections += 1
                with HTTP2Connection(self.system) as connection:
                    while not connection.goaways and not connection.is_ended and not self.over.wait(0.005):
                        answer = connection.ask(path=PLANTS, x_api_key=self.key)
                        assert answer.status == 200, answer.body
                        self.answers += 1
        except Exception as error:
            self.failure = error

    def __enter__(self) -> "SecondProtocol":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(60)


class Follower:
    """Follows the events of one company, and opens the stream anew when it ends; until the block ends."""

    def __init__(self, tenant):
        self.client = fresh(tenant)
        self.opened, self.empty, self.failure = 0, 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        try:
            while not self.over.is_set():
                try:
                    opened = EventStream(self.client)
                except AssertionError as error:
                    assert "sends nothing" in str(error), error
                    self.empty += 1
                    continue
                with opened as stream:
                    self.opened += 1
                    while not stream.ended.wait(0.05) and not self.over.is_set():
                        pass
        except Exception as error:
            self.failure = error

    __enter__, __exit__ = SecondProtocol.__enter__, SecondProtocol.__exit__


def failures(others) -> list[Exception]:
    return [other.failure for other in others if other.failure]


def test_no_request_of_several_companies_fails_over_either_protocol(tmp_path_factory):
    """Kept and new connections, reads and writes, and streams of events that are opened anew."""
    certificate = MadeCertificate(tmp_path_factory.mktemp("tls"))
    settings = WITHOUT_RATE_LIMITS | certificate.settings
    with RunningSystem.running(settings, certificate.certificate) as system:
        companies = [system.make_tenant(slug) for slug in ("first", "second", "third")]
        with contextlib.ExitStack() as stack:
            histories = stack.enter_context(untouched_load(*companies))
            others = [stack.enter_context(kind(company)) for company in companies for kind in (SecondProtocol, Follower)]
            for _ in range(2):
                read = [other.answers for other in others[::2]]
                opened = [other.opened for other in others[1::2]]
                replace(system)
                for history in histories:
                    assert goes_on(history), str(history)
                assert eventually(lambda: all(o.answers > n + 5 for o, n in zip(others[::2], read)), 60), failures(others)
                assert eventually(lambda: all(o.opened > n for o, n in zip(others[1::2], opened)), 60), failures(others)
        assert failures(others) == []
        # None was opened at a gateway that accepts no more.
        assert [other.empty for other in others[1::2]] == [0, 0, 0]
        # The control: each gateway was asked on a connection of its own.
        assert all(other.connections >= 3 for other in others[::2])


def test_the_audit_log_of_two_gateways_is_one_chain(moving, quick):
    """Changes while they follow one another: each is audited, once."""
    manager = quick.client("MANAGER")
    over, made = threading.Event(), []

    def change() -> None:
        while not over.is_set():
            code = f"A{len(made)}"
            manager.make("plants", plant_code=code, plant_name=code, timezone="America/Lima")
            made.append(code)

    count = ("SELECT count(*) FROM audit_log WHERE action = 'plant.created' "
             "AND tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'quick')")
    audited = int(moving.psql("camet_global", count))
    thread = threading.Thread(target=change, daemon=True)
    thread.start()
    try:
        for _ in range(2):
            before = len(made)
            replace(moving)
            assert eventually(lambda: len(made) > before + 3, 60)
    finally:
        over.set()
        thread.join(60)
    assert int(moving.psql("camet_global", count)) - audited == len(made)
    assert moving.camet("audit", "verify")["sound"] is True
