"""Secrets: sealed anew while the server runs, new signing keys, and nowhere to be read by others."""

import base64
import json
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_session import DatabaseSession
from running_system import PASSWORD, REPOSITORY, RunningSystem, check_problem, eventually, is_alive, sign_in
from test_tokens import decoded, published

PLANTS = "/api/v1/plants"


@pytest.fixture(scope="module")
def sealed():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def one(sealed):
    return sealed.make_tenant("one")


@pytest.fixture(scope="module")
def two(sealed):
    return sealed.make_tenant("two")


def key_file(system) -> Path:
    return system.folder / "secrets/encryption.key"


def key_ids(system) -> list[str]:
    """The ids of the keys that the database's values are sealed with."""
    rows = system.psql(
        "camet_global", "SELECT encode(substr(worker_password_sealed, 2, 8), 'hex') FROM tenant ORDER BY slug")
    return rows.split("\n")


def start_rotation(system, wait: int = 0) -> subprocess.Popen:
    return subprocess.Popen(
        [REPOSITORY / "script/camet", "secrets", "rotate", "--wait", str(wait), "--json"],
        env=system.environment | {"CAMET_DATA": str(system.folder)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


def refused_rotation(system) -> str:
    process = start_rotation(system)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and not output
    return errors


def start_new_worker(system, tenant) -> None:
    """Has a worker started, for which its database's password is opened."""
    client = tenant.client("VIEWER")
    pid = system.worker(tenant.slug)["pid"]
    if pid:
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not is_alive(pid), 10)
    assert eventually(lambda: client.get(PLANTS).status_code == 200, 20)
    assert system.worker(tenant.slug)["pid"] != pid


# The encryption key


def test_everything_is_sealed_anew_while_the_server_runs(sealed, one, two):
    old_file, old_ids, gateway = key_file(sealed).read_bytes(), key_ids(sealed), sealed.gateway_pid
    start_new_worker(sealed, one)
    done = sealed.camet("secrets", "rotate", "--wait", "0")
    assert done == {"key_id": done["key_id"], "resealed": 2, "resumed": False}
    assert key_ids(sealed) == [done["key_id"]] * 2 and done["key_id"] not in old_ids
    new_file = key_file(sealed).read_bytes()
    assert len(new_file) == 32 and new_file != old_file
    assert key_file(sealed).stat().st_mode & 0o777 == 0o600
    # A worker that never ran and one that did; the gateway is the same and was told nothing.
    start_new_worker(sealed, two)
    start_new_worker(sealed, one)
    assert sealed.gateway_pid == gateway and is_alive(gateway)
    entry = sealed.psql(
        "camet_global", "SELECT actor, object, detail FROM audit_log WHERE action = 'secrets.rotated'").split("|")
    assert entry[0].startswith("cli:") and entry[1] == f"key:{done['key_id']}"
    assert json.loads(entry[2]) == {"resealed": "2", "retired": old_ids[0]}
    # Once more, and what is made after it is sealed with the newest.
    again = sealed.camet("secrets", "rotate", "--wait", "0")
    assert again["key_id"] != done["key_id"] and again["resealed"] == 2
    start_new_worker(sealed, sealed.make_tenant("three"))
    assert key_ids(sealed) == [again["key_id"]] * 3


def test_a_rotation_killed_before_a_value_is_sealed_anew_is_finished_by_the_next(sealed, one, two):
    count = len(key_ids(sealed))
    old_id = key_ids(sealed)[0]
    with DatabaseSession(sealed, "camet_global") as session:
        session.run("BEGIN; SELECT 1 FROM tenant WHERE slug = 'two' FOR UPDATE")
        process = start_rotation(sealed)
        blocked = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'camet-cli' "
                   "AND wait_event_type = 'Lock' AND query LIKE 'UPDATE%'")
        assert eventually(lambda: sealed.psql("camet_global", blocked) == "1", 20)
        kill(process)
    # Two keys, the new one in front; nothing is sealed with it, as its batch was not whole.
    assert len(key_file(sealed).read_bytes()) == 64
    assert set(key_ids(sealed)) == {old_id}
    start_new_worker(sealed, one)
    done = sealed.camet("secrets", "rotate", "--wait", "0")
    assert done["resumed"] is True and done["resealed"] == count
    assert set(key_ids(sealed)) == {done["key_id"]} and len(key_file(sealed).read_bytes()) == 32
    start_new_worker(sealed, two)


def test_a_rotation_killed_before_the_old_key_is_dropped_is_finished_by_the_next(sealed, one, two):
    old_id = key_ids(sealed)[0]
    process = start_rotation(sealed, wait=3_000)
    assert eventually(lambda: old_id not in key_ids(sealed), 20)
    kill(process)
    assert len(key_file(sealed).read_bytes()) == 64
    start_new_worker(sealed, one)
    new_id = key_ids(sealed)[0]
    done = sealed.camet("secrets", "rotate", "--wait", "0")
    assert done == {"key_id": new_id, "resealed": 0, "resumed": True}
    assert len(key_file(sealed).read_bytes()) == 32
    start_new_worker(sealed, two)


