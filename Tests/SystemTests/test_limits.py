"""Limits: what is counted for whom, what an answer tells of it, and that a refusal costs nothing."""

import contextlib
import os
import re
import secrets
import select
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from database_session import DatabaseSession
from page_visitor import PageVisitor
from raw_connection import RawConnection
from running_system import PASSWORD, PlantData, RunningSystem, check_problem, eventually, sign_in
from test_tokens import Forge, signed_with_another_key

PLANTS = "/api/v1/plants"
OF_PRINCIPAL, OF_TENANT, REFUSED_OF_ADDRESS = 30, 50, 20


@pytest.fixture(scope="module")
def few():
    """A system whose limits are soon met, that believes what a proxy on this machine says of addresses."""
    settings = {
        "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": str(OF_PRINCIPAL),
        "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": str(OF_TENANT),
        "CAMET_REFUSED_CREDENTIALS_PER_MINUTE_OF_ADDRESS": str(REFUSED_OF_ADDRESS),
        "CAMET_TRUSTED_PROXIES": "127.0.0.1",
        "CAMET_STOP_CALCULATION_SECONDS": "86400",
    }
    with RunningSystem.running(settings) as made:
        yield made


def members(field: str) -> dict[str, dict[str, int | str]]:
    """The members of a list of structured fields (RFC 9651): strings with parameters."""
    found = {}
    for member in field.split(", "):
        whole = re.fullmatch(r'"([a-z_]+)"((?:;[a-z]+=(?:[0-9]+|"[a-z-]+"))+)', member)
        assert whole, field
        parameters = dict(parameter.split("=") for parameter in whole[2][1:].split(";"))
        found[whole[1]] = {
            name: value.strip('"') if value.startswith('"') else int(value) for name, value in parameters.items()}
    return found


def told(answer) -> tuple[dict, dict]:
    """What an answer says of limits: the policies, and what is left."""
    return members(answer.headers["RateLimit-Policy"]), members(answer.headers["RateLimit"])


def refused_by(answer, limit: str, code: str = "rate_limited") -> int:
    """Seconds to wait after a 429 that names its limit."""
    problem = check_problem(answer, 429, code)
    assert problem["limit"] == limit
    seconds = int(answer.headers["Retry-After"])
    assert seconds >= 1
    policies, left = told(answer)
    assert set(left) <= set(policies)
    assert left[limit]["r"] == 0 and policies[limit]["q"] >= 1
    return seconds


def soon_refused(ask):
    """The first 429 of those that `ask` gets."""
    answers = []

    def is_refused() -> bool:
        answers.append(ask())
        return answers[-1].status_code == 429

    assert eventually(is_refused, 8), answers[-1].text
    return answers[-1]


# What is told


def test_counted_answers_tell_what_is_left_and_others_nothing(few):
    tenant = few.make_tenant("told")
    client = tenant.client("VIEWER")
    # Starts the worker, and is not counted with the others: of those one comes back every 2 s.
    assert tenant.client("key:ingest").post("/api/v1/detections", {"detections": []}).status_code == 422
    answer = client.get(PLANTS)
    policies, left = told(answer)
    assert policies == {"principal": {"q": OF_PRINCIPAL, "w": 60}, "tenant": {"q": OF_TENANT, "w": 60}}
    assert left == {"principal": {"r": OF_PRINCIPAL - 1, "t": 2}, "tenant": {"r": OF_TENANT - 1, "t": 2}}
    # Whatever becomes of a request that was counted.
    for path, method, status in ((f"{PLANTS}/4711", "GET", 404), (PLANTS, "POST", 403), (f"{PLANTS}?limit=x", "GET", 422)):
        refused = client.send(method, path, json={} if method == "POST" else None)
        assert refused.status_code == status
        assert told(refused)[0] == policies
        assert told(refused)[1]["principal"]["r"] < left["principal"]["r"]
    for path in ("/healthz", "/readyz", "/login", "/.well-known/jwks.json", "/no-such-thing"):
        assert "RateLimit" not in few.client().get(path).headers, path
    anonymous = few.client().get(PLANTS)
    check_problem(anonymous, 401, "unauthorized")
    assert "RateLimit" not in anonymous.headers and "RateLimit-Policy" not in anonymous.headers


# Principals and tenants


