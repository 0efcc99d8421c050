"""What somebody learns who tries names and passwords: nothing by answer or time; and how tries are counted."""

import itertools
import re
import statistics
import time

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, RunningSystem, check_problem, eventually, sign_in

WRONG = "not the password of anybody"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("guessed")


@pytest.fixture(scope="module")
def suspended(system):
    return system.make_tenant("guessed-suspended")


@pytest.fixture
def kinds(system, company, suspended):
    """Names and passwords that are refused, each for its own reason; others for each test, as tries are counted."""
    mark = f"guessed-{next(NUMBERS)}"
    known, disabled, nowhere = (
        company.make_user("VIEWER", f"{mark}-{name}") for name in ("known", "disabled", "nowhere"))
    system.psql("camet_global", f"UPDATE app_user SET disabled_at = now() WHERE username = '{disabled}'")
    system.psql("camet_global", "DELETE FROM membership USING app_user WHERE membership.user_id = app_user.user_id "
                                f"AND username = '{nowhere}'")
    state = "UPDATE tenant SET state = '{}' WHERE slug = 'guessed-suspended'"
    system.psql("camet_global", state.format("active"))
    held = suspended.make_user("VIEWER", f"{mark}-held")
    system.psql("camet_global", state.format("suspended"))
    return {
        "wrong password": (known, WRONG), "unknown name": (f"{mark}-unknown", WRONG),
        "unknown name, a password of somebody": (f"{mark}-unknown-too", PASSWORD),
        "disabled, right password": (disabled, PASSWORD), "disabled, wrong password": (disabled, WRONG),
        "no membership, right password": (nowhere, PASSWORD), "suspended company, right password": (held, PASSWORD),
        "an e-mail": (f"{known}@example.com", WRONG), "no name": ("", WRONG), "no password": (known, ""),
        "a name as long as any": (mark.ljust(255, "x"), WRONG), "a password as long as any": (known, "y" * 1_024),
        "a longer password": (f"{mark}-unknown-long", "y" * 5_000),
    }


def visible(answer) -> tuple:
    """What tells one refusal from another; times and what the client chose apart."""
    own = {"X-Process-Time", "Server-Timing", "Date"}
    return answer.status_code, {name: text for name, text in answer.headers.items() if name not in own}, answer.content


def test_every_refusal_of_a_sign_in_is_the_same(system, company, kinds):
    given = {"X-Request-Id": "the-same-for-all"}
    seen = {}
    for number, (kind, (username, password)) in enumerate(kinds.items()):
        client = system.client(source=f"127.0.5.{number + 1}")
        seen[kind] = visible(client.post("/auth/token", {"username": username, "password": password}, headers=given))
    first = seen["wrong password"]
    assert first[0] == 401
    assert {kind: answer for kind, answer in seen.items() if answer != first} == {}
    assert sign_in(system, company.user("VIEWER"), source="127.0.5.99")["expires_in"] == 900


def test_every_refusal_of_the_page_is_the_same(system, company, kinds):
    seen = {}
    for number, (kind, (username, password)) in enumerate(kinds.items()):
        visitor = PageVisitor(system.base, source=f"127.0.6.{number + 1}")
        answer = visitor.sign_in(username, password)
        assert answer.status_code == 401, kind
        assert "Set-Cookie" not in answer.headers or "camet_session" not in answer.headers["Set-Cookie"]
        # The page shows the name that was typed again, and has a token and a nonce of its own.
        text = re.sub(r'name="username" value="[^"]*"', 'name="username"', answer.text)
        text = re.sub(r'(nonce|name="csrf_token" value)="[^"]*"', r"\1", text)
        seen[kind] = re.sub(r'content="[^"]{20,}"', "content", text)
        assert password == "" or password not in answer.text
    first = seen["wrong password"]
    assert {kind: text for kind, text in seen.items() if text != first} == {}
    visitor = PageVisitor(system.base, source="127.0.6.99")
    assert visitor.sign_in(company.user("VIEWER")).status_code == 303


