"""Access tokens that were tampered with: one identical 401 for all of them."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest

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

    def make(self, header: dict | None = None, claims: dict | None = None, without: str = "") -> str:
        changed = self.claims | (claims or {})
        changed.pop(without, None)
        return self.raw(json.dumps(self.header | (header or {})), json.dumps(changed))

    @property
    def public_key(self) -> bytes:
        return subprocess.run(
            ["openssl", "pkey", "-in", self.key, "-pubout"], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def forge(system, north, tmp_path_factory):
    token = sign_in(system, north.user("VIEWER"))["access_token"]
    return Forge(system, tmp_path_factory.mktemp("forge"), token)


def without_signature(forge):
    header = encoded(json.dumps(forge.header | {"alg": "none"}).encode())
    return f"{header}.{forge.token.split('.')[1]}."


def signed_with_the_public_key(forge):
    head = f"{encoded(json.dumps(forge.header | {'alg': 'HS256'}).encode())}.{forge.token.split('.')[1]}"
    return f"{head}.{encoded(hmac.new(forge.public_key, head.encode(), hashlib.sha256).digest())}"


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


NOW = int(time.time())
MUTATIONS = {
    "alg none": without_signature,
    "alg none, signature kept": lambda forge: forge.make(header={"alg": "none"}),
    "HS256 with the public key": signed_with_the_public_key,
    "another key": signed_with_another_key,
    "typ of an identity token": lambda forge: forge.make(header={"typ": "JWT"}),
    "unknown kid": lambda forge: forge.make(header={"kid": "another"}),
    "kid of a path": lambda forge: forge.make(header={"kid": "../../../../dev/null"}),
    "embedded jwk": lambda forge: forge.make(header={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}),
    "jku": lambda forge: forge.make(header={"jku": "http://127.0.0.1:1/keys"}),
    "unknown crit": lambda forge: forge.make(header={"crit": ["exp"]}),
    "wrong iss": lambda forge: forge.make(claims={"iss": "somebody"}),
    "wrong aud": lambda forge: forge.make(claims={"aud": "another-api"}),
    "list of aud": lambda forge: forge.make(claims={"aud": [forge.claims["aud"]]}),
    "expired": lambda forge: forge.make(claims={"exp": NOW - 1}),
    "exp as text": lambda forge: forge.make(claims={"exp": str(NOW + 900)}),
    "exp with a fraction": lambda forge: forge.make(claims={"exp": NOW + 900.5}),
    "nbf ahead": lambda forge: forge.make(claims={"nbf": NOW + 3600}),
    "iat ahead": lambda forge: forge.make(claims={"iat": NOW + 3600}),
    "another role, signed": lambda forge: forge.make(claims={"role": "ADMIN"}),
    "lower-case role": lambda forge: forge.make(claims={"role": "viewer"}),
    "unknown role": lambda forge: forge.make(claims={"role": "ROOT"}),
    "another role, old signature": other_role_under_the_old_signature,
    "another tenant": lambda forge: forge.make(claims={"tid": forge.claims["tid"] + 1}),
    "another sid": lambda forge: forge.make(claims={"sid": "1"}),
    "duplicate claim": duplicated_claim,
    "duplicate header": duplicated_header,
    "padded": lambda forge: forge.token + "==",
    "padding in the middle": lambda forge: forge.token.replace(".", "=.", 1),
    "meaningless bits": last_bits_of_the_signature,
    "no signature": lambda forge: forge.token.rsplit(".", 1)[0],
    "a fourth part": lambda forge: forge.token + ".AA",
    "not a token": lambda forge: "abc",
} | {
    f"without {claim}": (lambda claim: lambda forge: forge.make(without=claim))(claim)
    for claim in ("iss", "aud", "sub", "tid", "role", "sid", "iat", "nbf", "exp", "jti")
}


def test_a_token_the_forge_signed_unchanged_is_good(system, forge):
    assert system.client(bearer=forge.make()).get("/auth/me").status_code == 200


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_token_is_refused_like_none(system, forge, name):
    given = {"X-Request-Id": "the-same-for-all"}
    anonymous = system.client().get("/auth/me", headers=given)
    check_problem(anonymous, 401, "unauthorized")
    refused = system.client(bearer=MUTATIONS[name](forge)).get("/auth/me", headers=given)
    assert refused.status_code == 401, refused.text
    assert refused.content == anonymous.content
    assert refused.headers["WWW-Authenticate"] == anonymous.headers["WWW-Authenticate"] == "Bearer"


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
