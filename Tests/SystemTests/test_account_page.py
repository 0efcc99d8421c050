"""The account page's forms for another password and for one's sign-ins, as a browser without scripts sends them."""

import html
import re

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, check_problem, eventually, sign_in

NEW = "another long phrase, never used"
NOBODYS = "00000000-0000-0000-0000-000000000000"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


@pytest.fixture
def name(system, north):
    number = int(system.psql("camet_global", "SELECT count(*) FROM app_user"))
    return north.make_user("VIEWER", f"page-owner-{number}")


@pytest.fixture
def page(system, name):
    """The account's owner, signed in with a browser."""
    return visitor(system, name)


def visitor(system, name: str, password: str = PASSWORD, **more) -> PageVisitor:
    made = PageVisitor(system.base, **more)
    made.session.headers["User-Agent"] = FIREFOX
    assert made.sign_in(name, password).status_code == 303
    return made


def token_of(page: PageVisitor) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page.get("/account").text)[1]


def send(page: PageVisitor, path: str, headers: dict | None = None, **fields):
    """The answer to a form of the page, with the page's token unless another is given."""
    return page.send("POST", path, headers=headers, data={"csrf_token": token_of(page)} | fields)


def change(page: PageVisitor, current: str, new: str, again: str | None = None, **more):
    return send(page, "/account/password", current_password=current, new_password=new,
                new_password_again=new if again is None else again, **more)


def failures(answer) -> dict[str, str]:
    """What is told beside the fields and lists of the page, by the place."""
    found = re.findall(r'<p class="field-fault" role="alert" id="failure-([\w-]+)">.*?</svg>(.*?)</p>', answer.text)
    return {place: html.unescape(text) for place, text in found}


