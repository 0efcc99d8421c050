"""What an operator does to workers and client companies, and that it is so when the command returns."""

import os
import re
import signal
import subprocess
import threading
import time

import pytest

from event_stream import EventStream
from running_system import PASSWORD, REPOSITORY, RunningSystem, check_problem, eventually, is_alive, sign_in

PLANTS = "/api/v1/plants"
TOKEN = "t" * 32


@pytest.fixture(scope="module")
def operated():
    settings = {
        "CAMET_METRICS_TOKEN": TOKEN, "CAMET_STOP_CALCULATION_SECONDS": "86400",
        "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000", "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "1000000",
    }
    with RunningSystem.running(settings) as made:
        yield made


@pytest.fixture(scope="module")
def bystander(operated):
    return operated.make_tenant("bystander")


@pytest.fixture
def beside(operated, bystander):
    """The tenant beside keeps its worker, and has no fault."""
    client = bystander.client("key:read")
    assert client.get(PLANTS).status_code == 200
    before = operated.worker("bystander")
    yield client
    assert client.get(PLANTS).status_code == 200
    after = operated.worker("bystander")
    assert (after["pid"], after["restarts"]) == (before["pid"], before["restarts"])


def refused(system, *arguments: str, status: int = 1) -> str:
    """What a verb that must not succeed says."""
    done = subprocess.run(
        [REPOSITORY / "script/camet", *arguments], env=system.environment | {"CAMET_DATA": str(system.folder)},
        capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert done.stdout == ""
    return done.stderr


def audited(system, action: str, slug: str) -> int:
    return int(system.psql(
        "camet_global", f"SELECT count(*) FROM audit_log WHERE action = '{action}' AND object = '{slug}'"))


def metrics(system) -> dict[str, float]:
    answer = system.client(bearer=TOKEN).get("/metrics")
    assert answer.status_code == 200
    return {name: float(value) for name, value in re.findall(r"^(camet_worker\S*) (\S+)$", answer.text, re.MULTILINE)}


class Asking:
    """Asks again and again from another thread and keeps each status."""

    def __init__(self, client):
        self.client, self.statuses, self.over = client, [], threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not self.over.is_set():
            self.statuses.append(self.client.get(PLANTS).status_code)

    def __enter__(self) -> "Asking":
        self.thread.start()
        assert eventually(lambda: self.statuses, 10)
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(30)


def test_a_restart_loses_no_request_and_returns_when_the_new_one_serves(operated, beside):
    tenant = operated.make_tenant("restarted")
    client = tenant.client("key:read")
    assert client.get(PLANTS).status_code == 200
    before = operated.worker("restarted")
    with Asking(operated.client(key=client.headers["X-API-Key"])) as asking:
        answer = operated.camet("worker", "restart", "--tenant", "restarted")
        assert answer["state"] == "ready" and answer["pid"] not in (None, before["pid"])
        assert not is_alive(before["pid"])
        asked = len(asking.statuses)
        assert eventually(lambda: len(asking.statuses) > asked + 5, 10)
    assert set(asking.statuses) == {200}
    after = operated.worker("restarted")
    assert (after["pid"], after["restarts"]) == (answer["pid"], before["restarts"] + 1)


def test_a_drained_worker_is_held_until_it_is_restarted(operated, beside):
    tenant = operated.make_tenant("drained")
    client = tenant.client("key:read")
    assert client.get(PLANTS).status_code == 200
    pid = operated.worker("drained")["pid"]
    with EventStream(client) as stream:
        answer = operated.camet("worker", "drain", "--tenant", "drained")
        assert stream.ended.wait(10)
    assert (answer["pid"], answer["state"]) == (None, "stopped")
    assert not is_alive(pid)
    assert int(check_held(client).headers["Retry-After"]) > 0
    # What else changes of the company does not take it back.
    operated.psql("camet_global", "UPDATE tenant SET name = 'Another name' WHERE slug = 'drained'")
    assert operated.worker("drained")["pid"] is None
    check_held(client)
    assert operated.camet("worker", "restart", "--tenant", "drained")["state"] == "ready"
    assert client.get(PLANTS).status_code == 200


def check_held(client):
    answer = client.get(PLANTS)
    check_problem(answer, 503, "worker_draining")
    return answer


def test_orders_for_nobody_are_refused(operated):
    for verb in ("restart", "drain"):
        assert "no-such" in refused(operated, "worker", verb, "--tenant", "no-such")
        assert "--tenant" in refused(operated, "worker", verb, status=2)
    for verb in ("suspend", "resume", "rotate-password"):
        assert "no-such" in refused(operated, "tenant", verb, "--slug", "no-such")
        assert "--slug" in refused(operated, "tenant", verb, status=2)


def test_a_suspended_company_is_out_when_the_command_returns_and_back_when_resumed(operated, beside):
    tenant = operated.make_tenant("shut")
    person, key = tenant.client("VIEWER"), tenant.client("key:read")
    assert person.get(PLANTS).status_code == key.get(PLANTS).status_code == 200
    pid = operated.worker("shut")["pid"]
    with EventStream(key) as stream:
        assert operated.camet("tenant", "suspend", "--slug", "shut")["state"] == "suspended"
        assert not is_alive(pid)
        check_problem(person.get(PLANTS), 403, "tenant_suspended")
        check_problem(key.get(PLANTS), 401, "unauthorized")
        assert stream.ended.wait(10)
    body = {"username": tenant.user("VIEWER"), "password": PASSWORD}
    check_problem(operated.client().post("/auth/token", body), 401, "invalid_credentials")
    assert "suspended" in refused(operated, "worker", "restart", "--tenant", "shut")
    # Once more is no mistake, and no second entry.
    assert operated.camet("tenant", "suspend", "--slug", "shut")["state"] == "suspended"
    assert audited(operated, "tenant.suspended", "shut") == 1
    assert operated.worker("shut")["pid"] is None
    assert operated.camet("tenant", "resume", "--slug", "shut")["state"] == "active"
    assert eventually(lambda: person.get(PLANTS).status_code == 200, 10)
    assert eventually(lambda: key.get(PLANTS).status_code == 200, 10)
    assert audited(operated, "tenant.resumed", "shut") == 1
    assert sign_in(operated, tenant.user("VIEWER"))["access_token"]


def test_a_deleted_company_leaves_its_audit_and_nothing_else(operated, beside, bystander):
    tenant = operated.make_tenant("gone")
    tenant.client("MANAGER").make("plants", plant_code="P", plant_name="P", timezone="UTC")
    shared = tenant.make_user("VIEWER", "of-two-companies")
    operated.camet("user", "grant", "--username", shared, "--tenant", "bystander", "--role", "VIEWER")
    operated.camet("key", "create", "--tenant", "gone", "--name", "W", "--database-writer")
    key = tenant.client("key:read")
    assert key.get(PLANTS).status_code == 200
    database, pid = tenant.database, operated.worker("gone")["pid"]
    assert "suspend" in refused(operated, "tenant", "delete", "--slug", "gone", "--confirm", "gone")
    assert key.get(PLANTS).status_code == 200
    operated.camet("tenant", "suspend", "--slug", "gone")
    assert "--confirm" in refused(operated, "tenant", "delete", "--slug", "gone", "--confirm", "bystander", status=2)
    named = f"SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, '{database}')"
    assert int(operated.psql("postgres", named)) >= 5
    answer = operated.camet("tenant", "delete", "--slug", "gone", "--confirm", "gone")
    assert answer == {"slug": "gone", "database_name": database, "deleted_users": 1}
    assert not is_alive(pid)
    assert operated.psql("postgres", f"SELECT count(*) FROM pg_database WHERE datname = '{database}'") == "0"
    assert operated.psql("postgres", named) == "0"
    assert key.get(PLANTS).status_code == 401
    users = operated.psql(
        "camet_global", f"SELECT username FROM app_user WHERE username IN ('{shared}', '{tenant.user('MANAGER')}')")
    assert users == shared
    assert audited(operated, "tenant.deleted", "gone") == audited(operated, "tenant.created", "gone") == 1
    assert operated.camet("audit", "verify")
    assert all(item["tenant"] != "gone" for item in operated.camet("worker", "list")["items"])
    assert "no tenant gone" in refused(operated, "tenant", "delete", "--slug", "gone", "--confirm", "gone")
    # The name is free.
    assert operated.make_tenant("gone").client("key:read").get(PLANTS).json()["items"] == []


def test_a_delete_that_broke_off_is_finished_and_not_resumed(operated, beside):
    tenant = operated.make_tenant("half-gone")
    operated.camet("tenant", "suspend", "--slug", "half-gone")
    operated.psql("postgres", f"DROP DATABASE {tenant.database}")
    assert "tenant delete" in refused(operated, "tenant", "resume", "--slug", "half-gone")
    assert operated.camet("tenant", "delete", "--slug", "half-gone", "--confirm", "half-gone")["slug"] == "half-gone"


def test_a_rotated_password_is_used_by_the_next_worker_and_mends_one_changed_by_hand(operated, beside):
    tenant = operated.make_tenant("rotated")
    client = tenant.client("key:read")
    assert client.get(PLANTS).status_code == 200
    before = operated.worker("rotated")["pid"]
    sealed = "SELECT worker_password_sealed FROM tenant WHERE slug = 'rotated'"
    first = operated.psql("camet_global", sealed)
    operated.camet("tenant", "rotate-password", "--slug", "rotated")
    assert operated.psql("camet_global", sealed) != first
    assert eventually(lambda: not is_alive(before), 20)
    assert eventually(lambda: client.get(PLANTS).status_code == 200, 10)
    # By hand, behind everybody's back: connections that are there go on, new ones are refused.
    operated.psql("postgres", f"ALTER ROLE {tenant.database}_worker PASSWORD 'of somebody else'")
    operated.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              f"WHERE datname = '{tenant.database}'")
    # What is in memory is told all the same; what is to be stored is not taken.
    writer = tenant.client("key:write")
    assert eventually(lambda: check_away(writer), 20)
    operated.camet("tenant", "rotate-password", "--slug", "rotated")
    assert eventually(lambda: not check_away(writer), 10)
    assert eventually(lambda: client.get(PLANTS).status_code == 200, 10)


