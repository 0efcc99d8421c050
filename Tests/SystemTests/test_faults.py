"""What is killed, stopped or restarted, and what the others notice. Limits are five times what is promised."""

import os
import signal
import threading
import time

import pytest
import requests

from event_stream import EventStream
from running_system import check_problem, eventually, is_alive, sign_in
from schedule import give_no_turns


@pytest.fixture
def pair(own_system):
    """Two tenants of a system that may be broken, both with a running worker."""
    tenants = [own_system.make_tenant(slug) for slug in ("east", "west")]
    for tenant in tenants:
        assert tenant.client("key:read").get("/api/v1/plants").status_code == 200
    return own_system, *tenants


@pytest.fixture(scope="module")
def neighbours(system):
    """Two tenants of the session's system, for what heals by itself."""
    tenants = [system.make_tenant(slug) for slug in ("east", "west")]
    for tenant in tenants:
        assert tenant.client("key:read").get("/api/v1/plants").status_code == 200
    return system, *tenants


class Asking:
    """Asks one tenant again and again from another thread, and keeps every status it got."""

    def __init__(self, client):
        self.client = client
        self.statuses: list[int] = []
        self.longest = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not self.over.wait(0.02):
            began = time.monotonic()
            self.statuses.append(self.client.get("/api/v1/plants").status_code)
            self.longest = max(self.longest, time.monotonic() - began)

    def __enter__(self) -> "Asking":
        self.thread.start()
        assert eventually(lambda: self.statuses, 10)
        return self

    def __exit__(self, *_) -> None:
        answered = len(self.statuses)
        eventually(lambda: len(self.statuses) > answered + 5, 10)
        self.over.set()
        self.thread.join(30)


def test_kill_9_of_a_worker_touches_no_other_tenant_and_heals_within_a_second(neighbours):
    system, east, west = neighbours
    with Asking(west.client("key:read")) as others:
        for _ in range(3):
            pid = system.worker("east")["pid"]
            os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            answer = east.client("key:read").get("/api/v1/plants")
            took = time.monotonic() - began
            assert answer.status_code == 200, answer.text
            assert took < 5
            now = system.worker("east")
            assert now["pid"] not in (None, pid)
    assert set(others.statuses) == {200}
    assert others.longest < 5
    assert system.worker("east")["restarts"] >= 3
    assert system.worker("west")["restarts"] == 0


def test_a_worker_that_hangs_is_replaced_and_the_reader_served(neighbours):
    system, east, west = neighbours
    client = east.client("key:read")
    assert client.get("/api/v1/plants").status_code == 200
    pid = system.worker("east")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        with Asking(west.client("key:read")) as others:
            # Asked of the one that hangs, and answered by the next within the deadline of the request.
            assert client.get("/api/v1/plants").status_code == 200
            assert eventually(lambda: not is_alive(pid), 50), "the one that hangs is not killed"
            assert client.get("/api/v1/plants").status_code == 200
            assert system.worker("east")["pid"] not in (None, pid)
        assert set(others.statuses) == {200}
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_worker_that_hangs_unasked_is_killed(neighbours):
    system, east, _ = neighbours
    assert east.client("key:read").get("/api/v1/plants").status_code == 200
    pid = system.worker("east")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert eventually(lambda: not is_alive(pid), 50), "the one that hangs is not killed"
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_kill_9_of_the_gateway_leaves_no_worker_and_ends_the_server(pair):
    system, _, _ = pair
    workers = [system.worker(slug)["pid"] for slug in ("east", "west")]
    assert all(is_alive(pid) for pid in workers)
    os.kill(system.gateway_pid, signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in workers), 10), "a worker outlives its gateway"
    assert system.process.wait(25) != 0
    assert eventually(lambda: not system.processes(), 25), system.processes()


def test_the_server_serves_again_after_kill_9_of_the_gateway(pair):
    system, east, _ = pair
    os.kill(system.gateway_pid, signal.SIGKILL)
    system.process.wait(25)
    system.process.stdout.close()
    system.errors.close()
    began = time.monotonic()
    system.start()
    assert time.monotonic() - began < 50
    key = east.client("key:read").headers["X-API-Key"]
    assert system.client(key=key).get("/api/v1/plants").status_code == 200


