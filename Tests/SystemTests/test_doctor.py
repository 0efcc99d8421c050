"""camet doctor: nothing to complain of where all is well, and each fault named."""

import json
import subprocess

import pytest

from running_system import REPOSITORY, RunningSystem


@pytest.fixture(scope="module")
def patient():
    with RunningSystem.running({"CAMET_STOP_CALCULATION_SECONDS": "86400"}) as made:
        made.make_tenant("healthy")
        yield made


def examine(system, **settings: str) -> tuple[int, dict[str, tuple[str, str]], str]:
    """How it ended, what it found by the name of the check, and what it said on stderr."""
    done = subprocess.run(
        [REPOSITORY / "script/camet", "doctor", "--json"],
        env=system.environment | {"CAMET_DATA": str(system.folder)} | settings,
        capture_output=True, text=True, timeout=60)
    report = json.loads(done.stdout)
    found = {item["check"]: (item["state"], item["detail"]) for item in report["items"]}
    assert report["ok"] == (done.returncode == 0) == all(state != "failed" for state, _ in found.values())
    return done.returncode, found, done.stderr


def test_a_running_system_has_nothing_that_failed(patient):
    status, found, said = examine(patient)
    assert (status, said) == (0, "")
    well = {name for name, (state, _) in found.items() if state == "ok"}
    assert {"worker program", "front-end files", "time zones", "data folder", "secrets folder", "secrets", "socket folder",
            "socket paths", "gateway", "database server", "database clock", "database global",
            "database healthy"} <= well, found
    table = subprocess.run(
        [REPOSITORY / "script/camet", "doctor"], env=patient.environment | {"CAMET_DATA": str(patient.folder)},
        capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    assert table[0].split() == ["CHECK", "STATE", "WHAT"] and len(table) == len(found) + 1


def check_failed(found, name: str, *words: str) -> None:
    state, detail = found[name]
    assert state == "failed" and all(word in detail for word in words), (state, detail)
    assert {other for other, (state, _) in found.items() if state == "failed"} == {name}


def test_each_fault_is_named_with_what_to_do(patient):
    secret = patient.folder / "secrets/encryption.key"
    secret.chmod(0o644)
    try:
        status, found, said = examine(patient)
        assert status == 1 and "failed" in said
        assert found["secrets"][0] == "failed" and "chmod 600" in found["secrets"][1]
        assert str(secret) in found["secrets"][1]
    finally:
        secret.chmod(0o600)
    check_failed(examine(patient, CAMET_WORKER_EXECUTABLE="/nowhere")[1], "worker program", "/nowhere")
    check_failed(examine(patient, CAMET_ASSETS="/nowhere")[1], "front-end files", "/nowhere")
    name = patient.psql("camet_global", "SELECT database_name FROM tenant WHERE slug = 'healthy'")
    patient.psql("postgres", f"ALTER ROLE {name}_worker PASSWORD 'of somebody else'")
    try:
        check_failed(examine(patient)[1], "database healthy", "rotate-password --slug healthy")
    finally:
        patient.camet("tenant", "rotate-password", "--slug", "healthy")
    newest = patient.psql(name, "SELECT max(number) FROM schema_migration")
    kept = patient.psql(name, f"SELECT row_to_json(m) FROM schema_migration AS m WHERE number = {newest}")
    patient.psql(name, f"DELETE FROM schema_migration WHERE number = {newest}")
    try:
        check_failed(examine(patient)[1], "database healthy", "camet migrate")
    finally:
        patient.psql(name, "INSERT INTO schema_migration SELECT * FROM "
                           f"json_populate_record(NULL::schema_migration, '{kept}')")
    # The control: all that was mended.
    assert examine(patient)[0] == 0


def test_what_is_away_is_told_and_the_rest_is_looked_at(patient):
    patient.stop_postgres()
    try:
        status, found, _ = examine(patient)
        assert status == 1
        assert found["database global"][0] == "failed" and found["data folder"][0] == "ok"
    finally:
        patient.start_postgres()


def test_a_gateway_that_does_not_run_is_no_failure():
    with RunningSystem.running() as system:
        system.stop()
        system.start_postgres()
        try:
            status, found, _ = examine(system)
            assert status == 0 and found["gateway"][0] == "warning" and "no gateway runs" in found["gateway"][1]
        finally:
            system.stop_postgres()