def test_a_value_sealed_with_the_old_key_at_the_last_moment_is_found(sealed, one):
    """As a request does that had sealed before the new key came and is committed after."""
    old = sealed.psql("camet_global", "SELECT worker_password_sealed FROM tenant WHERE slug = 'one'")
    process = start_rotation(sealed, wait=8)
    assert eventually(lambda: sealed.psql(
        "camet_global", "SELECT worker_password_sealed FROM tenant WHERE slug = 'one'") != old, 20)
    sealed.psql("camet_global", f"UPDATE tenant SET worker_password_sealed = '{old}' WHERE slug = 'one'")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    done = json.loads(output)
    assert set(key_ids(sealed)) == {done["key_id"]}
    assert done["resealed"] == len(key_ids(sealed)) + 1
    start_new_worker(sealed, one)


def test_with_the_wrong_key_nothing_is_begun(sealed, one):
    file = key_file(sealed)
    right, ids = file.read_bytes(), key_ids(sealed)
    for wrong, words in (
        (secrets.token_bytes(32), "sealed with a key that is not in the encryption key file"),
        (right[:31], "must hold 32 bytes"),
    ):
        file.write_bytes(wrong)
        try:
            message = refused_rotation(sealed)
            assert words in message
            assert file.read_bytes() == wrong and key_ids(sealed) == ids
        finally:
            file.write_bytes(right)
    file.chmod(0o640)
    try:
        assert "can be read by others" in refused_rotation(sealed)
    finally:
        file.chmod(0o600)
    assert sealed.camet("secrets", "rotate", "--wait", "0")["resealed"] == len(ids)


def test_a_sealed_value_is_good_for_its_own_row_only(sealed):
    here, there = (sealed.make_tenant(slug) for slug in ("here", "there"))

    def swap() -> None:
        sealed.psql("camet_global", (
            "UPDATE tenant AS t SET worker_password_sealed = o.worker_password_sealed FROM tenant AS o "
            "WHERE (t.slug, o.slug) IN (('here', 'there'), ('there', 'here'))"))

    swap()
    try:
        assert "belongs somewhere else" in refused_rotation(sealed)
        assert len(key_file(sealed).read_bytes()) == 32
        refused = here.client("VIEWER").get(PLANTS)
        assert refused.status_code >= 500
        assert "seal" not in refused.text and "secret" not in refused.text
    finally:
        swap()
    for tenant in (here, there):
        assert eventually(lambda: tenant.client("VIEWER").get(PLANTS).status_code == 200, 30)


# The signing keys


def signing_key(system, *arguments: str) -> dict:
    return system.camet("signing-key", "rotate", *arguments)


def test_a_new_signing_key_is_turned_to_without_a_restart(sealed, one):
    def works(token: str) -> bool:
        status = sealed.client(bearer=token).get("/auth/me").status_code
        assert status in (200, 401)
        return status == 200

    def kid(token: str) -> str:
        return decoded(token.split(".")[0])["kid"]

    user, gateway = one.user("VIEWER"), sealed.gateway_pid
    first = sign_in(sealed, user)
    assert works(first["access_token"])
    assert signing_key(sealed) == {"keys": 2, "removed": 0}
    assert eventually(lambda: len(published(sealed.client())) == 2, 20)
    second = sign_in(sealed, user)
    assert works(first["access_token"]) and works(second["access_token"])
    assert list(published(sealed.client())) == [kid(second["access_token"]), kid(first["access_token"])]
    # Tokens of the older one may live: it is not taken out by mistake.
    process = subprocess.run(
        [REPOSITORY / "script/camet", "signing-key", "rotate", "--retire"],
        env=sealed.environment | {"CAMET_DATA": str(sealed.folder)}, capture_output=True, text=True, check=False)
    assert process.returncode == 1 and "--at-once" in process.stderr
    assert works(first["access_token"])
    # What is no key changes nothing.
    file = sealed.folder / "secrets/jwt-signing.pem"
    right = file.read_text()
    file.write_text("no key")
    assert eventually(lambda: "signing keys not read again" in (sealed.folder / "log/gateway.log").read_text(), 20)
    assert works(sign_in(sealed, user)["access_token"]) and works(first["access_token"])
    file.write_text(right)
    # Sixteen minutes later it goes without a word more.
    os.utime(file, (time.time() - 17 * 60,) * 2)
    assert signing_key(sealed, "--retire") == {"keys": 1, "removed": 1}
    assert eventually(lambda: not works(first["access_token"]), 20)
    assert works(second["access_token"])
    assert list(published(sealed.client())) == [kid(second["access_token"])]
    # The sign-in goes on with its refresh token.
    renewed = sealed.client().post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert renewed.status_code == 200 and works(renewed.json()["access_token"])
    assert sealed.gateway_pid == gateway
    actions = sealed.psql("camet_global", (
        "SELECT string_agg(action || ' ' || (detail->>'keys'), ',' ORDER BY audit_id) FROM audit_log "
        "WHERE object = 'signing-key'"))
    assert actions == "signing_key.rotated 2,signing_key.retired 1"


