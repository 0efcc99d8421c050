"""Forms of pages: what comes of the session before, where signing in goes on, and that no form works from elsewhere."""

import itertools
import re

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, check_problem, eventually

NUMBERS = itertools.count(1)
COOKIE = "camet_session"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("forms")


@pytest.fixture(scope="module")
def both(system, company):
    """Of two companies, so that there is a form to switch."""
    name = company.make_user("ADMIN", "forms-both")
    system.make_tenant("forms-other")
    system.camet("user", "grant", "--username", name, "--tenant", "forms-other", "--role", "VIEWER")
    return name


@pytest.fixture
def visitor(system, both):
    made = PageVisitor(system.base)
    assert made.sign_in(both).status_code == 303
    return made


def tokens(html: str) -> list[str]:
    return re.findall(r'name="csrf_token" value="([^"]*)"', html)


def is_signed_in(visitor) -> bool:
    return visitor.get("/").status_code == 200


# The session before


@pytest.mark.parametrize("value", ["a" * 43, "fixed", "", "x" * 4_000, "'; DROP TABLE page_session; --", "<script>"])
def test_a_session_that_was_chosen_by_somebody_else_is_none(system, company, value):
    visitor = PageVisitor(system.base)
    given = {"Cookie": f"{COOKIE}={value}"}
    page = visitor.get("/login", headers=given)
    assert page.status_code == 200 and COOKIE not in page.headers.get("Set-Cookie", "")
    form = page.headers["Set-Cookie"].split(";")[0]
    answer = visitor.send("POST", "/login", headers={"Cookie": f"{COOKIE}={value}; {form}"}, data={
        "csrf_token": tokens(page.text)[0], "username": company.user("VIEWER"), "password": PASSWORD})
    assert answer.status_code == 303
    cookies = [part for part in answer.headers["Set-Cookie"].split(", ") if part.startswith(f"{COOKIE}=")]
    made = re.match(rf"{COOKIE}=([A-Za-z0-9]{{43}});", cookies[0])[1]
    assert made != value
    other = PageVisitor(system.base)
    assert other.get("/", headers=given).status_code == 303
    assert other.get("/", headers={"Cookie": f"{COOKIE}={made}"}).status_code == 200


def test_whoever_signs_in_again_has_a_new_session_and_the_old_one_is_over(system, company, visitor):
    old = visitor.session.cookies[COOKIE]
    stale = PageVisitor(system.base)
    stale.session.cookies.set(COOKIE, old)
    assert is_signed_in(stale)
    # As the same and as another person.
    for name in ("forms-both", company.user("VIEWER")):
        assert visitor.sign_in(name).status_code == 303
        assert visitor.session.cookies[COOKIE] != old and is_signed_in(visitor)
        assert eventually(lambda: not is_signed_in(stale), 25), "the session before still lives"
        old = visitor.session.cookies[COOKIE]
        stale.session.cookies.set(COOKIE, old)


def test_a_wrong_password_leaves_the_session_as_it_was(visitor):
    old = visitor.session.cookies[COOKIE]
    assert visitor.sign_in("forms-nobody", "wrong").status_code == 401
    assert visitor.session.cookies[COOKIE] == old and is_signed_in(visitor)


def test_signing_out_is_for_good(system, visitor):
    old = visitor.session.cookies[COOKIE]
    answer = visitor.sign_out(visitor.get("/"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"] or "Max-Age=0" in answer.headers["Set-Cookie"]
    stale = PageVisitor(system.base)
    stale.session.cookies.set(COOKIE, old)
    assert eventually(lambda: not is_signed_in(stale), 25)
    # Nothing of it is shown from a cache.
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(system, both):
    visitor = PageVisitor(system.base)
    for answer in (visitor.get("/login"), visitor.sign_in(both)):
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and ("SameSite=Lax" in cookie or "SameSite=Strict" in cookie)
        assert "Domain" not in cookie and "Secure" not in cookie
    # Only what scripts may read is theirs.
    page = visitor.get("/account")
    saved = visitor.send("POST", "/account/preferences", data={
        "csrf_token": tokens(page.text)[0], "language": "en", "theme": "dark"})
    assert saved.status_code == 303
    assert "camet_session" not in saved.headers["Set-Cookie"] and "SameSite=Lax" in saved.headers["Set-Cookie"]


# Where it goes on

LOCAL = ["/", "/?tab=oee", "/account", "/?line_id=1&period=7d#x", "/api/docs", "/%2e%2e/x", "/a:b@c"]
FOREIGN = [
    "https://evil.example", "http://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
    "\\/evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "https:evil.example", "https:/evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "data:text/html,x", "evil.example", "@evil.example", "", ".evil.example", "/ñ", "/\u2028/evil.example",
    "/x\r\nSet-Cookie: a=b", "/x\0", "?x", "#x", "/\u0085/evil.example",
]


@pytest.mark.parametrize("given", LOCAL + FOREIGN)
def test_it_goes_on_at_a_local_path_only(system, company, visitor, given):
    """After signing in, after switching, and in what the form shows."""
    expected = given if given in LOCAL else "/"
    stranger = PageVisitor(system.base)
    form = stranger.session.get(system.base + "/login", params={"next": given}, headers={"Accept": "text/html"})
    shown = re.search(r'name="next" value="([^"]*)"', form.text)
    assert shown is None or shown[1].replace("&amp;", "&") == expected, shown
    answer = stranger.send("POST", "/login", data={
        "csrf_token": tokens(form.text)[0], "username": company.user("VIEWER"), "password": PASSWORD, "next": given})
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)
    answer = visitor.send("POST", "/session/switch", data={
        "csrf_token": tokens(visitor.get("/").text)[0], "tenant": "forms-other", "next": given})
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)
    assert "a=b" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("path", ["/", "/?tab=oee", "/account", "/dashboard/tiles", "/api/docs"])
