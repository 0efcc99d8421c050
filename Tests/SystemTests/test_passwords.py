"""Passwords: what a new one must be, changing one's own, and what that ends."""

import subprocess
import threading

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, REPOSITORY, check_problem, eventually, sign_in

ROUTE = "/auth/password"
NEW = "another long phrase, never used"

REFUSED = [
    ("elevenchars", "too_short"), ("", "too_short"), ("x7#kQ9!mZ2v(" * 86, "too_long"),
    ("my name is {user}!", "contains_name"), ("{USER}@example.com", "contains_name"),
    ("aaaaaaaaaaaa", "too_common"), ("123456789012", "too_common"), ("qwertyuiop12", "too_common"),
    ("P4ssw0rd2026!", "too_common"), ("contraseña1234", "too_common"), ("Company-Words-1", "too_common"),
]


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("words")


@pytest.fixture
def person(system, company):
    """The name of somebody new, and a client with a sign-in of his."""
    number = int(system.psql("camet_global", "SELECT count(*) FROM app_user"))
    name = company.make_user("VIEWER", f"secretive-{number}")
    return name, system.client(bearer=sign_in(system, name)["access_token"])


def change(client, current: str | None, new: str, **more):
    body = {"new_password": new} | ({} if current is None else {"current_password": current})
    return client.post(ROUTE, body, **more)


class TestRule:
    @pytest.mark.parametrize("password,code", REFUSED)
    def test_a_password_that_is_soon_guessed_is_refused_wherever_one_is_set(
            self, system, company, person, password, code):
        name, client = person
        given = password.format(user=name, USER=name.upper()) if "{" in password else password
        admin = company.client("ADMIN")
        user = client.read("/auth/me")["user"]
        body = {"username": name, "email": user["email"], "role": "VIEWER", "password": given}
        for answer, param in (
                (change(client, PASSWORD, given), "new_password"),
                (admin.put(f"/api/v1/users/{user['user_id']}", body), "password"),
                (admin.post("/api/v1/users", body), "password")):
            problem = check_problem(answer, 422, "invalid")
            assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [(param, code)]
        if given:
            done = subprocess.run(
                [REPOSITORY / "script/camet", "user", "create", "--tenant", company.slug, "--username", name, "--email",
                 user["email"], "--role", "VIEWER", "--password-stdin"],
                env=system.environment | {"CAMET_DATA": str(system.folder)}, input=given + "\n", capture_output=True,
                text=True, timeout=60)
            assert done.returncode == 1 and "--password-stdin: the password" in done.stderr, done.stderr
        sign_in(system, name)

    def test_it_is_told_in_the_language_of_whoever_asks(self, person):
        _, client = person
        for language, text in (
                ("es", "El valor no alcanza la longitud mínima: 12."), ("en", "The value is shorter than permitted: 12.")):
            problem = check_problem(
                change(client, PASSWORD, "short", headers={"Accept-Language": language}), 422, "invalid")
            assert problem["errors"][0]["message"] == text

    @pytest.mark.parametrize("password", [
        "x7#kQ9!mZ2v(", "mi perro se llama Toby", "  twelve blanks  ", "ключ от склада", "x7#kQ9!mZ2v(" * 85])
    def test_any_other_is_taken_as_it_is(self, system, person, password):
        name, client = person
        assert change(client, PASSWORD, password).status_code == 204
        sign_in(system, name, password)
        refused = system.client(source="127.0.0.70").post(
            "/auth/token", {"username": name, "password": password[:-1]})
        check_problem(refused, 401, "invalid_credentials")
        assert change(client, password, NEW).status_code == 204