def test_one_too_many_of_a_principal_is_429_and_others_of_the_tenant_are_served(few):
    tenant = few.make_tenant("principal")
    spent, other = tenant.client("VIEWER"), tenant.client("key:read")
    began, served = time.monotonic(), 0
    while (answer := spent.get(PLANTS)).status_code == 200 and served < OF_TENANT:
        served += 1
    assert refused_by(answer, "principal") <= 2
    # One comes back every 2 s.
    assert OF_PRINCIPAL <= served <= OF_PRINCIPAL + (time.monotonic() - began) / 2
    # For a page too, in HTML.
    visitor = PageVisitor(few.base)
    assert visitor.sign_in(tenant.user("VIEWER")).status_code == 303
    page = soon_refused(lambda: visitor.get("/"))
    assert page.headers["Content-Type"].startswith("text/html")
    assert int(page.headers["Retry-After"]) >= 1 and told(page)[1]["principal"]["r"] == 0
    assert other.get(PLANTS).status_code == 200
    # It heals by itself.
    assert eventually(lambda: spent.get(PLANTS).status_code == 200, 10)


def test_one_too_many_of_a_tenant_is_429_for_all_of_it_and_for_no_other(few):
    full, other = few.make_tenant("full"), few.make_tenant("other")
    clients = [full.client(who) for who in ("VIEWER", "key:read", "MANAGER")]
    answers = [client.get(PLANTS) for _ in range(20) for client in clients]
    assert [answer.status_code for answer in answers[:OF_TENANT]] == [200] * OF_TENANT
    last = next(answer for answer in answers if answer.status_code == 429)
    refused_by(last, "tenant")
    assert told(last)[1]["principal"]["r"] > 0
    assert other.client("VIEWER").get(PLANTS).status_code == 200


# Ingest


def test_so_many_batches_of_a_tenant_are_stored_at_one_time(few):
    tenant, other = few.make_tenant("batches"), few.make_tenant("other-batches")
    plants = {who: PlantData(who.client("MANAGER"), code="B1") for who in (tenant, other)}
    key = tenant.client("key:ingest")
    head = (f"POST /api/v1/detections HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key.headers['X-API-Key']}\r\n"
            "Content-Type: application/json\r\nContent-Length: 2000\r\n\r\n")
    batch = {"detections": [plants[tenant].detection("2026-02-10T12:00:00Z")]}

    def store(who=tenant):
        return who.client("key:ingest").post("/api/v1/detections", batch)

    stored = store()
    assert stored.status_code == 200
    assert told(stored) == (
        {"ingest_in_flight": {"q": 64, "qu": "concurrent-requests"}}, {"ingest_in_flight": {"r": 63}})
    under_way = [RawConnection(few) for _ in range(70)]
    try:
        for connection in under_way:
            connection.send(head)
        # Six are answered, as they are too many; with that the places are taken.
        sockets = [connection.socket for connection in under_way]
        assert eventually(lambda: len(select.select(sockets, [], [], 1)[0]) == 6, 8)
        under_way.sort(key=lambda connection: bool(select.select([connection.socket], [], [], 0)[0]))
        assert refused_by(store(), "ingest_in_flight") == 1
        assert store(other).status_code == 200
        for connection in under_way[:10]:
            connection.socket.close()
        assert eventually(lambda: store().status_code == 200, 10)
    finally:
        for connection in under_way:
            connection.socket.close()


# Signing in


def fail(few, username: str, **address):
    """What a wrong password gets, which on a busy machine may wait long behind others."""
    return few.client(**{name: value for name, value in address.items() if name == "source"}).post(
        "/auth/token", {"username": username, "password": "not the password"}, timeout=120,
        headers={"X-Forwarded-For": address["by"]} if "by" in address else None)


def test_a_lock_says_whether_it_is_of_the_account_or_of_the_address(few):
    tenant = few.make_tenant("locks")
    username = tenant.user("VIEWER")
    # It ends 15 minutes after the first failure.
    began = time.monotonic()
    for _ in range(5):
        check_problem(fail(few, username, by="198.51.100.1"), 401, "invalid_credentials")
    seconds = refused_by(fail(few, username, by="198.51.100.2"), "account", "too_many_attempts")
    assert 900 - (time.monotonic() - began) <= seconds <= 900
    began = time.monotonic()
    for number in range(30):
        check_problem(fail(few, f"nobody-{number}", by="198.51.100.3"), 401, "invalid_credentials")
    refused = fail(few, "nobody-at-all", by="198.51.100.3")
    seconds = refused_by(refused, "address", "too_many_attempts")
    assert 900 - (time.monotonic() - began) <= seconds <= 900
    assert told(refused)[0] == {"address": {"q": 30, "w": 900}}
    check_problem(fail(few, "nobody-at-all", by="198.51.100.4"), 401, "invalid_credentials")


