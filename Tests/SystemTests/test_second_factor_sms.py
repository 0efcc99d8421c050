"""The second factor by message, through a gateway that really is asked over HTTP."""

import re
from itertools import count

import pytest

from one_time_codes import code, early_in_a_step
from page_visitor import PageVisitor
from running_system import PASSWORD, RunningSystem, check_problem, sign_in
from sms_gateway import SMSGateway

TOKEN = "the-token-of-the-sms-gateway"
numbers = count(1)


@pytest.fixture(scope="module")
def gateway():
    with SMSGateway.running() as made:
        yield made


@pytest.fixture
def messages(gateway):
    """The gateway in its usual state, before and after the test."""
    gateway.status = 202
    yield gateway
    gateway.status = 202
    gateway.answers.set()


@pytest.fixture(scope="module")
def sending(gateway, tmp_path_factory):
    """A system that sends messages; a module of its own has all of its settings."""
    token = tmp_path_factory.mktemp("sms") / "token"
    token.touch(0o600)
    token.write_text(TOKEN + "\n")
    with RunningSystem.running({
        "CAMET_SMS_URL": gateway.url, "CAMET_SMS_TOKEN_FILE": str(token), "CAMET_SMS_TIMEOUT_SECONDS": "5",
        "CAMET_SMS_PER_HOUR": "3",
    }) as made:
        yield made


@pytest.fixture(scope="module")
def company(sending):
    return sending.make_tenant("messaged")


class Telephone:
    """A user with a telephone, from an address of his own."""

    def __init__(self, system, tenant, gateway):
        number = next(numbers)
        self.system, self.gateway = system, gateway
        self.username = tenant.make_user("VIEWER", f"messaged-{number}")
        self.source = f"127.0.4.{number}"
        self.phone = f"+54911555500{number:02}"
        self.client = system.client(bearer=sign_in(system, self.username)["access_token"], source=self.source)

    def enrol(self, phone: str | None = None):
        return self.client.post("/auth/2fa/sms/enroll", {"password": PASSWORD, "phone": phone or self.phone})

    def confirm(self, text: str):
        return self.client.post("/auth/2fa/sms/confirm", {"otp": text})

    def challenge(self) -> dict:
        answer = self.system.client(source=self.source).post(
            "/auth/token", {"username": self.username, "password": PASSWORD})
        return check_problem(answer, 401, "otp_required")

    def ask(self, ticket: str):
        return self.system.client(source=self.source).post("/auth/token/sms", {"otp_ticket": ticket})

    def prove(self, ticket: str, **proof):
        return self.system.client(source=self.source).post("/auth/token/otp", {"otp_ticket": ticket} | proof)


@pytest.fixture
def telephone(sending, company, messages):
    return Telephone(sending, company, messages)


@pytest.fixture
def enrolled(telephone):
    assert telephone.enrol().status_code == 204
    answer = telephone.confirm(telephone.gateway.code(telephone.phone))
    assert answer.status_code == 200 and len(answer.json()["recovery_codes"]) == 10
    return telephone


def other_than(text: str) -> str:
    return "000000" if text != "000000" else "000001"


def test_a_telephone_is_enrolled_when_its_code_comes_back(sending, telephone):
    assert telephone.enrol("+54 9 11 5555-00" + telephone.phone[-2:]).status_code == 204
    sent = telephone.gateway.requests[-1]
    assert (sent["path"], sent["to"]) == ("/messages", telephone.phone)
    assert sent["headers"]["Authorization"] == f"Bearer {TOKEN}"
    assert sent["headers"]["Content-Type"] == "application/json"
    text = telephone.gateway.code(telephone.phone)
    assert telephone.client.read("/auth/me")["user"]["two_factor"] is False
    check_problem(telephone.confirm(other_than(text)), 422, "invalid")
    assert telephone.confirm(text).status_code == 200
    assert telephone.client.read("/auth/me")["user"]["two_factor"] is True
    check_problem(telephone.confirm(text), 409, "conflict")


def test_a_code_that_is_sent_signs_in_once(enrolled):
    challenge = enrolled.challenge()
    assert challenge["methods"] == ["sms"]
    ticket = challenge["otp_ticket"]
    assert enrolled.ask(ticket).status_code == 204
    text = enrolled.gateway.code(enrolled.phone)
    # Only for the sign-in it was sent for.
    other = enrolled.challenge()["otp_ticket"]
    check_problem(enrolled.prove(other, otp=text), 401, "invalid_code")
    check_problem(enrolled.prove(ticket, otp=other_than(text)), 401, "invalid_code")
    assert enrolled.prove(ticket, otp=text).status_code == 200
    check_problem(enrolled.prove(ticket, otp=text), 401, "invalid_code")