def check_away(writer) -> bool:
    answer = writer.post(PLANTS, {"plant_code": f"{time.monotonic_ns()}", "plant_name": "P", "timezone": "UTC"})
    if answer.status_code == 201:
        return False
    check_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    return True


def test_a_change_of_the_registration_replaces_the_worker_and_loses_no_request(operated, beside):
    tenant = operated.make_tenant("moved")
    client = tenant.client("key:read")
    assert client.get(PLANTS).status_code == 200
    pid = operated.worker("moved")["pid"]
    with Asking(operated.client(key=client.headers["X-API-Key"])) as asking:
        # What the worker was not told changes nothing for it.
        operated.psql("camet_global", "UPDATE tenant SET locale = 'en' WHERE slug = 'moved'")
        asked = len(asking.statuses)
        assert eventually(lambda: len(asking.statuses) > asked + 20, 10)
        assert operated.worker("moved")["pid"] == pid
        operated.psql("camet_global", "UPDATE tenant SET timezone = 'America/Lima' WHERE slug = 'moved'")
        assert eventually(lambda: operated.worker("moved")["pid"] not in (None, pid), 20)
        asked = len(asking.statuses)
        assert eventually(lambda: len(asking.statuses) > asked + 5, 10)
    assert set(asking.statuses) == {200}