class TestChanging:
    def test_it_ends_every_other_sign_in_and_keeps_the_one_that_asks(self, system, north, person):
        name, client = person
        system.camet("user", "grant", "--username", name, "--tenant", "north", "--role", "VIEWER")
        others = [sign_in(system, name), sign_in(system, name, tenant="north")]
        clients = [system.client(bearer=pair["access_token"]) for pair in others]
        page = PageVisitor(system.base)
        assert page.sign_in(name).status_code == 303
        assert page.get("/").status_code == 200
        assert all(other.get("/auth/me").status_code == 200 for other in clients)
        assert change(client, PASSWORD, NEW, headers={"X-Request-Id": f"change-{name}"}).status_code == 204
        for other, pair in zip(clients, others):
            assert eventually(lambda: other.get("/auth/me").status_code == 401, 25)
            assert system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
        assert eventually(lambda: page.get("/").status_code == 303, 25)
        assert client.read("/auth/me")["user"]["username"] == name
        check_problem(system.client(source="127.0.0.71").post(
            "/auth/token", {"username": name, "password": PASSWORD}), 401, "invalid_credentials")
        sign_in(system, name, NEW)
        user = client.read("/auth/me")["user"]["user_id"]
        audited = system.psql("camet_global", (
            f"SELECT actor, object FROM audit_log WHERE action = 'user.password_changed' AND request_id = 'change-{name}'"))
        assert audited == f"user:{user}|user:{user}"

    def test_a_page_changes_it_with_its_own_token_only(self, system, person):
        name, client = person
        page = PageVisitor(system.base)
        assert page.sign_in(name).status_code == 303
        body = {"current_password": PASSWORD, "new_password": NEW}
        check_problem(page.send("POST", ROUTE, json=body, headers={"Accept": "application/json"}), 403, "csrf_failed")
        html = page.get("/").text
        token = html.split('<meta name="csrf-token" content="')[1].split('"')[0]
        assert page.send("POST", ROUTE, json=body, headers={"X-CSRF-Token": token}).status_code == 204
        assert page.get("/").status_code == 200
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)

    @pytest.mark.parametrize("current", [None, "", "not the password", NEW, PASSWORD + " ", "x" * 2_000])
    def test_without_the_present_one_nothing_changes(self, system, person, current):
        name, client = person
        check_problem(change(client, current, NEW), 403, "reauth_required")
        sign_in(system, name)
        assert client.get("/auth/me").status_code == 200
        assert change(client, PASSWORD, NEW).status_code == 204

    def test_the_body_is_judged_first(self, person):
        _, client = person
        for body, expected in (
                ({}, [("new_password", "required")]),
                ({"current_password": 5, "new_password": 6, "other": 7},
                 [("current_password", "invalid_type"), ("new_password", "invalid_type"), ("other", "unknown_field")])):
            problem = check_problem(client.post(ROUTE, body), 422, "invalid")
            assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == expected

    def test_wrong_ones_count_as_they_do_at_the_sign_in(self, system, person):
        name, _ = person
        client = system.client(bearer=sign_in(system, name)["access_token"], source="127.0.0.72")
        for _ in range(4):
            check_problem(change(client, "not the password", NEW), 403, "reauth_required")
        # The right one forgives.
        assert change(client, PASSWORD, NEW).status_code == 204
        for _ in range(5):
            check_problem(change(client, PASSWORD, NEW), 403, "reauth_required")
        locked = change(client, NEW, PASSWORD)
        check_problem(locked, 429, "too_many_attempts")
        assert 0 < int(locked.headers["Retry-After"]) <= 900
        check_problem(system.client(source="127.0.0.73").post(
            "/auth/token", {"username": name, "password": NEW}), 429, "too_many_attempts")
        kept = system.psql("camet_global", (
            f"SELECT count(*) FROM user_login WHERE username_folded = '{name}' AND reason = 'wrong_password'"))
        assert kept == "9"

    def test_of_many_changes_at_once_one_is_done(self, system, person):
        name, _ = person
        clients = [system.client(bearer=sign_in(system, name)["access_token"]) for _ in range(4)]
        statuses = {}

        def change_one(number: int) -> None:
            statuses[number] = change(clients[number], PASSWORD, f"{NEW} {number}").status_code

        threads = [threading.Thread(target=change_one, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = [number for number, status in statuses.items() if status == 204]
        assert len(done) == 1 and set(statuses.values()) <= {204, 401, 403}, statuses
        sign_in(system, name, f"{NEW} {done[0]}")
        # Nobody but whoever did it is left.
        for number, client in enumerate(clients):
            assert eventually(lambda: (client.get("/auth/me").status_code == 200) == (number in done), 25), number

    def test_no_sign_in_with_the_old_one_outlives_the_change(self, system, person):
        """Whoever signs in while it is changed is either too late or ended with the rest."""
        name, client = person
        tokens, stop = [], threading.Event()

        def keep_signing_in(source: str) -> None:
            visitor = system.client(source=source)
            while not stop.is_set():
                answer = visitor.post("/auth/token", {"username": name, "password": PASSWORD})
                if answer.status_code != 200:
                    return
                tokens.append(answer.json()["access_token"])

        threads = [threading.Thread(target=keep_signing_in, args=(f"127.0.0.{74 + number}",)) for number in range(3)]
        for thread in threads:
            thread.start()
        assert eventually(lambda: len(tokens) >= 6, 30)
        assert change(client, PASSWORD, NEW).status_code == 204
        stop.set()
        for thread in threads:
            thread.join()
        old = [system.client(bearer=token) for token in tokens]
        assert eventually(lambda: all(other.get("/auth/me").status_code == 401 for other in old), 25)
        assert client.get("/auth/me").status_code == 200
        assert system.psql("camet_global", (
            "SELECT count(*) FROM session_family JOIN app_user USING (user_id) "
            f"WHERE username = '{name}' AND ended_at IS NULL")) == "1"