def test_another_code_voids_the_one_before(enrolled):
    ticket = enrolled.challenge()["otp_ticket"]
    assert enrolled.ask(ticket).status_code == 204
    first = enrolled.gateway.code(enrolled.phone)
    assert enrolled.ask(ticket).status_code == 204
    second = enrolled.gateway.code(enrolled.phone)
    if first != second:
        check_problem(enrolled.prove(ticket, otp=first), 401, "invalid_code")
    assert enrolled.prove(ticket, otp=second).status_code == 200


def test_either_method_signs_in_where_there_are_both(enrolled):
    early_in_a_step()
    secret = enrolled.client.post("/auth/2fa/enroll", {"password": PASSWORD}).json()["secret"]
    assert enrolled.client.post("/auth/2fa/confirm", {"otp": code(secret, 1)}).status_code == 200
    challenge = enrolled.challenge()
    assert challenge["methods"] == ["totp", "sms"]
    assert enrolled.prove(challenge["otp_ticket"], otp=code(secret)).status_code == 200
    ticket = enrolled.challenge()["otp_ticket"]
    assert enrolled.ask(ticket).status_code == 204
    assert enrolled.prove(ticket, otp=enrolled.gateway.code(enrolled.phone)).status_code == 200


def test_five_guesses_end_a_ticket(enrolled):
    ticket = enrolled.challenge()["otp_ticket"]
    assert enrolled.ask(ticket).status_code == 204
    text = enrolled.gateway.code(enrolled.phone)
    for _ in range(5):
        check_problem(enrolled.prove(ticket, otp=other_than(text)), 401, "invalid_code")
    check_problem(enrolled.prove(ticket, otp=text), 401, "invalid_code")


def test_a_ticket_that_is_none_sends_nothing(enrolled):
    sent = len(enrolled.gateway.requests)
    check_problem(enrolled.ask("no-ticket"), 401, "invalid_code")
    check_problem(enrolled.ask(""), 401, "invalid_code")
    assert len(enrolled.gateway.requests) == sent
    assert enrolled.ask(enrolled.challenge()["otp_ticket"]).status_code == 204