def test_postgres_away_is_503_and_back_is_success(neighbours):
    system, east, _ = neighbours
    client = east.client("key:write")
    body = {"username": east.user("VIEWER"), "password": "not the password"}

    def write():
        return client.post("/api/v1/failures", {"failure_code": f"away-{time.monotonic_ns()}", "failure_name": "A"})

    # The worker runs before the database goes: what is refused then is refused for the database's sake.
    assert write().status_code == 201
    system.stop_postgres()
    try:
        refused = write()
        check_problem(refused, 503, "database_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        check_problem(system.client().post("/auth/token", body), 503, "database_unavailable")
        assert system.client().get("/healthz").status_code == 200
        assert system.client().get("/readyz").status_code == 503
    finally:
        system.start_postgres()
    assert eventually(lambda: write().status_code == 201, 10)
    assert eventually(lambda: system.client().get("/readyz").status_code == 200, 10)
    check_problem(system.client().post("/auth/token", body), 401, "invalid_credentials")


def test_a_worker_that_cannot_be_started_for_the_databases_sake_says_so(neighbours):
    system, _, west = neighbours
    # One whose worker has not failed before: failures of its own would be answered by a pause.
    tenant = system.make_tenant("away")
    client, reader = tenant.client("key:write"), tenant.client("key:read")
    assert client.get("/api/v1/plants").status_code == 403
    assert reader.get("/api/v1/plants").status_code == 200
    pid = system.worker("away")["pid"]
    system.stop_postgres()
    try:
        os.kill(pid, signal.SIGKILL)
        # What is sent before the gateway notices has an unknown outcome.
        assert eventually(lambda: system.worker("away")["pid"] is None, 10)
        # More often than a worker may fail before it is given a pause.
        for number in range(12):
            refused = client.post("/api/v1/failures", {"failure_code": f"no-{number}", "failure_name": "N"})
            check_problem(refused, 503, "database_unavailable")
            assert int(refused.headers["Retry-After"]) > 0
        began = time.monotonic()
        check_problem(reader.get("/api/v1/plants"), 503, "database_unavailable")
        assert time.monotonic() - began < 5
    finally:
        system.start_postgres()
    assert eventually(lambda: reader.get("/api/v1/plants").status_code == 200, 10)
    codes = {item["failure_code"] for item in reader.read("/api/v1/failures?limit=1000")["items"]}
    assert not any(code.startswith("no-") for code in codes)
    assert west.client("key:read").get("/api/v1/plants").status_code == 200


def test_workers_are_listed_while_postgres_is_away(neighbours):
    system, east, west = neighbours
    for tenant in (east, west):
        assert tenant.client("key:read").get("/api/v1/plants").status_code == 200
    system.make_tenant("idle")
    give_no_turns(system, "idle")
    running = {slug: system.worker(slug)["pid"] for slug in ("east", "west")}
    assert system.worker("idle")["pid"] is None
    system.stop_postgres()
    try:
        began = time.monotonic()
        listed = {item["tenant"]: item for item in system.camet("worker", "list")["items"]}
        assert time.monotonic() - began < 10
        assert {slug: listed[slug]["pid"] for slug in running} == running
        assert listed["east"]["requests"] > 0 and listed["east"]["state"] == "ready"
        # Who has no worker is known by the database alone.
        assert "idle" not in listed
    finally:
        system.start_postgres()
    assert eventually(lambda: any(
        item["tenant"] == "idle" for item in system.camet("worker", "list")["items"]), 10)


def test_who_was_known_is_not_trusted_for_long_while_changes_cannot_be_heard(neighbours):
    system, east, _ = neighbours
    leaver, stayer = (
        system.client(bearer=sign_in(system, east.make_user("VIEWER", name))["access_token"])
        for name in ("east-leaver", "east-stayer"))
    for client in (leaver, stayer):
        assert client.get("/api/v1/plants").status_code == 200
    listeners = "SELECT {} FROM pg_stat_activity WHERE application_name = 'camet-gateway' AND query LIKE 'LISTEN%'"
    assert eventually(lambda: system.psql("postgres", listeners.format("count(*)")) == "1", 10)
    # No new connection is let in, so that the one that listens stays lost; those of the pool go on.
    system.psql("postgres", "ALTER ROLE camet_gateway CONNECTION LIMIT 0")
    try:
        system.psql("postgres", listeners.format("pg_terminate_backend(pid)"))
        assert eventually(lambda: system.psql("postgres", listeners.format("count(*)")) == "0", 10)
        system.psql(
            "camet_global", "DELETE FROM membership USING app_user WHERE membership.user_id = app_user.user_id "
                            "AND username = 'east-leaver'")
        assert eventually(lambda: leaver.get("/api/v1/plants").status_code == 401, 20)
        assert stayer.get("/api/v1/plants").status_code == 200
    finally:
        system.psql("postgres", "ALTER ROLE camet_gateway CONNECTION LIMIT 64")
    assert eventually(lambda: system.psql("postgres", listeners.format("count(*)")) == "1", 10)
    assert stayer.get("/api/v1/plants").status_code == 200


def test_database_connections_that_are_cut_are_replaced(neighbours):
    system, east, _ = neighbours
    manager = east.client("MANAGER")
    assert manager.get("/api/v1/failures").status_code == 200
    system.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
    assert eventually(lambda: manager.get("/api/v1/failures").status_code == 200, 10)
    assert eventually(
        lambda: manager.post("/api/v1/failures", {"failure_code": f"cut-{time.monotonic_ns()}", "failure_name": "C"})
        .status_code == 201, 10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_with_status_0(pair, number):
    system, _, _ = pair
    assert len(system.processes()) >= 4
    assert system.stop(number) == 0
    assert eventually(lambda: not system.processes(), 5), system.processes()


def test_a_signal_ends_the_server_in_order_while_a_stream_is_open(pair):
    system, east, west = pair
    with EventStream(east.client("key:read")) as stream, EventStream(west.client("key:read")):
        assert system.stop() == 0
        assert stream.ended.wait(5)
    messages = (system.data / "server-errors.txt").read_text()
    assert "was killed" not in messages, messages
    assert not system.processes()


def test_no_accepted_request_fails_while_the_server_ends(pair):
    system, east, _ = pair
    key = east.client("key:read").headers["X-API-Key"]
    failures, statuses, over = [], [], threading.Event()

    def ask():
        client = system.client(key=key)
        while not over.is_set():
            try:
                statuses.append(client.get("/api/v1/plants").status_code)
            except requests.exceptions.ConnectionError as error:
                # Refused or closed before a byte of the answer: it was not accepted.
                if "Connection refused" not in str(error) and "RemoteDisconnected" not in str(error) \
                        and "Connection reset" not in str(error):
                    failures.append(str(error))
                return

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(statuses) > 50, 20)
    began = time.monotonic()
    assert system.stop() == 0
    assert time.monotonic() - began < 20
    over.set()
    for thread in threads:
        thread.join(10)
    assert failures == []
    assert set(statuses) <= {200, 429, 503}


def test_six_hundred_requests_in_a_burst_are_served_and_then_429(pair):
    _, east, west = pair
    client = east.client("key:read")
    statuses = []
    began = time.monotonic()
    for _ in range(6_000):
        answer = client.get("/api/v1/plants")
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    took = time.monotonic() - began
    check_problem(answer, 429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert set(statuses[:-1]) == {200}
    # The allowance comes back while it is used: 10 a second.
    assert 590 <= len(statuses) - 1 <= 610 + 10 * took
    # Another key of the tenant, and another tenant, have their own.
    assert east.client("key:write").post("/api/v1/plants", {}).status_code == 422
    assert west.client("key:read").get("/api/v1/plants").status_code == 200
    assert client.get("/healthz").status_code == 200