def test_a_key_that_others_may_know_is_out_at_once(sealed, one):
    token = sign_in(sealed, one.user("VIEWER"))["access_token"]
    client = sealed.client(bearer=token)
    assert client.get(PLANTS).status_code == 200
    signing_key(sealed)
    assert signing_key(sealed, "--retire", "--at-once") == {"keys": 1, "removed": 1}
    assert eventually(lambda: client.get(PLANTS).status_code == 401, 20)
    check_problem(client.get(PLANTS), 401, "unauthorized")
    assert sealed.client(bearer=sign_in(sealed, one.user("VIEWER"))["access_token"]).get(PLANTS).status_code == 200


# Where secrets are not


def forms(secret: bytes) -> set[bytes]:
    """A secret as it may be written somewhere."""
    return {secret, secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret).rstrip(b"=")}


def places(system) -> dict[str, bytes]:
    """Everything of the system that others than its owner may get to see."""
    found = {str(path): path.read_bytes() for path in [*system.folder.glob("log/*"), system.data / "server-errors.txt"]
             if path.is_file()}
    found |= {str(path): path.read_bytes() for path in system.cluster.glob("**/*.log")}
    # Workers have no environment to be known by; their parent is the gateway, or its child, the launcher.
    parents = [system.gateway_pid]
    for parent in parents:
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False).stdout
        parents += map(int, children.split())
    for pid in {*system.processes(), *parents}:
        for name in ("cmdline", "environ"):
            try:
                found[f"/proc/{pid}/{name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue
    return found


def seen(secrets_of: dict[str, bytes], system) -> list[tuple[str, str]]:
    return sorted(
        (name, place) for place, content in places(system).items() for name, secret in secrets_of.items()
        if any(form in content for form in forms(secret)))


def test_no_secret_is_in_a_log_an_argument_or_an_environment(sealed, one):
    manager = one.user("MANAGER")
    pair = sign_in(sealed, manager)
    bearer = sealed.client(bearer=pair["access_token"])
    made = sealed.camet("key", "create", "--tenant", "one", "--name", "Searched", "--scopes", "read")
    # They are used, rightly and wrongly, and where they do not belong.
    assert bearer.get(PLANTS).status_code == 200
    assert sealed.client(key=made["api_key"]).get(PLANTS).status_code == 200
    for path in (f"{PLANTS}?token={pair['access_token']}", f"/{made['api_key']}", f"{PLANTS}/{PASSWORD}"):
        assert bearer.get(path).status_code in (404, 422)
    bearer.post("/api/v1/plants", {"plant_code": PASSWORD, "bogus": made["api_key"]})
    sealed.client(source="127.0.0.43").post("/auth/token", {"username": manager, "password": PASSWORD + "!"})
    assert sealed.worker("one")["pid"]
    secrets_of = {
        "password": PASSWORD.encode(), "access token": pair["access_token"].encode(),
        "refresh token": pair["refresh_token"].encode(), "API key": made["api_key"].split("_")[2].encode(),
    } | {path.name: path.read_bytes().strip() for path in (sealed.folder / "secrets").iterdir()}
    pem = "".join((sealed.folder / "secrets/jwt-signing.pem").read_text().split("\n")[1:-2])
    secrets_of["signing key"] = base64.b64decode(pem)[16:]
    assert {"encryption.key", "gateway-database-password", "admin-database-password"} <= set(secrets_of)
    assert all(len(secret) >= 16 for secret in secrets_of.values())
    assert seen(secrets_of, sealed) == []
    # The control: each of these places is looked at.
    looked_at = places(sealed)
    assert str(sealed.folder / "log/access.log") in looked_at and str(sealed.folder / "log/gateway.log") in looked_at
    for pid in (sealed.gateway_pid, sealed.worker("one")["pid"]):
        assert f"/proc/{pid}/environ" in looked_at and f"/proc/{pid}/cmdline" in looked_at
    planted = "planted-" + secrets.token_hex(16)
    log = sealed.folder / "log/planted.log"
    log.write_text(f"something {base64.b64encode(planted.encode()).decode()} else\n")
    process = subprocess.Popen(
        ["sleep", "60"], env={"CAMET_DATA": str(sealed.folder), "SECRET": planted}, stdin=subprocess.DEVNULL)
    try:
        assert eventually(lambda: len(seen({"planted": planted.encode()}, sealed)) == 2, 10)
        assert seen({"planted": planted.encode()}, sealed) == [
            ("planted", f"/proc/{process.pid}/environ"), ("planted", str(log))]
    finally:
        process.kill()
        process.wait()
        log.unlink()