def test_states_are_told_to_monitoring_and_to_no_stranger(operated, beside):
    tenant = operated.make_tenant("watched-over")
    assert tenant.client("key:read").get(PLANTS).status_code == 200
    stranger = operated.client().get("/readyz")
    assert "watched-over" not in stranger.text and "bystander" not in stranger.text
    assert stranger.json() == {"ready": True, "parts": {"global_database": "ok", "companies": "ok"}}
    for client in (operated.client(bearer="another token"), tenant.client("ADMIN"), tenant.client("key:read")):
        assert "tenants" not in client.read("/readyz")
    told = {item["tenant"]: item["state"] for item in operated.client(bearer=TOKEN).read("/readyz")["tenants"]}
    assert told["watched-over"] == told["bystander"] == "ready"
    operated.camet("worker", "drain", "--tenant", "watched-over")
    told = {item["tenant"]: item["state"] for item in operated.client(bearer=TOKEN).read("/readyz")["tenants"]}
    assert (told["watched-over"], told["bystander"]) == ("stopped", "ready")


def test_what_becomes_of_workers_is_counted(operated, beside):
    tenant = operated.make_tenant("counted")
    assert tenant.client("key:read").get(PLANTS).status_code == 200
    before = metrics(operated)
    assert before['camet_workers{state="ready"}'] >= 2
    assert before["camet_workers_memory_bytes"] > 1 << 20
    os.kill(operated.worker("counted")["pid"], signal.SIGKILL)
    assert eventually(lambda: tenant.client("key:read").get(PLANTS).status_code == 200, 10)
    operated.camet("worker", "drain", "--tenant", "counted")
    after = metrics(operated)
    assert after["camet_worker_starts_total"] == before["camet_worker_starts_total"] + 1
    ends = {cause: after[name] - before[name] for cause in ("crashed", "lost", "stop", "idle", "hung")
            for name in [f'camet_worker_ends_total{{cause="{cause}"}}']}
    # Its connections broke, or its end was told first: one of the two.
    assert ends.pop("crashed") + ends.pop("lost") == 1
    assert ends == {"stop": 1, "idle": 0, "hung": 0}


def test_fewer_places_than_companies():
    """Three companies at two places: all are served, and there are never more than two workers."""
    settings = {"CAMET_WORKERS_MAXIMUM": "2", "CAMET_STOP_CALCULATION_SECONDS": "86400"}
    with RunningSystem.running(settings) as system:
        clients = {slug: system.make_tenant(slug).client("key:read") for slug in ("one", "two", "three")}
        for slug in ("one", "two", "three", "one", "two"):
            assert eventually(lambda: clients[slug].get(PLANTS).status_code == 200, 30), slug
            running = [item for item in system.camet("worker", "list")["items"] if item["pid"]]
            assert len(running) <= 2 and slug in [item["tenant"] for item in running]
        assert sum(item["restarts"] for item in system.camet("worker", "list")["items"]) == 0
        # A stream is work: its worker does not make room.
        with EventStream(clients["one"]) as stream, EventStream(clients["two"]):
            check_problem(clients["three"].get(PLANTS), 503, "worker_starting")
            assert not stream.ended.is_set()
        assert eventually(lambda: clients["three"].get(PLANTS).status_code == 200, 30)
