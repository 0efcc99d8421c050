"""Workers that do not keep their word: real processes that speak over the real socket, wrongly."""

import os
import pwd
import re
import time

import pytest
import requests

from broken_worker import broken, started_with
from conftest import WITHOUT_RATE_LIMITS
from running_system import RunningSystem, check_problem, eventually

PLANTS = "/api/v1/plants"
# How soon a pause and a start are over, five times what is promised.
HEALED = 75


@pytest.fixture(scope="module")
def breakable():
    """Started by who is not root: a worker is the gateway's user then, and may read how it is to be broken."""
    system = RunningSystem(WITHOUT_RATE_LIMITS | {"CAMET_WORKER_START_SECONDS": "2"})
    programs = system.data / "programs"
    programs.mkdir()
    programs.chmod(0o755)
    system.started_by = started_with(programs)
    if os.geteuid() == 0:
        system.start_as(pwd.getpwnam("nobody").pw_uid)
    try:
        yield system.start()
    finally:
        if system.process:
            system.stop()
        system.remove()


@pytest.fixture(scope="module")
def sound(breakable):
    """A tenant beside, whose workers are well."""
    return breakable.make_tenant("sound")


@pytest.fixture
def neighbour(breakable, sound):
    """Nothing of what a test does is noticed by the tenant beside: the same worker, and no fault."""
    client = sound.client("key:read")
    assert client.get(PLANTS).status_code == 200
    pid = breakable.worker("sound")["pid"]
    yield client
    assert client.get(PLANTS).status_code == 200
    assert (breakable.worker("sound")["pid"], breakable.worker("sound")["restarts"]) == (pid, 0)


def heals(tenant) -> bool:
    """By itself, once the cause is gone."""
    return eventually(lambda: tenant.client("key:read").get(PLANTS).status_code == 200, HEALED)


@pytest.mark.parametrize("mode", ["crash", "silent", "stranger", "old_generation", "garbage_hello", "older_protocol",
                                  "newer_protocol"])
def test_a_worker_that_is_none_is_never_served_and_backs_off(breakable, neighbour, mode):
    tenant = breakable.make_tenant(f"none-{mode.replace('_', '-')}")
    client = tenant.client("key:read")
    codes = set()
    with broken(breakable, tenant, mode):
        def backs_off() -> bool:
            answer = client.get(PLANTS)
            problem = check_problem(answer, 503, answer.json()["code"])
            assert int(answer.headers["Retry-After"]) > 0
            codes.add(problem["code"])
            assert neighbour.get(PLANTS).status_code == 200
            return problem["code"] == "worker_backoff"

        assert eventually(backs_off, 60), codes
        assert codes <= {"worker_backoff", "worker_starting"}
        assert eventually(lambda: breakable.worker(tenant.slug)["state"] == "backing_off", 5)
        # Meanwhile it is refused at once, and the gateway does not work on it.
        began = time.monotonic()
        assert client.get(PLANTS).status_code == 503
        assert time.monotonic() - began < 5
    assert heals(tenant)


def test_gateway_and_worker_agree_on_a_version_or_the_log_says_what_each_speaks(breakable, neighbour):
    tenant = breakable.make_tenant("agreeing")
    with broken(breakable, tenant, "newer_protocol"):
        assert tenant.client("key:read").get(PLANTS).status_code == 503
        log = (breakable.folder / "log/gateway.log").read_text()
        assert re.search(r"noCommonVersion\(worker: .*2\.\.\.9.*gateway: .*1\.\.\.1", log), log
    with broken(breakable, tenant, "wider_protocol"):
        # Of what both speak the newest is taken, and requests are served.
        assert eventually(lambda: tenant.client("key:read").get(PLANTS).status_code == 200, HEALED)
        assert tenant.client("key:read").read(PLANTS) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("mode", ["garbage", "too_long", "unasked_pong", "cut_frame", "wrong_head"])
def test_what_is_no_answer_reaches_nobody(breakable, neighbour, mode):
    tenant = breakable.make_tenant(f"no-{mode.replace('_', '-')}")
    reader, writer = tenant.client("key:read"), tenant.client("key:write")
    plant = {"plant_code": "P", "plant_name": "P", "timezone": "UTC"}
    with broken(breakable, tenant, mode):
        # Asked once more of the next worker, which is no better.
        check_problem(reader.get(PLANTS), 503, "worker_backoff")
        answer = writer.post(PLANTS, plant)
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] in ("outcome_unknown", "worker_backoff", "worker_starting")
        assert neighbour.get(PLANTS).status_code == 200
    assert heals(tenant)
    # The broken one has stored nothing, and the next one does.
    assert writer.post(PLANTS, plant).status_code == 201


def test_a_write_without_an_answer_has_an_unknown_outcome(breakable, neighbour):
    tenant = breakable.make_tenant("unanswered")
    with broken(breakable, tenant, "cut_frame"):
        answer = tenant.client("key:write").post(PLANTS, {
            "plant_code": "P", "plant_name": "P", "timezone": "UTC"})
        check_problem(answer, 503, "outcome_unknown")
        assert "Retry-After" not in answer.headers
    assert heals(tenant)


def test_half_a_frame_and_then_silence_is_death_by_missed_beats(breakable, neighbour):
    tenant = breakable.make_tenant("silenced")
    with broken(breakable, tenant, "half_frame_and_silence"):
        began = time.monotonic()
        answer = tenant.client("key:read").get(PLANTS, timeout=60)
        # Of the second worker there is as little, and the request's own deadline comes first or the second death.
        assert answer.status_code in (503, 504), answer.text
        assert time.monotonic() - began < 50
        assert neighbour.get(PLANTS).status_code == 200
    assert heals(tenant)


def test_half_a_body_is_not_taken_for_a_whole_one(breakable, neighbour):
    tenant = breakable.make_tenant("halved")
    with broken(breakable, tenant, "cut_body"):
        with pytest.raises(requests.exceptions.RequestException):
            tenant.client("key:read").get(PLANTS)
    assert heals(tenant)


def test_half_a_body_and_then_silence_ends_at_the_deadline(breakable, neighbour):
    """Of a worker that lives: its beats are answered, so it is not taken for dead."""
    tenant = breakable.make_tenant("half-silent")
    with broken(breakable, tenant, "half_body_and_silence"):
        began = time.monotonic()
        with pytest.raises(requests.exceptions.RequestException):
            tenant.client("key:read").get(PLANTS, timeout=100)
        # The deadline of a request is 15 s; a client without a limit of its own would wait for ever otherwise.
        assert 14 < time.monotonic() - began < 60
        assert breakable.worker(tenant.slug)["restarts"] == 0
    # It lives, so nothing but an operator replaces it.
    breakable.camet("worker", "restart", "--tenant", tenant.slug)
    assert heals(tenant)


def test_failures_of_one_tenant_are_told_without_its_name(breakable, neighbour):
    tenant = breakable.make_tenant("discreet")
    assert breakable.client().read("/readyz")["parts"]["companies"] == "ok"
    with broken(breakable, tenant, "crash"):
        assert eventually(
            lambda: tenant.client("key:read").get(PLANTS).json().get("code") == "worker_backoff", 60)
        answer = breakable.client().get("/readyz")
        # The others are served: nothing turns away from this gateway for it.
        assert answer.status_code == 200
        assert answer.json() == {"ready": True, "parts": {"global_database": "ok", "companies": "degraded"}}
    assert heals(tenant)
    assert breakable.client().read("/readyz")["parts"]["companies"] == "ok"
