"""Requests made up from the API's own document, as every kind of principal: what is served is what is documented.

Each principal has its share of three minutes. The seed is printed and taken from CAMET_TEST_SEED to repeat a run.
"""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api_document import APIDocument
from conftest import WITHOUT_RATE_LIMITS
from running_system import RunningSystem, check_problem, sign_in
from small_plant import SmallPlant

SECONDS = {
    "ADMIN": 40, "MANAGER": 20, "OPERATOR": 10, "VIEWER": 10, "key:read": 15, "key:ingest": 10, "key:write": 15,
    "nobody": 10,
}
CHECKS = [
    # No 5xx, and nothing that the document does not say.
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
    # Nothing is let through that should not be.
    "negative_data_rejection", "missing_required_header", "ignored_auth", "unsupported_method",
    "allow_header_conformance",
]
# Beside a key that is right it makes up a wrong token and no wrong key, which says nothing of keys: see below.
OF_TOKENS = "ignored_auth"
# Those that end what the others ask with, or never end; of people and keys, those that change who the others ask as.
LEFT_OUT = ["endTokens", "endSession", "followEvents", "replaceUser", "removeUser", "replaceTwoFactorRoles",
            "replaceAPIKey", "revokeAPIKey"]


@pytest.fixture(scope="module")
def seed():
    seed = int(os.environ.get("CAMET_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"\nCAMET_TEST_SEED={seed}")
    return seed


@pytest.fixture(scope="module")
def fuzzed():
    """A system of its own: its tenant is full of what was made up afterwards, and its addresses are locked."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system:
        tenant = SmallPlant(system.make_tenant("fuzzed")).tenant
        # All sign in before wrong passwords are made up, and not again: a token lives 15 minutes.
        tenant.NEW_TOKEN_AFTER = 840
        for who in SECONDS:
            if who != "nobody":
                tenant.client(who)
        yield tenant


@pytest.fixture(scope="module")
def untouched():
    """A tenant whose people and keys nobody has made up requests for."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system:
        yield system.make_tenant("untouched")


@pytest.mark.parametrize("who", SECONDS)
def test_what_is_served_is_what_is_documented(fuzzed, seed, tmp_path, who):
    base = fuzzed.system.base
    document = tmp_path / "openapi.json"
    document.write_text(fuzzed.client("VIEWER").get("/api/v1/openapi.json").text)
    headers = {} if who == "nobody" else fuzzed.client(who).headers
    checks = [check for check in CHECKS if check != OF_TOKENS or not who.startswith("key:")]
    words = [
        Path(sys.executable).parent / "schemathesis", "run", document, "--url", base, "--seed", str(seed),
        "--max-time", str(SECONDS[who]), "--phases", "coverage,fuzzing", "--checks", ",".join(checks),
        "--suppress-health-check", "all", "--warnings", "off", "--no-color", "--generation-database", "none",
        "--request-timeout", "20", "--continue-on-failure",
    ]
    for name in LEFT_OUT:
        words += ["--exclude-operation-id", name]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS[who] * 3 + 60)
    assert done.returncode == 0, f"CAMET_TEST_SEED={seed}, as {who}\n{done.stdout[-20_000:]}{done.stderr[-2_000:]}"
    # A control: it did ask.
    assert "No test cases were generated" not in done.stdout and "passed" in done.stdout, done.stdout[-2_000:]
    for other in SECONDS:
        if other != "nobody":
            path = "/api/v1/openapi.json"
            assert fuzzed.client(other).get(path).status_code == 200, f"{other} is not who he was"


@pytest.mark.parametrize("headers", [
    {}, {"X-API-Key": "camet_none_wrong"}, {"Authorization": "Bearer wrong"}, {"Cookie": "camet_session=wrong"},
], ids=["nothing", "key", "token", "cookie"])
def test_every_operation_that_asks_who_refuses_what_is_wrong(untouched, headers):
    document = APIDocument(untouched.client("VIEWER").read("/api/v1/openapi.json"))
    asked = 0
    for method, path, operation in document.operations():
        path = re.sub(r"\{[^}]+\}", "1", path)
        if operation["security"]:
            answer = untouched.system.client().send(method, path, json={} if method != "GET" else None, headers=headers)
            check_problem(answer, 401, "unauthorized")
            asked += 1
    assert asked > 80
    assert untouched.client("key:read").get("/api/v1/plants").status_code == 200