def test_no_refusal_is_told_by_its_time(system, company, suspended):
    """Every one costs a hash. In turns, so that what the machine does beside it meets them all alike."""
    known, disabled, held = ([tenant.make_user("VIEWER", f"guessed-timed-{kind}-{number}") for number in range(4)]
                             for tenant, kind in ((company, "known"), (company, "disabled"), (company, "nowhere")))
    system.psql("camet_global", "UPDATE app_user SET disabled_at = now() WHERE username ~ '^guessed-timed-disabled'")
    system.psql("camet_global", "DELETE FROM membership USING app_user WHERE membership.user_id = app_user.user_id "
                                "AND username ~ '^guessed-timed-nowhere'")
    took: dict[str, list[float]] = {}
    # A name may be wrong five times before it is locked.
    for turn in range(16):
        tries = {
            "wrong password": (known[turn // 4], WRONG), "unknown name": (f"guessed-timed-stranger-{turn}", WRONG),
            "disabled, right password": (disabled[turn // 4], PASSWORD),
            "no member, right password": (held[turn // 4], PASSWORD),
        }
        for number, (kind, (username, password)) in enumerate(tries.items()):
            client = system.client(source=f"127.0.7.{turn * 4 + number + 1}")
            client.get("/healthz")
            began = time.monotonic()
            answer = client.post("/auth/token", {"username": username, "password": password})
            took.setdefault(kind, []).append(time.monotonic() - began)
            check_problem(answer, 401, "invalid_credentials")
    middles = {kind: statistics.median(times) for kind, times in took.items()}
    print(middles)
    assert max(middles.values()) < 2 * min(middles.values()), middles
    # The control: what costs no hash is told by its time.
    client = system.client(source="127.0.7.254")
    client.get("/healthz")
    others = []
    for _ in range(16):
        began = time.monotonic()
        check_problem(client.post("/auth/token", {"username": 1}), 422, "invalid")
        others.append(time.monotonic() - began)
    assert statistics.median(others) < min(middles.values())


def fail(system, username: str, source: str, by_page: bool = False) -> int:
    if by_page:
        return PageVisitor(system.base, source=source).sign_in(username, WRONG).status_code
    return system.client(source=source).post("/auth/token", {"username": username, "password": WRONG}).status_code


@pytest.mark.parametrize("spellings", [
    ["Guessed-Ñandú", "GUESSED-ÑANDÚ", " guessed-ñandú\t", "guessed-n\u0303andu\u0301", "guessed-ñand\u00da\u00a0"],
    ["guessed-straße", "GUESSED-STRASSE", "guessed-STRAẞE", " guessed-strasse ", "Guessed-Straße"],
    ["guessed-plain", "GUESSED-PLAIN", " guessed-plain", "guessed-plain ", "Guessed-Plain"],
    ["ｇuessed-wide", "guessed-wide", "GUESSED-WIDE", "guessed-ｗide", "guessed-wide  "],
], ids=["accents", "sharp s", "plain", "full width"])
@pytest.mark.parametrize("exists", [True, False], ids=["somebody", "nobody"])
def test_a_name_is_counted_however_it_is_typed(system, company, spellings, exists):
    """Trimmed and without case, by the API and by the page, whether there is such a person or not."""
    mark = "" if exists else "-nobody"
    typed = [re.sub("(?i)guessed|ｇuessed", lambda found: found[0] + mark, text) for text in spellings]
    if exists:
        made = company.client("ADMIN").post("/api/v1/users", {
            "username": typed[0], "email": f"{abs(hash(typed[0]))}@example.com", "role": "VIEWER",
            "password": PASSWORD})
        assert made.status_code == 201, made.text
        assert sign_in(system, typed[0], source="127.0.8.1")
    place = 10 + 100 * exists
    for number, text in enumerate(typed):
        assert fail(system, text, f"127.0.8.{place + number}", by_page=number % 2 == 1) == 401, text
    for number, text in enumerate(typed):
        for by_page in (False, True):
            assert fail(system, text, f"127.0.8.{place + 20 + number}", by_page) == 429, text
    # Another name is another.
    assert fail(system, typed[0] + "x", f"127.0.8.{place + 40}") == 401


def test_names_that_only_look_alike_are_other_names(system, company):
    """Nobody is signed in as, or locked by, somebody whose name has letters of another alphabet."""
    company.make_user("VIEWER", "guessed-paola")
    for number, other in enumerate(("guessed-pаola", "guessed-paolа", "guessed-pa\u200bola", "guessed-paola\u202e")):
        assert fail(system, other, f"127.0.9.{number + 1}") == 401
        answer = system.client(source=f"127.0.9.{number + 1}").post(
            "/auth/token", {"username": other, "password": PASSWORD})
        check_problem(answer, 401, "invalid_credentials")
    assert sign_in(system, "guessed-paola", source="127.0.9.99")["access_token"]


def test_forwarding_headers_are_not_believed_of_anybody_by_default(system):
    """Thirty from one address, each said to be from another; and nobody is locked by what is said of him."""
    says = [("X-Forwarded-For", "203.0.113.{}"), ("Forwarded", "for=203.0.113.{}"), ("X-Real-IP", "203.0.113.{}"),
            ("CF-Connecting-IP", "203.0.113.{}"), ("True-Client-IP", "203.0.113.{}"), ("X-Client-IP", "203.0.113.{}")]
    client = system.client(source="127.0.10.1")

    def attempt(number: int):
        name, value = says[number % len(says)]
        return client.post("/auth/token", {"username": f"guessed-forwarded-{number}", "password": WRONG},
                           headers={name: value.format(number)})

    for number in range(30):
        check_problem(attempt(number), 401, "invalid_credentials")
    for number in range(30, 36):
        check_problem(attempt(number), 429, "too_many_attempts")
    claims = system.client(source="127.0.10.2").post(
        "/auth/token", {"username": "guessed-forwarded", "password": WRONG}, headers={"X-Forwarded-For": "127.0.10.1"})
    check_problem(claims, 401, "invalid_credentials")


def test_a_lock_has_an_end_in_whole_seconds_and_goes_on_for_nobody_else(system, company):
    username = company.make_user("VIEWER", "guessed-locked")
    elsewhere = system.client(bearer=sign_in(system, username, source="127.0.11.1")["access_token"])
    for number in range(5):
        assert fail(system, username, f"127.0.11.{number + 2}") == 401
    answer = system.client(source="127.0.11.9").post("/auth/token", {"username": username, "password": PASSWORD})
    check_problem(answer, 429, "too_many_attempts")
    assert re.fullmatch("[1-9][0-9]*", answer.headers["Retry-After"]) and int(answer.headers["Retry-After"]) <= 900
    page = PageVisitor(system.base, source="127.0.11.10").sign_in(username)
    assert page.status_code == 429 and int(page.headers["Retry-After"]) <= 900
    # Where he has signed in he stays.
    assert elsewhere.get("/auth/me").status_code == 200


def test_the_first_membership_is_taken_where_no_tenant_is_named(system, company, suspended):
    username = company.make_user("VIEWER", "guessed-member")
    system.make_tenant("guessed-another")
    system.camet("user", "grant", "--username", username, "--tenant", "guessed-another", "--role", "MANAGER")

    def place(**more) -> tuple[str, str]:
        pair = sign_in(system, username, source="127.0.12.1", **more)
        me = system.client(bearer=pair["access_token"]).read("/auth/me")
        return me["tenant"]["slug"], me["role"]

    assert place() == ("guessed", "VIEWER")
    assert place(tenant="guessed-another") == ("guessed-another", "MANAGER")
    assert place(tenant="guessed") == ("guessed", "VIEWER")
    for tenant in ("GUESSED", " guessed", "guessed ", "", "guessed-suspended"):
        answer = system.client(source="127.0.12.2").post(
            "/auth/token", {"username": username, "password": PASSWORD, "tenant": tenant})
        check_problem(answer, 401, "invalid_credentials")


def test_there_is_no_general_limit_per_address_and_none_on_signs_of_life():
    with RunningSystem.running({"CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "20"}) as few:
        client = few.make_tenant("alive").client("VIEWER")
        assert eventually(lambda: client.get("/api/v1/plants").status_code == 429, 20)
        for who in (client, few.client()):
            for path in ("/healthz", "/readyz", "/.well-known/jwks.json"):
                assert [who.get(path).status_code for _ in range(50)] == [200] * 50, path
        assert few.client().get("/api/v1/plants").status_code == 401
