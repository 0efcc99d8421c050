"""Codes as an application on a telephone makes them (RFC 6238), and people who have one."""

import base64
import hmac
import time
from urllib.parse import parse_qs, unquote, urlsplit

from running_system import PASSWORD, eventually, sign_in

STEP = 30


def code(secret: str, steps_back: int = 0, at: float | None = None) -> str:
    """The code of the current step, or of one before it."""
    step = int(time.time() if at is None else at) // STEP - steps_back
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF:06}"[-6:]


def early_in_a_step(seconds_needed: float = 5) -> None:
    """Returns when the current step lasts long enough to use the code of the one before it."""
    assert eventually(lambda: STEP - time.time() % STEP > seconds_needed, 2 * seconds_needed)


def secret_of(address: str) -> tuple[str, str]:
    """Account and seed of what a QR code says."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    fields = parse_qs(parts.query)
    assert fields["algorithm"] == ["SHA1"] and fields["digits"] == ["6"] and fields["period"] == ["30"]
    issuer, account = unquote(parts.path.removeprefix("/")).split(":", 1)
    assert fields["issuer"] == [issuer] == ["Camet Analytics"]
    return account, fields["secret"][0]


class Person:
    """A user of a tenant who has enrolled a second factor, confirmed with the code of the step before the current one."""

    def __init__(self, system, tenant, role: str, username: str, source: str):
        self.system = system
        self.source = source
        self.username = tenant.make_user(role, username)
        self.client = system.client(bearer=sign_in(system, username)["access_token"], source=source)
        self.secret = ""
        self.recovery_codes: list[str] = []
        self.enrol()

    def enrol(self) -> None:
        early_in_a_step()
        enrolled = self.client.post("/auth/2fa/enroll", {"password": PASSWORD})
        assert enrolled.status_code == 200, enrolled.text
        self.secret = enrolled.json()["secret"]
        assert secret_of(enrolled.json()["otpauth_uri"]) == (self.username, self.secret)
        confirmed = self.client.post("/auth/2fa/confirm", {"otp": code(self.secret, 1)})
        assert confirmed.status_code == 200, confirmed.text
        self.recovery_codes = confirmed.json()["recovery_codes"]

    def wrong_code(self) -> str:
        """One that is of none of the steps around now."""
        near = {code(self.secret, back) for back in range(-2, 5)}
        return next(f"{number:06}" for number in range(1_000_000) if f"{number:06}" not in near)

    def ticket(self, source: str | None = None) -> str:
        answer = self.system.client(source=source or self.source).post(
            "/auth/token", {"username": self.username, "password": PASSWORD})
        assert answer.status_code == 401 and answer.json()["code"] == "otp_required", answer.text
        return answer.json()["otp_ticket"]

    def prove(self, ticket: str, source: str | None = None, **proof):
        return self.system.client(source=source or self.source).post(
            "/auth/token/otp", {"otp_ticket": ticket} | proof)