def test_whoever_is_sent_to_sign_in_comes_back_to_where_he_was(system, company, path):
    visitor = PageVisitor(system.base)
    sent = visitor.get(path)
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/login")
    form = visitor.get(sent.headers["Location"])
    shown = re.search(r'name="next" value="([^"]*)"', form.text)
    answer = visitor.send("POST", "/login", data={
        "csrf_token": tokens(form.text)[0], "username": company.user("VIEWER"), "password": PASSWORD,
        "next": shown[1] if shown else ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)


# Forms from elsewhere


def test_every_form_of_every_page_carries_the_token_of_the_session(system, visitor):
    """And htmx sends it: the pages name it where the script looks for it."""
    stranger = PageVisitor(system.base)
    seen = set()
    for path, who in (("/login", stranger), ("/", visitor), ("/account", visitor), ("/?tab=oee", visitor)):
        page = who.get(path)
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"(.*?)</form>', page.text, re.DOTALL)
        assert forms, path
        for action, inside in forms:
            seen.add(action)
            assert len(tokens(inside)) == 1 and len(tokens(inside)[0]) >= 32, f"{path} {action}"
        assert len({tokens(inside)[0] for _, inside in forms}) == 1
        if who is visitor:
            meta = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)[1]
            assert meta == tokens(page.text)[0]
        # A token in an address would be in logs and in what is told to other sites.
        assert not re.search(r'(href|action)="[^"]*' + re.escape(tokens(page.text)[0]), page.text)
    assert {"/login", "/logout", "/session/switch", "/account/preferences", "/account/second-factor/enroll"} <= seen


FORMS = [
    ("/logout", {}), ("/session/switch", {"tenant": "forms-other"}),
    ("/account/preferences", {"language": "en", "theme": "dark"}),
    ("/account/second-factor/enroll", {"password": PASSWORD}),
    ("/account/second-factor/confirm", {"otp": "000000"}), ("/account/second-factor/disable", {"password": PASSWORD}),
    ("/account/second-factor/recovery-codes", {"password": PASSWORD}),
]


@pytest.mark.parametrize("path,fields", FORMS, ids=[row[0] for row in FORMS])
def test_a_form_from_elsewhere_does_nothing(system, both, path, fields):
    visitor, other = PageVisitor(system.base), PageVisitor(system.base)
    for who in (visitor, other):
        assert who.sign_in(both).status_code == 303
    token, foreign = (tokens(who.get("/").text)[0] for who in (visitor, other))
    own = {"csrf_token": token}
    tries = [
        ({}, {}), ({"csrf_token": ""}, {}), ({"csrf_token": foreign}, {}), ({"csrf_token": token[:-1]}, {}),
        ({"csrf_token": token.upper()}, {}), (own, {"Origin": "https://evil.example"}), (own, {"Origin": "null"}),
        (own, {"Origin": system.base + ".evil.example"}),
        (own, {"Origin": system.base.replace("127.0.0.1", "localhost")}),
        (own, {"Sec-Fetch-Site": "cross-site"}), (own, {"Sec-Fetch-Site": "same-site"}), (own, {"Sec-Fetch-Site": "x"}),
    ]
    for given, headers in tries:
        answer = visitor.send("POST", path, data=fields | given, headers=headers)
        assert answer.status_code == 403, (given, headers, answer.status_code)
        assert COOKIE not in answer.headers.get("Set-Cookie", "")
    # Nor as another kind of body, in the address, or by another method.
    for media in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
        answer = visitor.send("POST", path, data=f"csrf_token={token}", headers={"Content-Type": media})
        assert answer.status_code in (403, 415), media
    assert visitor.send("POST", f"{path}?csrf_token={token}", data=fields).status_code == 403
    assert visitor.send("GET", f"{path}?csrf_token={token}").status_code in (404, 405)
    assert is_signed_in(visitor) and "· Company forms ·" in visitor.get("/").text
    # The control: from here it is taken.
    same = {"Origin": system.base, "Sec-Fetch-Site": "same-origin"}
    assert visitor.send("POST", path, data=fields | own, headers=same).status_code not in (403, 415)