def test_a_right_password_where_nobody_is_a_member_is_counted_like_a_wrong_one(few):
    tenant = few.make_tenant("locks-member")
    few.make_tenant("locks-stranger")
    username = tenant.make_user("VIEWER", "locks-right")

    def sign_in(company: str, number: int):
        return few.client().post(
            "/auth/token", {"username": username, "password": PASSWORD, "tenant": company},
            headers={"X-Forwarded-For": f"198.51.100.{number}"})

    assert sign_in("locks-member", 20).status_code == 200
    for number in range(5):
        check_problem(sign_in("locks-stranger", 21 + number), 401, "invalid_credentials")
    refused_by(sign_in("locks-member", 30), "account", "too_many_attempts")


@pytest.mark.parametrize("ones,another", [
    # The first 64 bits are one household, whatever the rest.
    (["2001:db8:1:2::{}", "2001:db8:1:2:ffff:ffff:ffff:{}"], "2001:db8:1:3::1"),
    # One of IPv4 is the same however it is written.
    (["203.0.113.77", "::ffff:203.0.113.77", "::ffff:cb00:714d"], "::ffff:203.0.113.78"),
], ids=["IPv6", "IPv4 as IPv6"])
def test_an_address_is_counted_however_it_is_written(few, ones, another):
    for number in range(30):
        by = ones[number % len(ones)].format(f"{number:x}")
        check_problem(fail(few, f"stranger-{number}", by=by), 401, "invalid_credentials")
    for one in ones:
        refused_by(fail(few, "one-more-stranger", by=one.format("1234")), "address", "too_many_attempts")
    check_problem(fail(few, "one-more-stranger", by=another), 401, "invalid_credentials")


def test_nobody_gets_more_tries_by_making_them_at_once(few):
    with ThreadPoolExecutor(40) as pool:
        tried = list(pool.map(lambda number: fail(few, "tried at once", by=f"192.0.2.{number}"), range(40)))
    assert sorted({answer.status_code for answer in tried}) == [401, 429]
    # One that was being checked on a second thread may be one more.
    assert sum(answer.status_code == 401 for answer in tried) <= 5 + (os.cpu_count() > 2)
    for answer in tried:
        if answer.status_code == 429:
            refused_by(answer, "account", "too_many_attempts")
    check_problem(fail(few, "not tried at once", by="192.0.2.1"), 401, "invalid_credentials")


def test_more_sign_ins_than_the_queue_holds_are_told_to_come_again(few):
    username = few.make_tenant("queue").user("VIEWER")
    with ThreadPoolExecutor(150) as pool:
        tried = list(pool.map(lambda number: fail(few, f"queued {number}", by=f"100.64.{number}.1"), range(150)))
    statuses = [answer.status_code for answer in tried]
    assert set(statuses) == {401, 503}
    for answer in tried:
        if answer.status_code == 503:
            check_problem(answer, 503, "overloaded")
            assert int(answer.headers["Retry-After"]) >= 1
    assert sign_in(few, username)["expires_in"] == 900