def test_the_fourth_message_of_an_hour_is_refused(sending, company, messages, enrolled):
    for _ in range(2):
        assert enrolled.ask(enrolled.challenge()["otp_ticket"]).status_code == 204
    sent = len(messages.requests)
    answer = enrolled.ask(enrolled.challenge()["otp_ticket"])
    check_problem(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 3_600
    # Of the user: another telephone does not help. Of the telephone: nor does another user.
    check_problem(enrolled.enrol("+5491155550099"), 429, "rate_limited")
    other = Telephone(sending, company, messages)
    check_problem(other.enrol(enrolled.phone), 429, "rate_limited")
    assert len(messages.requests) == sent
    assert other.enrol().status_code == 204


@pytest.mark.parametrize("phone", [
    None, "", "5491155550001", "+0123456789", "+54911x", "+123456", "+12345678901234567", "+5491155550001\nBcc: x", 5])
def test_what_is_no_telephone_is_told(telephone, phone):
    sent = len(telephone.gateway.requests)
    problem = check_problem(
        telephone.client.post("/auth/2fa/sms/enroll", {"password": PASSWORD, "phone": phone}), 422, "invalid")
    assert [error["param"] for error in problem["errors"]] == ["phone"]
    assert len(telephone.gateway.requests) == sent


def test_it_needs_the_password(telephone):
    sent = len(telephone.gateway.requests)
    for body in ({"phone": telephone.phone}, {"phone": telephone.phone, "password": "wrong"}):
        check_problem(telephone.client.post("/auth/2fa/sms/enroll", body), 403, "reauth_required")
    assert len(telephone.gateway.requests) == sent
    assert telephone.enrol().status_code == 204


@pytest.mark.parametrize("status", [400, 401, 302, 307, 500])
def test_a_gateway_that_refuses_is_told_and_not_followed(telephone, status):
    telephone.gateway.status = status
    answer = telephone.enrol()
    check_problem(answer, 503, "sms_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert telephone.gateway.requests[-1]["path"] == "/messages"
    telephone.gateway.status = 200
    assert telephone.enrol().status_code == 204


def test_a_gateway_that_hangs_is_given_up(telephone):
    telephone.gateway.answers.clear()
    check_problem(telephone.enrol(), 503, "sms_unavailable")
    telephone.gateway.answers.set()
    assert telephone.enrol().status_code == 204


def test_numbers_and_the_token_are_nowhere_in_the_clear(sending, enrolled):
    ticket = enrolled.challenge()["otp_ticket"]
    assert enrolled.ask(ticket).status_code == 204
    enrolled.gateway.status = 500
    enrolled.ask(ticket)
    logs = "".join(path.read_text(errors="replace") for path in (sending.folder / "log").iterdir())
    assert "the SMS gateway refused a message" in logs
    stored = sending.psql("camet_global", (
        "SELECT second_factor::text FROM second_factor UNION ALL SELECT second_factor_enrolment::text "
        "FROM second_factor_enrolment UNION ALL SELECT otp_ticket::text FROM otp_ticket"))
    assert stored
    for secret in (enrolled.phone, enrolled.phone.removeprefix("+"), TOKEN):
        assert secret not in logs and secret not in stored and secret.encode().hex() not in stored


def test_the_page_sends_one_and_signs_in_with_it(sending, enrolled):
    visitor = PageVisitor(sending.base, language="es", source=enrolled.source)
    answer = visitor.sign_in(enrolled.username)
    assert answer.status_code == 200 and 'id="send-message"' in answer.text
    hidden = dict(re.findall(r'name="(csrf_token|otp_ticket)" value="([^"]+)"', answer.text))
    answer = visitor.send("POST", "/login", data=hidden | {"send": "sms"})
    assert answer.status_code == 200 and "Enviamos un código" in answer.text
    assert "su código es" in enrolled.gateway.requests[-1]["text"]
    assert not [cookie for cookie in visitor.session.cookies if cookie.name == "camet_session"]
    text = enrolled.gateway.code(enrolled.phone)
    answer = visitor.send("POST", "/login", data=hidden | {"otp": other_than(text)})
    assert answer.status_code == 401 and 'id="send-message"' in answer.text
    assert visitor.send("POST", "/login", data=hidden | {"otp": text}).status_code == 303
    assert visitor.get("/account").status_code == 200


def test_a_telephone_is_enrolled_on_the_account_page(sending, telephone):
    visitor = PageVisitor(sending.base, source=telephone.source)
    assert visitor.sign_in(telephone.username).status_code == 303
    page = visitor.get("/account").text
    token = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1]}
    path = "/account/second-factor/phone"
    answer = visitor.send("POST", path, data=token | {"phone": "12", "password": PASSWORD})
    assert answer.status_code == 422 and "con + y el código de país" in answer.text
    answer = visitor.send("POST", path, data=token | {"phone": telephone.phone, "password": PASSWORD})
    assert answer.status_code == 303
    assert 'id="form-phone-confirm"' in visitor.get("/account").text
    text = telephone.gateway.code(telephone.phone)
    assert visitor.send("POST", f"{path}-confirm", data=token | {"otp": other_than(text)}).status_code == 422
    answer = visitor.send("POST", f"{path}-confirm", data=token | {"otp": text})
    assert answer.status_code == 200 and answer.text.count("<li><code>") == 10
    assert telephone.client.read("/auth/me")["user"]["two_factor"] is True


def test_there_is_nothing_of_it_without_a_gateway(system, north):
    client = north.client("VIEWER")
    for path in ("/auth/2fa/sms/enroll", "/auth/2fa/sms/confirm", "/auth/token/sms"):
        check_problem(client.post(path, {}), 404, "not_found")
    assert client.post("/auth/2fa/enroll", {}).status_code == 403
    visitor = PageVisitor(system.base)
    visitor.sign_in(north.user("VIEWER"))
    assert "/account/second-factor/phone" not in visitor.get("/account").text


def test_a_wrong_setting_stops_the_start_with_one_message(own_system, tmp_path):
    own_system.stop()
    open_to_all = tmp_path / "token"
    open_to_all.write_text("token")
    open_to_all.chmod(0o644)
    right = {"CAMET_SMS_URL": "https://sms.example.com/send"}
    for settings, name in [
        ({"CAMET_SMS_URL": "sms.example.com"}, "CAMET_SMS_URL"),
        ({"CAMET_SMS_URL": "http://sms.example.com/send"}, "CAMET_SMS_URL"),
        ({"CAMET_SMS_URL": "https://user:pass@sms.example.com/"}, "CAMET_SMS_URL"),
        ({"CAMET_SMS_URL": "file:///etc/passwd"}, "CAMET_SMS_URL"),
        (right | {"CAMET_SMS_TOKEN_FILE": str(tmp_path / "missing")}, "CAMET_SMS_TOKEN_FILE"),
        (right | {"CAMET_SMS_TOKEN_FILE": str(open_to_all)}, "CAMET_SMS_TOKEN_FILE"),
        (right | {"CAMET_SMS_PER_HOUR": "0"}, "CAMET_SMS_PER_HOUR"),
    ]:
        before = dict(own_system.environment)
        own_system.environment |= settings
        with pytest.raises(AssertionError, match=name):
            own_system.start()
        own_system.stop()
        own_system.environment = before
    own_system.environment |= right
    own_system.start()
    assert own_system.client().get("/healthz").status_code == 200
