"""What answers say for the browser's sake: charsets, the closed policy, and names of cookies over TLS."""

import re

import pytest
import requests

from running_system import PASSWORD, RunningSystem, check_standing_headers

TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def gateway():
    """A system that believes this machine when it says that it ended TLS."""
    with RunningSystem.running({"CAMET_TRUSTED_PROXIES": "127.0.0.1", "CAMET_METRICS_TOKEN": "t" * 32}) as made:
        yield made


def ask(gateway, method: str, path: str, headers=None, cookies=None, **what) -> requests.Response:
    """Cookies are sent by hand: over plain HTTP no library sends those that are Secure."""
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    answer = requests.request(
        method, gateway.base + path, headers={"Accept": "text/html"} | (headers or {}) | cookie,
        allow_redirects=False, timeout=30, **what)
    check_standing_headers(answer)
    return answer


def test_text_names_its_charset(gateway):
    assert ask(gateway, "GET", "/healthz").headers["Content-Type"] == "text/plain; charset=utf-8"
    metrics = ask(gateway, "GET", "/metrics", {"Authorization": "Bearer " + "t" * 32})
    assert metrics.status_code == 200
    assert metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert ask(gateway, "GET", "/login").headers["Content-Type"] == "text/html; charset=utf-8"


def test_what_is_no_page_may_load_nothing_and_lead_nowhere(gateway):
    closed = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    for path in ("/healthz", "/api/v1/plants", "/auth/token"):
        assert ask(gateway, "GET", path, {"Accept": "*/*"}).headers["Content-Security-Policy"] == closed
    page = ask(gateway, "GET", "/login").headers["Content-Security-Policy"]
    assert "base-uri 'none'" in page and "form-action 'self'" in page


def test_the_nonce_of_a_page_is_long_and_new_each_time(gateway):
    nonces = set()
    for _ in range(20):
        policy = ask(gateway, "GET", "/login").headers["Content-Security-Policy"]
        nonces.add(re.search(r"'nonce-([A-Za-z0-9]+)'", policy)[1])
    assert len(nonces) == 20
    # 62 characters carry 5.95 bits each.
    assert all(len(nonce) * 5.95 >= 128 for nonce in nonces)


@pytest.mark.parametrize("headers,prefix", [(TLS, "__Host-"), ({}, "")])
def test_cookies_say_by_their_names_how_they_came(gateway, headers, prefix):
    slug = "tls" if prefix else "plain"
    username = gateway.make_tenant(slug).user("MANAGER")

    def given(answer) -> dict[str, str]:
        """The cookies of an answer, all of which must be as the client is spoken to."""
        found = {}
        for line in answer.raw.headers.getlist("Set-Cookie"):
            assert line.startswith(prefix) and ("; Secure" in line) == bool(prefix) and "; Path=/;" in line, line
            name, _, value = line.partition(";")[0].partition("=")
            found[name] = value
        return found

    form = ask(gateway, "GET", "/login", headers)
    cookies = given(form)
    assert list(cookies) == [f"{prefix}camet_form"]
    fields = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', form.text)[1],
              "username": username, "password": PASSWORD}
    # A cookie of another name is none of ours: over TLS what a plain connection has set, without TLS what TLS has.
    wrong = {("camet_form" if prefix else "__Host-camet_form"): cookies[f"{prefix}camet_form"]}
    assert ask(gateway, "POST", "/login", headers, wrong, data=fields).status_code == 403
    signed_in = ask(gateway, "POST", "/login", headers, cookies, data=fields)
    assert signed_in.status_code == 303, signed_in.text
    session = given(signed_in)
    assert list(session) == [f"{prefix}camet_session"]
    account = ask(gateway, "GET", "/account", headers, session)
    token = re.search(r'name="csrf_token" value="([^"]+)"', account.text)[1]
    kept = ask(gateway, "POST", "/account/preferences", headers, session,
               data={"csrf_token": token, "language": "en", "theme": "dark"})
    assert kept.status_code == 303
    look = given(kept)
    assert look == {f"{prefix}camet_language": "en", f"{prefix}camet_theme": "dark"}
    # The page is drawn by them, and names them to its script.
    page = ask(gateway, "GET", "/login", headers | {"Accept-Language": "es"}, look).text
    assert '<html lang="en" data-theme="dark"' in page
    assert f'data-preference="{prefix}camet_theme"' in page and f'data-preference="{prefix}camet_language"' in page
    other = {name.removeprefix(prefix) if prefix else f"__Host-{name}": value for name, value in look.items()}
    assert '<html lang="es" data-theme="system"' in ask(
        gateway, "GET", "/login", headers | {"Accept-Language": "es"}, other).text
