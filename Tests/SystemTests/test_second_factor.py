"""The second factor: enrolled, confirmed, asked for, used once, taken away."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from one_time_codes import Person, code, early_in_a_step
from page_visitor import PageVisitor
from running_system import PASSWORD, check_problem, eventually, sign_in


numbers = count(1)


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("factor")


@pytest.fixture
def person(system, company):
    """A person of his own for the test, from an address of his own, so that no lock touches another test."""
    number = next(numbers)
    return Person(system, company, "OPERATOR", f"factor-{number}", f"127.0.1.{number}")


@pytest.fixture
def plain(system, company):
    """A client of somebody without a second factor, and his name."""
    number = next(numbers)
    name = company.make_user("VIEWER", f"factor-plain-{number}")
    return system.client(bearer=sign_in(system, name)["access_token"], source=f"127.0.1.{number}"), name


def audited(system, username: str) -> list[str]:
    """What is in the audit log about a user's second factor, oldest first."""
    return system.psql("camet_global", (
        "SELECT action FROM audit_log JOIN app_user ON object = 'user:' || user_id "
        f"WHERE username = '{username}' AND action ~ '^(second_factor|recovery_code)' ORDER BY audit_id")).splitlines()


def failures(system, username: str) -> list[str]:
    return system.psql("camet_global", (
        f"SELECT coalesce(reason, 'ok') FROM user_login WHERE username_folded = '{username}' "
        "ORDER BY user_login_id")).splitlines()


