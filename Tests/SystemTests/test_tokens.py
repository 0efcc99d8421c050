"""Access tokens that were tampered with, by the classes of RFC 8725: one identical 401 for all of them."""

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import time

import pytest

from database_session import DatabaseSession
from running_system import RunningSystem, check_problem, sign_in


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Forge:
    """Makes tokens with the server's own key, so that nothing but the change under test is wrong."""

    def __init__(self, system, folder, token: str):
        self.key = system.folder / "secrets/jwt-signing.pem"
        self.folder = folder
        self.token = token
        self.header, self.claims = (decoded(part) for part in token.split(".")[:2])

    def sign(self, head: str) -> str:
        text = self.folder / "text"
        text.write_text(head)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", text], check=True, capture_output=True)
        return f"{head}.{encoded(done.stdout)}"

    def raw(self, header: str, claims: str) -> str:
        return self.sign(f"{encoded(header.encode())}.{encoded(claims.encode())}")

    def make(self, header: dict | None = None, claims: dict | None = None, without: str = "",
             header_without: str = "") -> str:
        changed, head = self.claims | (claims or {}), self.header | (header or {})
        changed.pop(without, None)
        head.pop(header_without, None)
        return self.raw(json.dumps(head), json.dumps(changed))

    @property
    def now(self) -> int:
        """When the token was given."""
        return self.claims["iat"]

    @property
    def public_key(self) -> bytes:
        return subprocess.run(
            ["openssl", "pkey", "-in", self.key, "-pubout"], check=True, capture_output=True).stdout

    def with_claim(self, name: str, text: str) -> str:
        """A token in which a claim is written so, whatever JSON libraries would make of it."""
        members = [f"{json.dumps(key)}: {text if key == name else json.dumps(value)}"
                   for key, value in self.claims.items()]
        return self.raw(json.dumps(self.header), "{" + ", ".join(members) + "}")


@pytest.fixture(scope="module")
def forge(system, north, tmp_path_factory):
    token = sign_in(system, north.user("VIEWER"))["access_token"]
    return Forge(system, tmp_path_factory.mktemp("forge"), token)


def without_signature(forge):
    header = encoded(json.dumps(forge.header | {"alg": "none"}).encode())
    return f"{header}.{forge.token.split('.')[1]}."


def signed_with_the_public_key(form: str):
    """HS256 with what everybody knows as the secret, in the forms it has."""
    def make(forge):
        pem = forge.public_key
        der = base64.b64decode("".join(pem.decode().split("\n")[1:-2]))
        raw = der[-32:]
        secret = {"PEM": pem, "PEM without its end": pem.strip(), "DER": der, "raw": raw,
                  "base64url": encoded(raw).encode()}[form]
        head = f"{encoded(json.dumps(forge.header | {'alg': 'HS256'}).encode())}.{forge.token.split('.')[1]}"
        return f"{head}.{encoded(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"
    return make


def signed_with_an_embedded_key(forge):
    """Signed by a key that the token itself brings."""
    key = forge.folder / "embedded.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    own, forge.key = forge.key, key
    try:
        der = base64.b64decode("".join(forge.public_key.decode().split("\n")[1:-2]))
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(der[-32:])}
        return forge.make(header={"jwk": jwk})
    finally:
        forge.key = own


def with_signature(change):
    """The signature's bytes, changed."""
    def make(forge):
        head, signature = forge.token.rsplit(".", 1)
        return f"{head}.{encoded(change(base64.urlsafe_b64decode(signature + '==')))}"
    return make


def standard_alphabet(forge):
    """A good token whose signature has one of the two letters in which the alphabets of base64 differ, in the other one."""
    number = 0
    while True:
        token = forge.make(claims={"jti": f"letters-{number}"})
        head, signature = token.rsplit(".", 1)
        if "-" in signature or "_" in signature:
            return f"{head}.{signature.replace('-', '+').replace('_', '/')}"
        number += 1


def signed_with_another_key(forge):
    key = forge.folder / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    own, forge.key = forge.key, key
    try:
        return forge.make()
    finally:
        forge.key = own


def duplicated_claim(forge):
    claims = json.dumps(forge.claims)
    return forge.raw(json.dumps(forge.header), claims[:-1] + ', "role": "ADMIN"}')


def duplicated_header(forge):
    header = json.dumps(forge.header)
    return forge.raw(header[:-1] + ', "alg": "EdDSA"}', json.dumps(forge.claims))