def test_the_form_to_sign_in_does_not_work_from_elsewhere_either(system, company):
    """Or a person would be signed in as somebody else without noticing."""
    fields = {"username": company.user("VIEWER"), "password": PASSWORD}
    visitor = PageVisitor(system.base)
    token = tokens(visitor.get("/login").text)[0]
    for given, headers in (
        ({}, {}), ({"csrf_token": "x" * len(token)}, {}), ({"csrf_token": token}, {"Origin": "https://evil.example"}),
        ({"csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = visitor.send("POST", "/login", data=fields | given, headers=headers)
        assert answer.status_code == 403 and COOKIE not in answer.headers.get("Set-Cookie", ""), (given, headers)
    # Without the cookie the token is of nobody.
    assert PageVisitor(system.base).send("POST", "/login", data=fields | {"csrf_token": token}).status_code == 403
    assert visitor.send("POST", "/login", data=fields | {"csrf_token": token}).status_code == 303


@pytest.mark.parametrize("text", [
    '"><script>alert(1)</script>', "'-alert(1)-'", "{{7*7}}", "</title><svg onload=alert(1)>"])
def test_what_was_typed_comes_back_as_text(system, company, text):
    """Names in the form, the cookie of the form, addresses, and where it goes on."""
    visitor = PageVisitor(system.base)
    answers = [
        visitor.sign_in(text, "wrong"), visitor.get(f"/{text}"), visitor.get("/", params={"tab": text}),
        visitor.get("/login", params={"next": f"/{text}"}),
        PageVisitor(system.base).get("/login", headers={"Cookie": f"camet_form={text.replace(';', '')}"}),
        PageVisitor(system.base).get("/login", headers={"Cookie": f"camet_language={text}; camet_theme={text}"}),
        visitor.get("/login", headers={"Accept-Language": text, "X-Request-Id": text, "User-Agent": text, "Host": "a"}),
    ]
    visitor.session.cookies.clear()
    assert visitor.sign_in(company.user("VIEWER")).status_code == 303
    answers += [visitor.get("/", params={"tab": text}), visitor.get("/account", params={"done": text})]
    for answer in answers:
        # What is no markup may stand there, as it was typed.
        assert text == "{{7*7}}" or text not in answer.text, answer.request.url
        assert "<script>alert" not in answer.text and "<svg onload" not in answer.text
        assert "49" not in re.findall(r'value="([^"]*)"', answer.text)


def test_errors_of_pages_are_pages_and_those_of_the_api_are_not(system, visitor):
    html = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    for path, status in (("/no-such-page", 404), ("/account/second-factor/nothing", 404),
                         ("/?tab=nothing", 422)):
        answer = visitor.get(path, headers=html)
        assert answer.status_code == status and answer.headers["Content-Type"].startswith("text/html"), path
        assert "nonce-" in answer.headers["Content-Security-Policy"] or "default-src 'none'" in answer.headers[
            "Content-Security-Policy"]
    for path, status in (("/api/v1/nothing", 404), ("/api/v1/plants?limit=x", 422), ("/auth/nothing", 404)):
        answer = visitor.get(path, headers=html)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), path
    answer = system.client().get("/no-such-page")
    check_problem(answer, 404, "not_found")


@pytest.mark.parametrize("accept,is_page", [
    ("TEXT/HTML", True), ("text/html;level=1", True), ("application/json, Text/Html ; q=0.1", True),
    ("text/html;q=1.0", True), ("text/html;q=0", False), ("text/html; Q=0.000, application/json", False),
    ("text/htmlx", False), ("text/*", False), ("*/*", False), ("application/json;profile=text/html", False), ("", False)])
def test_a_page_is_for_whoever_takes_one(system, accept, is_page):
    """Types are told in any case, and one with the weight 0 is refused (RFC 9110 §12.5.1)."""
    answer = system.client().get("/no-such-page", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == ("text/html; charset=utf-8" if is_page else "application/problem+json")


def test_a_page_has_a_nonce_of_its_own_and_nothing_else_runs(visitor):
    seen = set()
    for path in ("/", "/account", "/login", "/no-such-page", "/"):
        page = visitor.get(path)
        policy = page.headers["Content-Security-Policy"]
        for word in ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "data:", "*", "http:",
                     "https:"):
            assert word not in policy.replace("img-src 'self' data:", ""), policy
        assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        nonces = re.findall(r"'nonce-([^']+)'", policy)
        if nonces:
            assert len(set(nonces)) == 1 and len(nonces[0]) >= 22
            assert nonces[0] not in seen
            seen.add(nonces[0])
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", page.text):
            assert "src=" in tag or (nonces and f'nonce="{nonces[0]}"' in tag) or 'type="application/json"' in tag, tag
        assert not re.search(r'<[^>]+\son[a-z]+="', page.text) and not re.search(r'<[^>]+\sstyle="', page.text)
        assert "javascript:" not in page.text
    assert len(seen) >= 3