class TestEnrolling:
    def test_what_is_enrolled_opens_nothing_until_it_is_confirmed(self, system, plain):
        client, name = plain
        early_in_a_step()
        enrolled = client.post("/auth/2fa/enroll", {"password": PASSWORD})
        assert enrolled.status_code == 200
        assert set(enrolled.json()) == {"secret", "otpauth_uri"}
        assert client.read("/auth/me")["user"]["two_factor"] is False
        assert sign_in(system, name)["access_token"]
        secret = enrolled.json()["secret"]
        wrong = client.post("/auth/2fa/confirm", {"otp": "000000" if code(secret) != "000000" else "000001"})
        assert check_problem(wrong, 422, "invalid")["errors"][0]["code"] == "wrong_code"
        assert client.read("/auth/me")["user"]["two_factor"] is False
        confirmed = client.post("/auth/2fa/confirm", {"otp": code(secret, 1)})
        assert confirmed.status_code == 200
        codes = confirmed.json()["recovery_codes"]
        assert len(set(codes)) == 10 and all(len(text) >= 24 for text in codes)
        assert client.read("/auth/me")["user"]["two_factor"] is True
        check_problem(system.client().post("/auth/token", {"username": name, "password": PASSWORD}), 401,
                      "otp_required")
        assert audited(system, name) == ["second_factor.enrolled"]
        # Nothing is left to confirm.
        check_problem(client.post("/auth/2fa/confirm", {"otp": code(secret)}), 409, "conflict")

    @pytest.mark.parametrize("verb", ["enroll", "disable", "recovery-codes"])
    def test_each_needs_the_password_once_more(self, person, verb):
        path = f"/auth/2fa/{verb}"
        for body in ({}, {"password": "not the password"}, {"password": ""}, {"password": None},
                     {"password": "x" * 5_000}):
            check_problem(person.client.post(path, body), 403, "reauth_required")
        check_problem(person.client.post(path, {"password": PASSWORD, "more": 1}), 422, "invalid")
        assert person.client.post(path, {"password": PASSWORD}).status_code in (200, 204)

    def test_wrong_passwords_here_count_like_those_at_the_sign_in(self, person):
        for _ in range(5):
            check_problem(person.client.post("/auth/2fa/disable", {"password": "wrong"}), 403, "reauth_required")
        check_problem(person.client.post("/auth/2fa/disable", {"password": PASSWORD}), 429, "too_many_attempts")
        assert person.client.read("/auth/me")["user"]["two_factor"] is True

    def test_five_wrong_codes_end_an_enrolment(self, plain):
        client, _ = plain
        early_in_a_step()
        secret = client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        for _ in range(5):
            check_problem(client.post("/auth/2fa/confirm", {"otp": "no code"}), 422, "invalid")
        check_problem(client.post("/auth/2fa/confirm", {"otp": code(secret)}), 409, "conflict")
        secret = client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        assert client.post("/auth/2fa/confirm", {"otp": code(secret)}).status_code == 200

    def test_an_enrolment_is_of_the_session_that_began_it(self, system, plain):
        client, name = plain
        other = system.client(bearer=sign_in(system, name)["access_token"])
        early_in_a_step()
        secret = client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        # Another session of the same person neither puts it in force nor uses up its tries.
        for _ in range(6):
            check_problem(other.post("/auth/2fa/confirm", {"otp": code(secret)}), 409, "conflict")
        assert client.post("/auth/2fa/confirm", {"otp": code(secret)}).status_code == 200

    def test_a_seed_that_waits_is_shown_to_the_session_that_began_it_alone(self, system, company):
        name = company.make_user("VIEWER", f"factor-page-{next(numbers)}")
        here, there = PageVisitor(system.base), PageVisitor(system.base)
        tokens = []
        for visitor in (here, there):
            assert visitor.sign_in(name).status_code == 303
            tokens.append(re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/account").text)[1])
        answer = here.send(
            "POST", "/account/second-factor/enroll", data={"csrf_token": tokens[0], "password": PASSWORD})
        assert answer.status_code == 303
        assert 'name="otp"' in here.get("/account").text
        assert 'name="otp"' not in there.get("/account").text

    def test_another_application_takes_the_place_of_the_first_when_it_is_confirmed(self, person):
        old_secret, old_codes = person.secret, person.recovery_codes
        new = person.client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        check_problem(person.prove(person.ticket(), otp=code(new)), 401, "invalid_code")
        assert person.prove(person.ticket(), otp=code(old_secret)).status_code == 200
        assert person.client.post("/auth/2fa/confirm", {"otp": code(new)}).status_code == 200
        person.enrol()
        for proof in ({"otp": code(old_secret)}, {"recovery_code": old_codes[0]}):
            check_problem(person.prove(person.ticket(), **proof), 401, "invalid_code")
        assert person.prove(person.ticket(), otp=code(person.secret)).status_code == 200

    def test_secrets_are_sealed_and_codes_hashed_in_the_database(self, system, person):
        dump = system.psql("camet_global", (
            "SELECT second_factor::text, array_agg(recovery_code::text) FROM second_factor JOIN recovery_code "
            f"USING (user_id) JOIN app_user USING (user_id) WHERE username = '{person.username}' GROUP BY 1"))
        assert dump.count("(") >= 11
        for text in [person.secret, base64.b32decode(person.secret).hex(), *person.recovery_codes,
                     *(text.replace("-", "") for text in person.recovery_codes)]:
            assert text not in dump and text.encode().hex() not in dump


class TestSigningIn:
    def test_the_password_alone_gives_a_ticket_and_the_code_gives_tokens(self, system, person):
        answer = system.client(source=person.source).post(
            "/auth/token", {"username": person.username, "password": PASSWORD})
        problem = check_problem(answer, 401, "otp_required")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert problem["methods"] == ["totp"] and len(problem["otp_ticket"]) >= 40
        assert "access_token" not in problem
        pair = person.prove(problem["otp_ticket"], otp=code(person.secret))
        assert pair.status_code == 200
        assert (pair.json()["token_type"], pair.json()["expires_in"]) == ("Bearer", 900)
        me = system.client(bearer=pair.json()["access_token"]).read("/auth/me")
        assert me["user"]["username"] == person.username and me["tenant"]["slug"] == "factor"
        renewed = system.client().post("/auth/refresh", {"refresh_token": pair.json()["refresh_token"]})
        assert renewed.status_code == 200
        assert failures(system, person.username)[-1] == "ok"

    def test_a_wrong_password_never_gives_a_ticket(self, system, person):
        answer = system.client(source=person.source).post(
            "/auth/token", {"username": person.username, "password": "wrong"})
        assert "otp_ticket" not in check_problem(answer, 401, "invalid_credentials")

    def test_a_code_is_used_once(self, person):
        once = code(person.secret)
        assert person.prove(person.ticket(), otp=once).status_code == 200
        check_problem(person.prove(person.ticket(), otp=once), 401, "invalid_code")

    def test_the_code_that_confirmed_is_used(self, person):
        person.enrol()
        early_in_a_step()
        enrolled = person.client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        used = code(enrolled)
        assert person.client.post("/auth/2fa/confirm", {"otp": used}).status_code == 200
        person.secret = enrolled
        check_problem(person.prove(person.ticket(), otp=used), 401, "invalid_code")
        # The one before it was not, and still counts.
        assert person.prove(person.ticket(), otp=code(enrolled, 1)).status_code == 200

    def test_the_step_before_counts_once_also_after_the_current_one(self, system, company):
        person = Person(system, company, "VIEWER", "factor-both-steps", "127.0.3.1")
        early_in_a_step()
        secret = person.client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        current, before = code(secret), code(secret, 1)
        assert person.client.post("/auth/2fa/confirm", {"otp": current}).status_code == 200
        assert person.prove(person.ticket(), otp=before).status_code == 200
        for used in (before, current):
            check_problem(person.prove(person.ticket(), otp=used), 401, "invalid_code")

    def test_a_code_two_steps_old_is_refused(self, person):
        for back in (2, 3, -2):
            check_problem(person.prove(person.ticket(), otp=code(person.secret, back)), 401, "invalid_code")
        assert person.prove(person.ticket(), otp=code(person.secret)).status_code == 200

    def test_every_refusal_is_the_same(self, system, person):
        ticket = person.ticket()
        client = system.client(source=person.source)
        given = {"X-Request-Id": "the-same-for-all"}
        bodies = [
            {"otp_ticket": ticket, "otp": person.wrong_code()}, {"otp_ticket": ticket, "otp": ""},
            {"otp_ticket": ticket, "recovery_code": "no code"}, {"otp_ticket": "no-ticket", "otp": code(person.secret)},
            {"otp_ticket": ticket, "otp": person.recovery_codes[0]},
        ]
        answers = [client.post("/auth/token/otp", body, headers=given) for body in bodies]
        for answer in answers:
            check_problem(answer, 401, "invalid_code")
        assert len({answer.content for answer in answers}) == 1
        assert person.prove(ticket, otp=code(person.secret)).status_code == 200

    @pytest.mark.parametrize("body,names", [
        ({}, {"otp_ticket", "otp"}), ({"otp_ticket": "t"}, {"otp"}), ({"otp": "123456"}, {"otp_ticket"}),
        ({"otp_ticket": 1, "otp": 123456}, {"otp_ticket", "otp"}),
        ({"otp_ticket": "t", "otp": "1", "recovery_code": "2"}, {"recovery_code"}),
        ({"otp_ticket": "t", "otp": "1", "tenant": "factor"}, {"tenant"}),
    ])
    def test_a_body_of_another_shape_is_told_field_by_field(self, system, body, names):
        problem = check_problem(system.client().post("/auth/token/otp", body), 422, "invalid")
        assert {error["param"] for error in problem["errors"]} == names


class TestTickets:
    def test_a_ticket_is_good_for_one_sign_in(self, person):
        ticket = person.ticket()
        assert person.prove(ticket, otp=code(person.secret)).status_code == 200
        check_problem(person.prove(ticket, recovery_code=person.recovery_codes[0]), 401, "invalid_code")
        assert person.prove(person.ticket(), recovery_code=person.recovery_codes[0]).status_code == 200

    def test_the_sixth_try_of_a_ticket_is_refused_although_it_is_right(self, system, person):
        ticket = person.ticket()
        for _ in range(5):
            check_problem(person.prove(ticket, otp=person.wrong_code()), 401, "invalid_code")
        check_problem(person.prove(ticket, otp=code(person.secret)), 401, "invalid_code")
        # Codes count for the account too, so that a new ticket is no new start.
        answer = system.client(source=person.source).post(
            "/auth/token", {"username": person.username, "password": PASSWORD})
        check_problem(answer, 429, "too_many_attempts")
        assert failures(system, person.username).count("wrong_otp") == 5

    def test_another_ticket_does_not_help_whoever_is_locked(self, person):
        first, second = person.ticket(), person.ticket()
        for number in range(4):
            check_problem(person.prove(first, otp=person.wrong_code()), 401, "invalid_code")
        check_problem(person.prove(second, otp=person.wrong_code()), 401, "invalid_code")
        answer = person.prove(second, otp=code(person.secret))
        check_problem(answer, 429, "too_many_attempts")
        assert 0 < int(answer.headers["Retry-After"]) <= 900

    def test_a_right_password_does_not_forget_wrong_codes(self, system, person):
        for _ in range(5):
            check_problem(person.prove(person.ticket(), otp=person.wrong_code()), 401, "invalid_code")
        answer = system.client(source=person.source).post(
            "/auth/token", {"username": person.username, "password": PASSWORD})
        check_problem(answer, 429, "too_many_attempts")

    def test_a_ticket_is_only_its_owners(self, system, company, person):
        other = Person(system, company, "VIEWER", "factor-other-owner", "127.0.3.2")
        check_problem(person.prove(other.ticket(), otp=code(person.secret)), 401, "invalid_code")
        check_problem(person.prove(other.ticket(), recovery_code=person.recovery_codes[0]), 401, "invalid_code")
        assert person.prove(person.ticket(), otp=code(person.secret)).status_code == 200

    def test_a_ticket_is_for_the_tenant_that_was_asked_for(self, system, company, person):
        elsewhere = system.make_tenant("factor-elsewhere")
        system.camet("user", "grant", "--username", person.username, "--tenant", elsewhere.slug, "--role", "VIEWER")
        answer = system.client(source=person.source).post(
            "/auth/token", {"username": person.username, "password": PASSWORD, "tenant": elsewhere.slug})
        pair = person.prove(answer.json()["otp_ticket"], otp=code(person.secret)).json()
        assert system.client(bearer=pair["access_token"]).read("/auth/me")["tenant"]["slug"] == elsewhere.slug

    @pytest.mark.parametrize("change", [
        "UPDATE otp_ticket SET created_at = otp_ticket.created_at - interval '1 hour', expires_at = now() - interval '1 second' "
        "FROM app_user WHERE app_user.user_id = otp_ticket.user_id AND username = '{name}'",
        "UPDATE app_user SET password_hash = password_hash WHERE username = '{name}'",
        "UPDATE app_user SET disabled_at = now() WHERE username = '{name}'",
    ], ids=["five minutes", "another password", "disabled"])
    def test_what_ends_a_ticket(self, system, person, change):
        ticket = person.ticket()
        system.psql("camet_global", change.format(name=person.username))
        check_problem(person.prove(ticket, otp=code(person.secret)), 401, "invalid_code")
        system.psql("camet_global", f"UPDATE app_user SET disabled_at = NULL WHERE username = '{person.username}'")
        assert person.prove(person.ticket(), otp=code(person.secret)).status_code == 200

    def test_a_ticket_is_stored_as_a_hash(self, system, person):
        ticket = person.ticket()
        stored = system.psql("camet_global", "SELECT otp_ticket::text FROM otp_ticket")
        assert stored and ticket not in stored and ticket.encode().hex() not in stored

    def test_a_ticket_outlives_the_gateway_that_gave_it(self, own_system):
        person = Person(own_system, own_system.make_tenant("kept"), "VIEWER", "kept-person", "127.0.0.1")
        ticket = person.ticket()
        own_system.stop()
        own_system.start()
        assert person.prove(ticket, otp=code(person.secret)).status_code == 200


class TestRaces:
    """Many at once: one wins."""

    @staticmethod
    def together(asks) -> list:
        with ThreadPoolExecutor(len(asks)) as pool:
            return [done.result() for done in [pool.submit(ask) for ask in asks]]

    def test_fifty_uses_of_one_code_with_one_ticket(self, person):
        ticket, once = person.ticket(), code(person.secret)
        answers = self.together([lambda: person.prove(ticket, otp=once)] * 50)
        assert sorted({answer.status_code for answer in answers}) in ([200, 401], [200, 401, 429])
        assert [answer.status_code for answer in answers].count(200) == 1

    def test_fifty_uses_of_one_code_with_tickets_of_their_own(self, person):
        tickets, once = [person.ticket() for _ in range(50)], code(person.secret)
        answers = self.together([lambda ticket=ticket: person.prove(ticket, otp=once) for ticket in tickets])
        assert [answer.status_code for answer in answers].count(200) == 1
        assert {answer.status_code for answer in answers} <= {200, 401, 429}

    def test_fifty_uses_of_one_recovery_code(self, system, person):
        tickets, once = [person.ticket() for _ in range(50)], person.recovery_codes[3]
        answers = self.together([
            lambda ticket=ticket: person.prove(ticket, recovery_code=once) for ticket in tickets])
        assert [answer.status_code for answer in answers].count(200) == 1
        assert audited(system, person.username).count("recovery_code.used") == 1

    def test_fifty_guesses_with_one_ticket_are_five(self, system, person):
        ticket, wrong = person.ticket(), person.wrong_code()
        answers = self.together([lambda: person.prove(ticket, otp=wrong)] * 50)
        assert {answer.status_code for answer in answers} <= {401, 429}
        assert failures(system, person.username).count("wrong_otp") <= 5

    def test_renewing_recovery_codes_at_once_leaves_ten(self, system, person):
        self.together([lambda: person.client.post("/auth/2fa/recovery-codes", {"password": PASSWORD})] * 8)
        left = system.psql("camet_global", (
            f"SELECT count(*) FROM recovery_code JOIN app_user USING (user_id) WHERE username = '{person.username}'"))
        assert left == "10"


class TestRecoveryCodes:
    def test_each_signs_in_once_however_it_is_typed(self, system, person):
        for spelling in (str, str.upper, lambda text: text.replace("-", " "), lambda text: text.replace("-", "")):
            text = person.recovery_codes.pop()
            assert person.prove(person.ticket(), recovery_code=spelling(text)).status_code == 200
            check_problem(person.prove(person.ticket(), recovery_code=text), 401, "invalid_code")
        assert audited(system, person.username).count("recovery_code.used") == 4

    def test_new_ones_void_the_old_ones(self, system, person):
        answer = person.client.post("/auth/2fa/recovery-codes", {"password": PASSWORD})
        assert answer.status_code == 200
        codes = answer.json()["recovery_codes"]
        assert len(set(codes)) == 10 and not set(codes) & set(person.recovery_codes)
        check_problem(person.prove(person.ticket(), recovery_code=person.recovery_codes[0]), 401, "invalid_code")
        assert person.prove(person.ticket(), recovery_code=codes[0]).status_code == 200
        assert "recovery_codes.renewed" in audited(system, person.username)

    def test_there_are_none_without_a_second_factor(self, plain):
        client, _ = plain
        check_problem(client.post("/auth/2fa/recovery-codes", {"password": PASSWORD}), 409, "conflict")


class TestDisabling:
    def test_afterwards_the_password_is_enough(self, system, person):
        assert person.client.post("/auth/2fa/disable", {"password": PASSWORD}).status_code == 204
        assert person.client.read("/auth/me")["user"]["two_factor"] is False
        assert sign_in(system, person.username, source=person.source)["access_token"]
        assert audited(system, person.username)[-1] == "second_factor.disabled"

    def test_tickets_and_recovery_codes_end(self, person):
        ticket = person.ticket()
        person.client.post("/auth/2fa/disable", {"password": PASSWORD})
        check_problem(person.prove(ticket, recovery_code=person.recovery_codes[0]), 401, "invalid_code")
        old = person.recovery_codes
        person.enrol()
        check_problem(person.prove(person.ticket(), recovery_code=old[0]), 401, "invalid_code")
        assert person.prove(person.ticket(), recovery_code=person.recovery_codes[0]).status_code == 200


class TestReset:
    """Who takes away the second factor of somebody who has lost it."""

    @staticmethod
    def path(person) -> str:
        return f"/api/v1/users/{person.client.read('/auth/me')['user']['user_id']}/second-factor"

    @pytest.mark.parametrize("who", ["ADMIN", "SUPER_ADMIN"])
    def test_an_administrator_does_and_the_sign_ins_end(self, system, company, person, who):
        path = self.path(person)
        pair = person.prove(person.ticket(), otp=code(person.secret)).json()
        signed_in = system.client(bearer=pair["access_token"])
        assert signed_in.get("/auth/me").status_code == 200
        assert company.client(who).delete(path).status_code == 204
        assert eventually(lambda: signed_in.get("/auth/me").status_code == 401, 25)
        assert eventually(lambda: person.client.get("/auth/me").status_code == 401, 25)
        renewed = system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]})
        assert renewed.status_code == 401
        assert sign_in(system, person.username, source=person.source)["access_token"]
        assert audited(system, person.username)[-1] == "second_factor.reset"
        check_problem(company.client(who).delete(path), 404, "not_found")

    def test_nobody_else_does(self, system, company, north, person):
        path = self.path(person)
        for who in ("MANAGER", "OPERATOR", "VIEWER", "key:write", "key:read"):
            check_problem(company.client(who).delete(path), 403, "forbidden")
        check_problem(system.client().delete(path), 401, "unauthorized")
        # Of another company: as if there were no such user.
        given = {"X-Request-Id": "the-same-for-all"}
        foreign = north.client("ADMIN").delete(path, headers=given)
        check_problem(foreign, 404, "not_found")
        unknown = north.client("ADMIN").delete("/api/v1/users/2147483647/second-factor", headers=given)
        assert foreign.content == unknown.content
        assert person.client.read("/auth/me")["user"]["two_factor"] is True
        assert company.client("ADMIN").delete(path).status_code == 204

    def test_one_who_is_also_somebody_elses_is_for_a_super_admin(self, system, company, north, person):
        path = self.path(person)
        system.camet("user", "grant", "--username", person.username, "--tenant", north.slug, "--role", "VIEWER")
        for tenant in (company, north):
            check_problem(tenant.client("ADMIN").delete(path), 403, "forbidden")
        assert company.client("SUPER_ADMIN").delete(path).status_code == 204

    def test_nobody_resets_those_above_himself(self, system, company):
        above = Person(system, company, "SUPER_ADMIN", "factor-above", "127.0.3.3")
        path = self.path(above)
        check_problem(company.client("ADMIN").delete(path), 403, "forbidden")
        assert company.client("SUPER_ADMIN").delete(path).status_code == 204

    def test_ones_own_goes_by_the_password(self, system, company):
        admin = Person(system, company, "ADMIN", "factor-own", "127.0.3.4")
        check_problem(admin.client.delete(self.path(admin)), 403, "reauth_required")
        assert admin.client.post("/auth/2fa/disable", {"password": PASSWORD}).status_code == 204

    def test_the_operator_of_the_machine_does(self, system, person):
        answer = system.camet("user", "reset-second-factor", "--username", person.username.upper())
        assert answer["username"] == person.username and answer["sessions_ended"] >= 1
        assert eventually(lambda: person.client.get("/auth/me").status_code == 401, 25)
        assert sign_in(system, person.username, source=person.source)["access_token"]
        assert audited(system, person.username)[-1] == "second_factor.reset"
        with pytest.raises(AssertionError, match="has no second factor"):
            system.camet("user", "reset-second-factor", "--username", person.username)
        with pytest.raises(AssertionError, match="there is no user"):
            system.camet("user", "reset-second-factor", "--username", "nobody-of-that-name")