def niceness_of_threads(system) -> dict[str, list[int]]:
    """Of those that have not ended meanwhile."""
    found = {}
    for task in Path(f"/proc/{system.gateway_pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            name = (task / "comm").read_text().strip()
            nice = int((task / "stat").read_text().rpartition(")")[2].split()[16])
            found.setdefault(name, []).append(nice)
    return found


def test_passwords_are_checked_on_few_threads_of_low_priority(few):
    # They name themselves when they first run, which may be a moment after the gateway serves.
    wanted = [10] * (1 if os.cpu_count() <= 2 else 2)
    assert eventually(lambda: niceness_of_threads(few).get("passwords") == wanted, 25), niceness_of_threads(few)
    assert all(nice <= 0 for name, all_nice in niceness_of_threads(few).items() if name != "passwords"
               for nice in all_nice)


@pytest.mark.parametrize("username", ["x" * 256, "ñ" * 100_000, " " * 5_000 + "x" * 5_000])
def test_a_name_longer_than_any_is_nobodys(few, username):
    check_problem(fail(few, username, by="100.65.0.1"), 401, "invalid_credentials")


# Credentials that are none


def test_an_address_may_try_so_many_credentials_in_vain(few):
    tenant = few.make_tenant("tried")
    key = tenant.client("key:read").headers["X-API-Key"]
    there, elsewhere = {"X-Forwarded-For": "192.0.2.201"}, {"X-Forwarded-For": "192.0.2.202"}

    def ask(given: str, place: dict = there):
        return few.client(key=given).get(PLANTS, headers=place)

    def invented() -> str:
        return f"camet_{secrets.token_hex(8)}_{secrets.token_hex(20)}"

    assert ask(key).status_code == 200
    # The same one again is no further try, and what has not the form of a key is none.
    first = invented()
    for given in [first] * 40 + ["nonsense"] * 40:
        check_problem(ask(given), 401, "unauthorized")
    for _ in range(REFUSED_OF_ADDRESS - 1):
        check_problem(ask(invented()), 401, "unauthorized")
    refused = soon_refused(lambda: ask(invented()))
    assert refused_by(refused, "address") <= 3
    # All of them are there again in a minute, though the next is sooner.
    assert told(refused)[1]["address"]["t"] == 60
    # Cookies count like keys; who is known already is served, and so is everybody elsewhere.
    cookie = soon_refused(lambda: few.client().get(
        "/", headers=there | {"Cookie": f"camet_session={secrets.token_hex(22)[:43]}"}))
    check_problem(cookie, 429, "rate_limited")
    assert ask(key).status_code == 200
    check_problem(ask("nonsense"), 401, "unauthorized")
    check_problem(ask(invented(), elsewhere), 401, "unauthorized")
    assert eventually(lambda: ask(invented()).status_code == 401, 15)


def test_a_refused_credential_is_good_as_soon_as_somebody_makes_it_so(few):
    tenant = few.make_tenant("again")
    made = few.camet("key", "create", "--tenant", "again", "--name", "Again", "--scopes", "read")
    client = few.client(key=made["api_key"])
    where = f"api_key_id = {made['api_key_id']}"
    assert client.get(PLANTS).status_code == 200
    few.psql("camet_global", f"UPDATE api_key SET revoked_at = now() WHERE {where}")
    assert eventually(lambda: client.get(PLANTS).status_code == 401, 25)
    check_problem(client.get(PLANTS), 401, "unauthorized")
    few.psql("camet_global", f"UPDATE api_key SET revoked_at = NULL WHERE {where}")
    assert eventually(lambda: client.get(PLANTS).status_code == 200, 25)


# What a refusal costs


def test_a_refusal_takes_no_worker_and_no_database(tmp_path):
    settings = {"CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "40", "CAMET_STOP_CALCULATION_SECONDS": "86400"}
    with RunningSystem.running(settings) as system:
        tenant = system.make_tenant("cheap")
        username, spent = tenant.user("VIEWER"), tenant.client("key:read")
        token = sign_in(system, username)["access_token"]
        forge = Forge(system, tmp_path, token)
        unknown = system.client(bearer=forge.make(claims={"jti": "another"}))

        def received() -> int:
            return system.worker("cheap")["requests"]

        for _ in range(40):
            assert spent.get(PLANTS).status_code == 200
        # A worker that does not tell its count at once tells it with the next beat.
        assert eventually(lambda: received() >= 40, 10)
        asked = received()
        refused = [spent.get(PLANTS) for _ in range(40)]
        assert sum(answer.status_code == 429 for answer in refused) >= 30
        served = len(refused) - sum(answer.status_code == 429 for answer in refused)
        assert eventually(lambda: received() >= asked + served, 10)
        assert received() == asked + served
        for _ in range(5):
            check_problem(fail(system, username, source="127.0.0.41"), 401, "invalid_credentials")

        twice = signed_with_another_key(forge)
        check_problem(system.client(bearer=twice).get(PLANTS), 401, "unauthorized")
        with DatabaseSession(system, "camet_global") as session:
            # Whoever asks the database about somebody waits until he gives up.
            session.run("BEGIN; LOCK tenant, app_user, membership, api_key, session_family, page_session, user_login")
            refused_by(soon_refused(lambda: spent.get(PLANTS)), "principal")
            refused_by(fail(system, username, source="127.0.0.42"), "account", "too_many_attempts")
            for given in ("nonsense", forge.make(claims={"aud": "another"}), signed_with_another_key(forge), twice):
                check_problem(system.client(bearer=given).get(PLANTS), 401, "unauthorized")
            check_problem(system.client(key="camet_0_AAAA").get(PLANTS), 401, "unauthorized")
            # The control: one that has to be asked about.
            check_problem(unknown.get(PLANTS), 503, "database_unavailable")
        assert unknown.get(PLANTS).status_code == 200


def test_while_changes_cannot_be_heard_nobody_is_trusted_for_long():
    with RunningSystem.running({"CAMET_STOP_CALCULATION_SECONDS": "86400"}) as system:
        tenant = system.make_tenant("unheard")
        client = tenant.client("VIEWER")
        path = "/auth/switch"

        def ask():
            # Answered 422 by the gateway alone once it is known who asks.
            return client.post(path, {"bogus": 1}).status_code

        assert ask() == 422
        system.stop_postgres()
        try:
            # 4 s, and a listener's connection that has ended is noticed at once.
            assert eventually(lambda: ask() == 503, 20)
            assert ask() == 503
        finally:
            system.start_postgres()
        assert eventually(lambda: ask() == 422, 30)
        system.psql(
            "camet_global", f"UPDATE app_user SET disabled_at = now() WHERE username = '{tenant.user('VIEWER')}'")
        assert eventually(lambda: ask() == 401, 25)