def notice(page: PageVisitor, answer) -> str:
    """What the page says after a form was taken."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith("/account?done=")
    shown = page.get(answer.headers["Location"])
    assert shown.status_code == 200
    return html.unescape(re.search(r'<div class="notice" role="status">.*?<p>(.*?)</p>', shown.text, re.S)[1])


def rows(page: PageVisitor, query: str = "") -> list[str]:
    """The text of each sign-in that the page lists."""
    text = page.get(f"/account{query}").text
    items = re.findall(r'<li class="sign-in">(.*?)</li>', text, re.S)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", item).split())) for item in items]


def endable(page: PageVisitor) -> list[str]:
    return re.findall(r'name="sid" value="([^"]+)"', page.get("/account").text)


def actions(system, name: str) -> list[str]:
    return system.psql("camet_global", (
        "SELECT action, object FROM audit_log JOIN app_user ON actor = 'user:' || user_id "
        f"WHERE username = '{name}' ORDER BY audit_id")).splitlines()


class TestPassword:
    def test_it_is_changed_and_ends_every_other_sign_in(self, system, name, page):
        other, client = visitor(system, name), system.client(bearer=sign_in(system, name)["access_token"])
        assert other.get("/account").status_code == 200 and client.get("/auth/me").status_code == 200
        assert notice(page, change(page, PASSWORD, NEW)) == (
            "Su contraseña cambió y se cerraron todas sus demás sesiones.")
        assert eventually(lambda: other.get("/account").status_code == 303, 25)
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
        assert page.get("/account").status_code == 200 and len(rows(page)) == 1
        refused = system.client(source="127.0.0.90").post("/auth/token", {"username": name, "password": PASSWORD})
        check_problem(refused, 401, "invalid_credentials")
        sign_in(system, name, NEW)
        assert [line.split("|")[0] for line in actions(system, name)].count("user.password_changed") == 1

    @pytest.mark.parametrize("new,again,expected", [
        ("short", "short", {"new_password": ("Use al menos 12 caracteres.", "Use at least 12 characters.")}),
        ("", "", {"new_password": ("Use al menos 12 caracteres.", "Use at least 12 characters.")}),
        ("aaaaaaaaaaaa", "aaaaaaaaaaa", {
            "new_password": (
                "Se adivina pronto: está hecha de palabras muy usadas, repeticiones o teclas seguidas.",
                "It is too easy to guess: it is made of very common words, repetitions or neighbouring keys."),
            "new_password_again": (
                "No coincide con la contraseña nueva.", "It is not the same as the new password.")}),
        ("my name is {name}!", "my name is {name}!", {"new_password": (
            "No use su nombre de usuario ni su correo.", "Do not use your username or your e-mail.")}),
        ("x7#kQ9!mZ2v(" * 86, "x7#kQ9!mZ2v(" * 86, {
            "new_password": ("Use como máximo 1.024 bytes.", "Use at most 1,024 bytes.")}),
        (NEW, NEW + " ", {"new_password_again": (
            "No coincide con la contraseña nueva.", "It is not the same as the new password.")}),
    ], ids=["short", "empty", "common and different", "name", "long", "different"])
    def test_what_a_new_one_lacks_is_told_beside_it(self, system, name, page, new, again, expected):
        new, again = new.replace("{name}", name), again.replace("{name}", name)
        for number, language in enumerate(("es", "en")):
            page.session.cookies.set("camet_language", language)
            answer = change(page, PASSWORD, new, again)
            assert answer.status_code == 422
            assert failures(answer) == {place: texts[number] for place, texts in expected.items()}
            # Nothing that was typed comes back, and the first field to type anew has the keyboard.
            assert NEW not in answer.text and PASSWORD not in answer.text
            assert re.findall(r'<input name="(\w+)"[^>]* autofocus', answer.text) == [next(iter(expected))]
        sign_in(system, name)
        assert notice(page, change(page, PASSWORD, NEW)).startswith("Your password was changed")

    @pytest.mark.parametrize("current", ["", "not the password", NEW, PASSWORD + " "])
    def test_the_present_one_is_needed(self, system, name, page, current):
        answer = change(page, current, NEW)
        assert answer.status_code == 403
        assert failures(answer) == {"current_password": "La contraseña no es correcta."}
        sign_in(system, name)
        assert change(page, PASSWORD, NEW).status_code == 303

    def test_wrong_ones_lock_as_they_do_at_the_sign_in(self, system, name):
        page = visitor(system, name, source="127.0.0.91")
        for _ in range(5):
            assert change(page, "not the password", NEW).status_code == 403
        locked = change(page, PASSWORD, NEW)
        assert locked.status_code == 429 and 0 < int(locked.headers["Retry-After"]) <= 900
        assert failures(locked)["current_password"].startswith("Demasiados intentos.")
        sign_in_again = system.client(source="127.0.0.92").post("/auth/token", {"username": name, "password": PASSWORD})
        check_problem(sign_in_again, 429, "too_many_attempts")

    def test_the_form_needs_the_token_of_its_own_session(self, system, name, page):
        foreign = token_of(visitor(system, name))
        for fields in ({"csrf_token": ""}, {"csrf_token": foreign}):
            answer = change(page, PASSWORD, NEW, **fields)
            assert answer.status_code == 403
            assert failures(answer) == {
                "current_password": "La página estuvo abierta demasiado tiempo. Inténtelo de nuevo."}
        other_site = change(page, PASSWORD, NEW, headers={"Origin": "https://evil.example"})
        assert other_site.status_code == 403
        sign_in(system, name)
        assert change(page, PASSWORD, NEW, headers={"Origin": system.base}).status_code == 303


class TestSessions:
    def test_each_tells_whose_it_is_and_this_one_is_marked(self, system, south, name, page):
        system.camet("user", "grant", "--username", name, "--tenant", "south", "--role", "VIEWER")
        system.client(source="127.0.0.93").post(
            "/auth/token", {"username": name, "password": PASSWORD, "tenant": "south"},
            headers={"User-Agent": "line <b>reader</b>/7"})
        here = visitor(system, name, source="127.0.0.94")
        here.session.cookies.set("camet_language", "en")
        first, second, third = rows(here)
        assert first.startswith("Firefox on Linux This one Browser · Company north · from 127.0.0.94 Since ")
        assert first.endswith("UTC · in use")
        assert second.startswith("line <b>reader< API · Company south · from 127.0.0.93 Since ")
        assert third.startswith("Firefox on Linux Browser · Company north · from 127.0.0.1 Since ")
        assert "This one" not in second + third
        times = re.findall(r'<time datetime="([^"]+)" data-local>', here.get("/account").text)
        assert times == [one["created_at"] for one in here.get("/auth/sessions").json()["items"]]
        # The others are the other's to end.
        assert len(endable(here)) == len(endable(page)) == 2 and endable(here) != endable(page)
        system.psql("camet_global", (
            "UPDATE session_family SET created_at = '2026-03-01T12:05:00Z', last_seen_at = now() - interval '5 min 10 s' "
            "FROM app_user "
            f"WHERE session_family.user_id = app_user.user_id AND username = '{name}' AND address = '127.0.0.93'"))
        old = rows(here)[2]
        assert old.startswith("line") and "Since Mar 1, 2026 12:05 UTC · last used 5 min ago" in old

    def test_one_is_ended(self, system, name, page):
        lost, stays = visitor(system, name), visitor(system, name)
        sid = next(one["sid"] for one in lost.get("/auth/sessions").json()["items"] if one["current"])
        assert sid in endable(page)
        assert notice(page, send(page, "/account/sessions/end", sid=sid)) == "La sesión se cerró."
        assert eventually(lambda: lost.get("/account").status_code == 303, 25)
        assert sid not in endable(page) and len(rows(page)) == 2
        assert stays.get("/account").status_code == 200 and page.get("/account").status_code == 200
        assert f"session.ended|session:{sid}" in actions(system, name)
        again = send(page, "/account/sessions/end", sid=sid)
        assert again.status_code == 404 and failures(again) == {"sessions": "Esa sesión ya estaba cerrada."}

    def test_all_others_are_ended(self, system, name, page):
        other, client = visitor(system, name), system.client(bearer=sign_in(system, name)["access_token"])
        assert other.get("/account").status_code == 200 and client.get("/auth/me").status_code == 200
        assert len(rows(page)) == 3
        assert notice(page, send(page, "/account/sessions/end-others")) == "Se cerraron todas sus demás sesiones."
        assert eventually(lambda: other.get("/account").status_code == 303, 25)
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
        shown = page.get("/account").text
        assert len(rows(page)) == 1 and "/account/sessions/end-others" not in shown

    def test_nobody_ends_what_is_somebody_elses(self, system, north, name, page):
        stranger = visitor(system, north.make_user("ADMIN", f"stranger-to-{name}"))
        sid = page.get("/auth/sessions").json()["items"][0]["sid"]
        for given in (sid, NOBODYS, "", "'; --"):
            answer = send(stranger, "/account/sessions/end", sid=given)
            assert answer.status_code == 404 and failures(answer) == {"sessions": "Esa sesión ya estaba cerrada."}
        assert page.get("/account").status_code == 200
        own = visitor(system, name)
        assert send(own, "/account/sessions/end", sid=sid).status_code == 303
        assert eventually(lambda: page.get("/account").status_code == 303, 25)

    def test_both_forms_need_the_token_of_their_own_session(self, system, name, page):
        other = visitor(system, name)
        sid = endable(page)[0]
        for path in ("/account/sessions/end", "/account/sessions/end-others"):
            for token in ("", token_of(other)):
                answer = send(page, path, sid=sid, csrf_token=token)
                assert answer.status_code == 403
                assert failures(answer) == {
                    "sessions": "La página estuvo abierta demasiado tiempo. Inténtelo de nuevo."}
        assert endable(page) == [sid] and other.get("/account").status_code == 200
        assert send(page, "/account/sessions/end", sid=sid).status_code == 303

    def test_many_come_in_pages(self, system, name, page):
        system.psql("camet_global", (
            "INSERT INTO session_family (sid, user_id, tenant_id, kind, created_at, last_seen_at, expires_at, user_agent) "
            "SELECT gen_random_uuid(), user_id, tenant_id, 'api', session_family.created_at - number * interval '1 h', "
            "now(), now() + interval '1 day', 'robot-' || number "
            "FROM session_family JOIN app_user USING (user_id) CROSS JOIN generate_series(1, 30) AS number "
            f"WHERE username = '{name}'"))
        newest = page.get("/account").text
        assert len(rows(page)) == 20 and "#sessions\">Las más recientes" not in newest
        older = re.search(r'href="/account(\?sessions=[^"#]+)#sessions">Más antiguas', newest)[1]
        found = [row.split(" ")[0] for row in rows(page, older)]
        assert found == [f"robot-{number}" for number in range(20, 31)]
        shown = page.get(f"/account{older}").text
        assert "Más antiguas" not in shown and 'href="/account#sessions">Las más recientes' in shown
        assert "/account/sessions/end-others" in shown
        assert page.get("/account?sessions=nonsense").status_code == 422


@pytest.mark.parametrize("path", ["/account/password", "/account/sessions/end", "/account/sessions/end-others"])
def test_whoever_is_not_signed_in_is_sent_to_the_sign_in(system, north, path):
    # A token of the API is no session of pages.
    for who in (PageVisitor(system.base), north.client("VIEWER")):
        sent_away = who.send("POST", path, data={"csrf_token": "x"})
        assert sent_away.status_code == 303 and sent_away.headers["Location"].startswith("/login")


def test_whoever_must_enrol_a_second_factor_may_do_both_before(system):
    strict = system.make_tenant("strict-page")
    name = strict.make_user("VIEWER", "strict-page-owner")
    answer = strict.client("ADMIN").put("/api/v1/settings/sign_in.two_factor_roles", {"value": ["VIEWER"]})
    assert answer.status_code == 200
    page = visitor(system, name)
    assert eventually(lambda: page.get("/").headers.get("Location") == "/account", 25)
    other = visitor(system, name)
    assert send(page, "/account/sessions/end", sid=endable(page)[0]).status_code == 303
    assert eventually(lambda: other.get("/account").status_code == 303, 25)
    assert change(page, PASSWORD, NEW).status_code == 303
    assert send(page, "/account/sessions/end-others").status_code == 303
    assert page.get("/").headers["Location"] == "/account"