class TestRequired:
    SETTING = "/api/v1/settings/sign_in.two_factor_roles"

    @pytest.fixture
    def strict(self, system):
        """A company that asks its operators for a second factor."""
        tenant = system.make_tenant(f"strict-{next(numbers)}")
        assert tenant.client("OPERATOR").get("/api/v1/plants").status_code == 200
        answer = tenant.client("ADMIN").put(self.SETTING, {"value": ["OPERATOR"]})
        assert answer.status_code == 200, answer.text
        return tenant

    def test_whoever_has_none_may_only_enrol(self, system, strict):
        client = strict.client("OPERATOR")
        assert eventually(lambda: client.get("/api/v1/plants").status_code == 403, 25)
        for method, path in (("GET", "/api/v1/plants"), ("GET", "/api/v1/stream"), ("POST", "/api/v1/downtimes"),
                             ("POST", "/auth/switch"), ("GET", "/api/v1/settings")):
            check_problem(client.send(method, path, json={} if method == "POST" else None), 403,
                          "two_factor_required")
        assert client.read("/auth/me")["user"]["two_factor"] is False
        # Also with a token of now.
        client = system.client(bearer=sign_in(system, strict.user("OPERATOR"))["access_token"])
        check_problem(client.get("/api/v1/plants"), 403, "two_factor_required")
        # Roles that are not named go on, and so do keys.
        for who in ("ADMIN", "MANAGER", "VIEWER", "SUPER_ADMIN", "key:read"):
            assert strict.client(who).get("/api/v1/plants").status_code == 200, who
        secret = client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
        check_problem(client.get("/api/v1/plants"), 403, "two_factor_required")
        assert client.post("/auth/2fa/confirm", {"otp": code(secret)}).status_code == 200
        # At once, with the same token.
        assert client.get("/api/v1/plants").status_code == 200
        assert client.post("/auth/2fa/disable", {"password": PASSWORD}).status_code == 204
        assert eventually(lambda: client.get("/api/v1/plants").status_code == 403, 25)
        assert client.send("POST", "/auth/logout").status_code == 204

    def test_what_it_was_set_to_is_read_and_taken_back(self, system, strict):
        admin, operator = strict.client("ADMIN"), strict.client("OPERATOR")
        item = {"key": "sign_in.two_factor_roles", "value": ["OPERATOR"]}
        answer = admin.get(self.SETTING)
        assert answer.json() == item and item in admin.read("/api/v1/settings")["items"]
        check_problem(admin.put(self.SETTING, {"value": []}, headers={"If-Match": '"other"'}), 412,
                      "precondition_failed")
        assert admin.put(self.SETTING, {"value": []}, headers={"If-Match": answer.headers["ETag"]}).status_code == 200
        assert eventually(lambda: operator.get("/api/v1/plants").status_code == 200, 25)
        audited = system.psql("camet_global", (
            "SELECT action, object FROM audit_log JOIN tenant USING (tenant_id) "
            f"WHERE slug = '{strict.slug}' AND action = 'setting.changed'"))
        assert audited.splitlines() == ["setting.changed|sign_in.two_factor_roles"] * 2

    @pytest.mark.parametrize("value", [None, "ADMIN", [1], ["admin"], ["ADMIN", "ADMIN"], ["NOBODY"], {}])
    def test_what_is_no_list_of_roles_is_refused(self, company, value):
        admin = company.client("ADMIN")
        check_problem(admin.put(self.SETTING, {"value": value}), 422, "invalid")
        assert admin.read(self.SETTING)["value"] == []

    def test_only_administrators_change_it(self, company):
        for who in ("MANAGER", "OPERATOR", "VIEWER", "key:write"):
            check_problem(company.client(who).put(self.SETTING, {"value": []}), 403, "forbidden")
        assert company.client("ADMIN").put(self.SETTING, {"value": []}).status_code == 200