def other_role_under_the_old_signature(forge):
    header, _, signature = forge.token.split(".")
    return f"{header}.{encoded(json.dumps(forge.claims | {'role': 'ADMIN'}).encode())}.{signature}"


def last_bits_of_the_signature(forge):
    """The last character of a 64-byte signature carries four bits that mean nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return forge.token[:-1] + letters[letters.index(forge.token[-1]) ^ 1]


MUTATIONS = {
    "alg none": without_signature,
    "alg none, signature kept": lambda forge: forge.make(header={"alg": "none"}),
    "another key": signed_with_another_key,
    "typ of an identity token": lambda forge: forge.make(header={"typ": "JWT"}),
    "unknown kid": lambda forge: forge.make(header={"kid": "another"}),
    "kid of a path": lambda forge: forge.make(header={"kid": "../../../../dev/null"}),
    "embedded jwk": lambda forge: forge.make(header={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}),
    "jku": lambda forge: forge.make(header={"jku": "http://127.0.0.1:1/keys"}),
    "signed with an embedded jwk": signed_with_an_embedded_key,
    "x5u": lambda forge: forge.make(header={"x5u": "http://127.0.0.1:1/chain"}),
    "x5c": lambda forge: forge.make(header={"x5c": ["AA"]}),
    "unknown crit": lambda forge: forge.make(header={"crit": ["exp"]}),
    "empty crit": lambda forge: forge.make(header={"crit": []}),
    "crit of an unknown name": lambda forge: forge.make(header={"crit": ["b64"], "b64": False}),
    "cty of a nested token": lambda forge: forge.make(header={"cty": "JWT"}),
    "zip": lambda forge: forge.make(header={"zip": "DEF"}),
    "no kid": lambda forge: forge.make(header_without="kid"),
    "no typ": lambda forge: forge.make(header_without="typ"),
    "no alg": lambda forge: forge.make(header_without="alg"),
    "kid as a number": lambda forge: forge.make(header={"kid": 1}),
    "kid as a list": lambda forge: forge.make(header={"kid": [forge.header["kid"]]}),
    "empty kid": lambda forge: forge.make(header={"kid": ""}),
    "kid with SQL": lambda forge: forge.make(header={"kid": forge.header["kid"] + "' OR '1'='1"}),
    "typ in capitals": lambda forge: forge.make(header={"typ": "AT+JWT"}),
    "typ with its whole name": lambda forge: forge.make(header={"typ": "application/at+jwt"}),
    "header of a list": lambda forge: forge.raw("[]", json.dumps(forge.claims)),
    "header of nothing": lambda forge: forge.raw("{}", json.dumps(forge.claims)),
    "claims of a list": lambda forge: forge.raw(json.dumps(forge.header), "[]"),
    "claims of null": lambda forge: forge.raw(json.dumps(forge.header), "null"),
    "claims that are no JSON": lambda forge: forge.raw(json.dumps(forge.header), "{" + json.dumps(forge.claims)),
    "something after the claims": lambda forge: forge.raw(json.dumps(forge.header), json.dumps(forge.claims) + "{}"),
    "one claim more": lambda forge: forge.make(claims={"admin": True}),
    "permissions": lambda forge: forge.make(claims={"permissions": ["export_data"]}),
    "wrong iss": lambda forge: forge.make(claims={"iss": "somebody"}),
    "wrong aud": lambda forge: forge.make(claims={"aud": "another-api"}),
    "list of aud": lambda forge: forge.make(claims={"aud": [forge.claims["aud"]]}),
    "list of aud with another": lambda forge: forge.make(claims={"aud": [forge.claims["aud"], "another-api"]}),
    "empty aud": lambda forge: forge.make(claims={"aud": ""}),
    "aud in capitals": lambda forge: forge.make(claims={"aud": forge.claims["aud"].upper()}),
    "list of iss": lambda forge: forge.make(claims={"iss": [forge.claims["iss"]]}),
    "iss with more behind": lambda forge: forge.make(claims={"iss": forge.claims["iss"] + ".example"}),
    "expired": lambda forge: forge.make(claims={"exp": forge.now - 1}),
    "exp as text": lambda forge: forge.make(claims={"exp": str(forge.now + 900)}),
    "exp with a fraction": lambda forge: forge.make(claims={"exp": forge.now + 600.5}),
    "exp with a fraction of nothing": lambda forge: forge.with_claim("exp", f"{forge.now + 600}.0"),
    "exp with an exponent": lambda forge: forge.with_claim("exp", f"{(forge.now + 600) / 1e9}e9"),
    "exp of null": lambda forge: forge.make(claims={"exp": None}),
    "exp of a list": lambda forge: forge.make(claims={"exp": [forge.claims["exp"]]}),
    "exp of true": lambda forge: forge.make(claims={"exp": True}),
    "negative exp": lambda forge: forge.make(claims={"exp": -forge.claims["exp"]}),
    "exp in a hundred years": lambda forge: forge.make(claims={"exp": forge.now + 36_525 * 86_400}),
    "exp beyond microseconds": lambda forge: forge.make(claims={"exp": 10**13}),
    "exp of 2^63 - 1": lambda forge: forge.make(claims={"exp": 2**63 - 1}),
    "exp of 2^63": lambda forge: forge.make(claims={"exp": 2**63}),
    "exp of 10^400": lambda forge: forge.make(claims={"exp": 10**400}),
    "exp of 1e400": lambda forge: forge.with_claim("exp", "1e400"),
    "exp of Infinity": lambda forge: forge.with_claim("exp", "Infinity"),
    "exp in milliseconds": lambda forge: forge.make(claims={"exp": forge.claims["exp"] * 1000}),
    "a second longer than we give": lambda forge: forge.make(claims={"exp": forge.claims["iat"] + 901}),
    "nbf ahead": lambda forge: forge.make(claims={"nbf": forge.now + 3600}),
    "nbf as text": lambda forge: forge.make(claims={"nbf": str(forge.now)}),
    "nbf with a fraction": lambda forge: forge.make(claims={"nbf": forge.now + 0.5}),
    "iat ahead": lambda forge: forge.make(claims={"iat": forge.now + 3600}),
    "iat as text": lambda forge: forge.make(claims={"iat": str(forge.now)}),
    "iat of -2^63": lambda forge: forge.make(claims={"iat": -2**63}),
    "role as a list": lambda forge: forge.make(claims={"role": ["VIEWER"]}),
    "role of null": lambda forge: forge.make(claims={"role": None}),
    "empty role": lambda forge: forge.make(claims={"role": ""}),
    "role with a blank": lambda forge: forge.make(claims={"role": "VIEWER "}),
    "tid as text": lambda forge: forge.make(claims={"tid": str(forge.claims["tid"])}),
    "tid with a fraction": lambda forge: forge.with_claim("tid", f"{forge.claims['tid']}.0"),
    "sub as a number": lambda forge: forge.make(claims={"sub": int(forge.claims["sub"])}),
    "sub of nobody": lambda forge: forge.make(claims={"sub": "0"}),
    "sub with a zero before": lambda forge: forge.make(claims={"sub": "0" + forge.claims["sub"]}),
    "sub beyond any": lambda forge: forge.make(claims={"sub": str(2**31)}),
    "tid beyond any": lambda forge: forge.make(claims={"tid": 2**31}),
    "negative tid": lambda forge: forge.make(claims={"tid": -forge.claims["tid"]}),
    "sid in capitals": lambda forge: forge.make(claims={"sid": forge.claims["sid"].upper()}),
    "sub with SQL": lambda forge: forge.make(claims={"sub": forge.claims["sub"] + " OR 1=1"}),
    "sid of null": lambda forge: forge.make(claims={"sid": None}),
    "jti as a number": lambda forge: forge.make(claims={"jti": 1}),
    "another role, signed": lambda forge: forge.make(claims={"role": "ADMIN"}),
    "lower-case role": lambda forge: forge.make(claims={"role": "viewer"}),
    "unknown role": lambda forge: forge.make(claims={"role": "ROOT"}),
    "another role, old signature": other_role_under_the_old_signature,
    "another tenant": lambda forge: forge.make(claims={"tid": forge.claims["tid"] + 1}),
    "another sid": lambda forge: forge.make(claims={"sid": "1"}),
    "duplicate claim": duplicated_claim,
    "duplicate header": duplicated_header,
    "the same claim twice, equal": lambda forge: forge.raw(
        json.dumps(forge.header), json.dumps(forge.claims)[:-1] + f', "sub": "{forge.claims["sub"]}"}}'),
    "a claim twice, once escaped": lambda forge: forge.raw(
        json.dumps(forge.header), json.dumps(forge.claims)[:-1] + ', "\\u0072ole": "ADMIN"}'),
    "padded": lambda forge: forge.token + "==",
    "padded with one": lambda forge: forge.token + "=",
    "a blank within": lambda forge: forge.token.replace(".", ". ", 1),
    "a blank before": lambda forge: " " + forge.token,
    "a tab behind the header": lambda forge: forge.token.replace(".", "\t.", 1),
    "percent signs": lambda forge: forge.token.replace(".", "%2E"),
    "in quotes": lambda forge: f'"{forge.token}"',
    "two tokens": lambda forge: f"{forge.token}, {forge.token}",
    "the other alphabet": standard_alphabet,
    "a letter more than whole bytes": lambda forge: forge.token + "AAA",
    "a byte more of signature": with_signature(lambda signature: signature + b"\0"),
    "a byte less of signature": with_signature(lambda signature: signature[:-1]),
    "a signature of zeros": with_signature(lambda signature: bytes(64)),
    "one bit of the signature": with_signature(lambda signature: bytes([signature[0] ^ 1]) + signature[1:]),
    "the other S": with_signature(lambda signature: signature[:32] + (
        int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    ).to_bytes(32, "little")),
    "no parts": lambda forge: "..",
    "an empty part": lambda forge: forge.token.replace(forge.token.split(".")[1], ""),
    "a dot behind": lambda forge: forge.token + ".",
    "a dot before": lambda forge: "." + forge.token,
    "five parts, as encrypted ones have": lambda forge: forge.token + ".AA.AA",
    "JSON in place of it": lambda forge: json.dumps({
        "payload": forge.token.split(".")[1],
        "signatures": [{"protected": forge.token.split(".")[0], "signature": forge.token.split(".")[2]}]}),
    "longer than any": lambda forge: forge.make(claims={"jti": "x" * 2_000}),
    "padding in the middle": lambda forge: forge.token.replace(".", "=.", 1),
    "meaningless bits": last_bits_of_the_signature,
    "no signature": lambda forge: forge.token.rsplit(".", 1)[0],
    "a fourth part": lambda forge: forge.token + ".AA",
    "not a token": lambda forge: "abc",
} | {
    f"without {claim}": (lambda claim: lambda forge: forge.make(without=claim))(claim)
    for claim in ("iss", "aud", "sub", "tid", "role", "sid", "iat", "nbf", "exp", "jti")
} | {
    f"alg {algorithm}": (lambda algorithm: lambda forge: forge.make(header={"alg": algorithm}))(algorithm)
    for algorithm in ("None", "NONE", "nOnE", "", "eddsa", "EDDSA", "Ed25519", "ES256", "RS256", "HS256", "PS512", None)
} | {
    f"HS256 with the public key as {form}": signed_with_the_public_key(form)
    for form in ("PEM", "PEM without its end", "DER", "raw", "base64url")
}
# What is signed with our key and rightly formed, but stands for nobody: only the database knows.
ASKED_OF_THE_DATABASE = {"another role, signed", "another tenant"}


def test_a_token_the_forge_signed_unchanged_is_good(system, forge):
    assert system.client(bearer=forge.make()).get("/auth/me").status_code == 200


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_may_begin_a_minute_ahead_and_no_more(system, forge, claim):
    """What clocks differ by. Each with the time it was given at, as its end may not be further from that."""
    now = int(time.time())
    for ahead, status in ((50, 200), (75, 401)):
        token = forge.make(claims={claim: now + ahead, "jti": f"{claim} {ahead}"})
        assert system.client(bearer=token).get("/auth/me").status_code == status, ahead


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_token_is_refused_like_none(system, forge, name):
    given = {"X-Request-Id": "the-same-for-all"}
    anonymous = system.client().get("/auth/me", headers=given)
    check_problem(anonymous, 401, "unauthorized")
    refused = system.client(bearer=MUTATIONS[name](forge)).get("/auth/me", headers=given)
    assert refused.status_code == 401, refused.text
    assert refused.content == anonymous.content
    assert refused.headers["WWW-Authenticate"] == anonymous.headers["WWW-Authenticate"] == "Bearer"


def test_no_changed_token_takes_the_database(system, forge):
    """While whoever asks the database about somebody waits, all are refused as ever."""
    given = {"X-Request-Id": "the-same-for-all"}
    anonymous = system.client().get("/auth/me", headers=given)
    tokens = {name: make(forge) for name, make in MUTATIONS.items() if name not in ASKED_OF_THE_DATABASE}
    good = forge.make(claims={"jti": "not asked about yet"})
    with DatabaseSession(system, "camet_global") as session:
        session.run("BEGIN; LOCK tenant, app_user, membership, api_key, session_family, page_session")
        for name, token in tokens.items():
            refused = system.client(bearer=token).get("/auth/me", headers=given)
            assert (refused.status_code, refused.content) == (401, anonymous.content), name
        # The control: one that is good has to be asked about.
        check_problem(system.client(bearer=good).get("/auth/me"), 503, "database_unavailable")
    assert system.client(bearer=good).get("/auth/me").status_code == 200


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk"])
def test_nothing_is_fetched_for_a_token(system, forge, member):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        value = {"kty": "OKP", "jku": place} if member == "jwk" else place
        for kid in (forge.header["kid"], "another", place):
            token = forge.make(header={member: value, "kid": kid})
            assert system.client(bearer=token).get("/auth/me").status_code == 401
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
        # The control: whoever asks there is seen.
        with socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case_and_the_token_in_its_own(system, forge, scheme):
    def status(header: str) -> int:
        return system.client().get("/auth/me", headers={"Authorization": header}).status_code

    assert status(f"{scheme} {forge.token}") == 200
    for wrong in (f"{scheme}{forge.token}", f"{scheme}  {forge.token}", f"{scheme}\t{forge.token}", scheme,
                  f"Token {forge.token}", f"Basic {forge.token}", forge.token, f"{scheme} {forge.token.upper()}"):
        assert status(wrong) == 401, wrong


@pytest.mark.parametrize("key", ["camet_0_AAAA", "camet_1_", "nonsense", ""])
def test_an_unknown_key_is_refused_like_none(system, north, key):
    given = {"X-Request-Id": "the-same-for-all"}
    refused = system.client().get("/api/v1/plants", headers=given | {"X-API-Key": key})
    assert refused.status_code == 401
    assert refused.content == system.client().get("/api/v1/plants", headers=given).content
    assert north.client("key:read").get("/api/v1/plants").status_code == 200


def published(client) -> dict[str, bytes]:
    """The keys of the key set, by kid, each as DER."""
    answer = client.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    keys = {}
    for key in answer.json()["keys"]:
        assert {name: key[name] for name in ("kty", "crv", "alg", "use")} == {
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}
        assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}
        thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{key["x"]}"}}'.encode()).digest()
        assert key["kid"] == encoded(thumbprint)
        keys[key["kid"]] = bytes.fromhex("302a300506032b6570032100") + base64.urlsafe_b64decode(key["x"] + "=")
    return keys


def test_a_token_is_checked_with_the_published_key(system, forge, tmp_path):
    head, signature = forge.token.rsplit(".", 1)
    key, text, signed = tmp_path / "key", tmp_path / "text", tmp_path / "signed"
    key.write_bytes(published(system.client())[forge.header["kid"]])
    signed.write_bytes(base64.urlsafe_b64decode(signature + "=="))
    for content, is_right in ((head, True), (head + "x", False)):
        text.write_text(content)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-keyform", "DER", "-in", text,
             "-sigfile", signed], capture_output=True, check=False)
        assert (done.returncode == 0) == is_right, done.stdout


def test_tokens_of_an_older_key_live_until_it_is_taken_away():
    with RunningSystem.running() as system:
        user = system.make_tenant("turned").user("VIEWER")
        file = system.folder / "secrets/jwt-signing.pem"

        def restart_with(pem: str) -> None:
            system.stop()
            file.write_text(pem)
            system.start()

        def works(token: str) -> bool:
            status = system.client(bearer=token).get("/auth/me").status_code
            assert status in (200, 401)
            return status == 200

        old_key = file.read_text()
        old = sign_in(system, user)["access_token"]
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], check=True, capture_output=True, text=True)
        restart_with(made.stdout + old_key)
        new = sign_in(system, user)["access_token"]
        assert works(old) and works(new)
        kids = [decoded(token.split(".")[0])["kid"] for token in (new, old)]
        assert list(published(system.client())) == kids and kids[0] != kids[1]
        restart_with(made.stdout)
        assert works(new) and not works(old)
        assert list(published(system.client())) == kids[:1]
