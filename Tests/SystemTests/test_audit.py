"""The audit log: its chain, what is in it, and what finds out that somebody has been at it."""

import hashlib
import json
import os
import re
import signal
import stat
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from running_system import REPOSITORY, PlantData, RunningSystem, eventually

SETTINGS = {
    "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000",
    "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "1000000",
    "CAMET_STOP_CALCULATION_SECONDS": "86400",
    "CAMET_AUDIT_HEADS_SECONDS": "1",
    "CAMET_QUERY_LOG_SECONDS": "1",
}
COLUMNS = (
    "json_build_array(audit_id::text, (extract(epoch FROM recorded_at) * 1000000)::bigint::text, actor, tenant_id::text, "
    "action, object, detail::text, text(address), request_id, encode(hash, 'hex'))"
)


@pytest.fixture(scope="module")
def system():
    """A system of its own: its audit log is damaged and mended."""
    with RunningSystem.running(SETTINGS) as made:
        yield made


@pytest.fixture(scope="module")
def east(system):
    return system.make_tenant("east")


@pytest.fixture(scope="module")
def west(system):
    return system.make_tenant("west")


@pytest.fixture(scope="module")
def plant(east):
    return PlantData(east.client("MANAGER"), commissioned_at="2026-03-04T03:00:00Z")


def head(system) -> tuple[int, str]:
    entries, digest = system.psql("camet_global", "SELECT entries, encode(hash, 'hex') FROM audit_head").split("|")
    return int(entries), digest


def told(system) -> list[list[str]]:
    return [line.split() for line in (system.folder / "audit/heads.log").read_text().splitlines()]


def wait_until_told(system) -> int:
    """The number of entries, once the file outside the database has the last one."""
    assert eventually(lambda: told(system) and told(system)[-1][:2] == [str(head(system)[0]), head(system)[1]], 25)
    return head(system)[0]


def verify(system, *arguments) -> tuple[int, dict, str]:
    done = subprocess.run(
        [REPOSITORY / "script/camet", "audit", "verify", "--json", *arguments],
        env=system.environment | {"CAMET_DATA": str(system.folder)}, capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def as_gateway(system, statement: str) -> str:
    """What the server says to a statement of the application's role: its answer, or its refusal."""
    try:
        return system.psql("camet_global", f"SET ROLE camet_gateway; {statement}", as_script=True)
    except AssertionError as refused:
        return str(refused)


def entries(tenant, **query) -> list[dict]:
    return tenant.client("ADMIN").get("/api/v1/audit", params={"limit": 1000} | query).json()["items"]


class TestChain:
    def test_it_is_what_its_description_says(self, system, east, plant):
        previous = bytes(32)
        rows = system.psql("camet_global", f"SELECT {COLUMNS} FROM audit_log ORDER BY audit_id").splitlines()
        assert len(rows) >= 10
        for number, row in enumerate(rows, 1):
            *columns, digest = json.loads(row)
            assert columns[0] == str(number)
            encoded = b"".join(
                struct.pack(">i", -1) if column is None else struct.pack(">i", len(column.encode())) + column.encode()
                for column in columns)
            previous = hashlib.sha256(previous + encoded).digest()
            assert previous.hex() == digest, row
        assert head(system) == (len(rows), previous.hex())

    @pytest.mark.parametrize("statement", [
        "UPDATE audit_log SET object = 'other'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log (audit_id, actor, action) VALUES (1000000, 'user:1', 'test')",
        "INSERT INTO audit_log (hash, actor, action) VALUES (sha256(''), 'user:1', 'test')",
        "INSERT INTO audit_log (recorded_at, actor, action) VALUES (now(), 'user:1', 'test')",
        "UPDATE audit_head SET entries = 0",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head VALUES (false, 0, sha256(''))",
        "SET session_replication_role = replica",
        "ALTER TABLE audit_log DISABLE TRIGGER chain",
        "DELETE FROM user_login",
        "DELETE FROM user_query",
        "UPDATE user_query SET times = 1",
    ])
    def test_the_application_only_adds_to_it(self, system, east, statement):
        before = head(system)
        answer = as_gateway(system, statement)
        assert "permission denied" in answer or "must be owner" in answer, answer
        assert head(system) == before
        added = as_gateway(
            system, "INSERT INTO audit_log (actor, action) VALUES ('user:1', 'test') RETURNING audit_id")
        assert str(before[0] + 1) in added
        assert head(system)[0] == before[0] + 1

    def test_operators_change_nothing_by_mistake_either(self, system, east):
        for statement in ("UPDATE audit_log SET actor = actor", "DELETE FROM audit_log", "TRUNCATE audit_log"):
            with pytest.raises(AssertionError, match="only added to"):
                system.psql("camet_global", statement)

    def test_what_is_undone_leaves_no_gap(self, system, east):
        before = head(system)
        system.psql("camet_global", "BEGIN; INSERT INTO audit_log (actor, action) VALUES ('user:1', 'a'), ('user:1', 'b');"
                    "ROLLBACK", as_script=True)
        assert head(system) == before
        system.psql("camet_global", "INSERT INTO audit_log (actor, action) VALUES ('user:1', 'a'), ('user:1', 'b')")
        assert head(system)[0] == before[0] + 2
        assert verify(system)[0] == 0

    def test_hundreds_at_once_are_each_there_once(self, system, east, plant):
        admin = east.client("ADMIN")
        before = head(system)[0]
        path = f"/api/v1/products/{plant.product}"
        body = {"product_code": plant.product_code, "product_name": "Product", "weight_kg": 25}

        def change(number: int) -> tuple[int, float]:
            started = time.monotonic()
            answer = system.client(bearer=admin.headers["Authorization"].split()[1]).put(
                path, body, headers={"X-Request-Id": f"many-{number}"})
            return answer.status_code, time.monotonic() - started

        with ThreadPoolExecutor(32) as pool:
            direct = pool.submit(lambda: [
                as_gateway(system, "INSERT INTO audit_log (actor, action) VALUES ('user:1', 'test')") for _ in range(5)])
            answers = list(pool.map(change, range(500)))
            direct.result()
        assert {status for status, _ in answers} == {200}
        found = [entry["request_id"] for entry in entries(east, action="product.changed")]
        assert sorted(found) == sorted(f"many-{number}" for number in range(500))
        assert head(system)[0] == before + 505
        code, answer, errors = verify(system)
        assert (code, answer["sound"]) == (0, True), errors


@pytest.fixture(scope="module")
def told_one_by_one(system, east):
    """Entries of which each was told outside the database."""
    for number in range(4):
        system.psql("camet_global", "INSERT INTO audit_log (actor, action, object, tenant_id, address, request_id) "
                    f"VALUES ('user:1', 'test', 'thing:{number}', 1, '10.0.0.{number}', 'r-{number}')")
        wait_until_told(system)


class TestTampering:
    """Whoever owns the database can do anything to it, and is found out."""

    @pytest.fixture
    def tamper(self, system, told_one_by_one):
        """Runs statements without the chain's triggers; what they did is mended after the test.

        The gateway stands still meanwhile: it would tell of the damaged chain's end as of any other.
        """
        last = wait_until_told(system)
        gateway = system.gateway_pid
        os.kill(gateway, signal.SIGSTOP)
        assert verify(system)[:2] == (0, {"entries": last, "heads": len(told(system)), "sound": True})
        system.psql("camet_global", "CREATE TABLE kept_log AS TABLE audit_log; CREATE TABLE kept_head AS TABLE audit_head",
                    as_script=True)

        def run(statements: str) -> tuple[int, dict, str]:
            system.psql("camet_global", "SET session_replication_role = replica; BEGIN;" + statements.format(
                last=last, middle=last - 2) + "; COMMIT", as_script=True)
            code, answer, errors = verify(system)
            assert (code, answer["sound"]) == (1, False), answer
            assert answer["damage"]["message"] in errors
            return last, answer["damage"], errors

        try:
            yield run
        finally:
            system.psql("camet_global", """
                SET session_replication_role = replica;
                BEGIN; TRUNCATE audit_log; INSERT INTO audit_log TABLE kept_log; DELETE FROM audit_head;
                INSERT INTO audit_head TABLE kept_head; DROP TABLE kept_log, kept_head; COMMIT""", as_script=True)
            os.kill(gateway, signal.SIGCONT)
        code, answer, errors = verify(system)
        assert (code, answer["sound"]) == (0, True), errors

    @pytest.mark.parametrize("change", [
        "recorded_at = recorded_at - interval '1 microsecond'", "actor = 'user:2'", "tenant_id = 2", "tenant_id = NULL",
        "action = 'test.other'", "object = 'thing:other'", "object = NULL", "detail = '{{\"a\": 1}}'", "address = NULL",
        "address = '10.0.0.0/8'", "request_id = 'other'", "request_id = ''", "hash = sha256('')",
        # The end of one column moved to the start of the next.
        "action = 'testt', object = 'hing:1'",
    ])
    def test_a_changed_entry_is_named(self, tamper, change):
        last, damage, _ = tamper(f"UPDATE audit_log SET {change} WHERE audit_id = {{middle}}")
        assert (damage["position"], damage["kind"]) == (last - 2, "changed")

    def test_the_first_and_the_last_changed_entry_are_named(self, tamper):
        last, damage, _ = tamper("UPDATE audit_log SET object = 'other' WHERE audit_id IN (1, {last})")
        assert (damage["position"], damage["kind"]) == (1, "changed")

    def test_a_changed_last_entry_is_named(self, tamper):
        last, damage, _ = tamper("UPDATE audit_log SET object = 'other' WHERE audit_id = {last}")
        assert (damage["position"], damage["kind"]) == (last, "changed")

    def test_a_removed_entry_is_named(self, tamper):
        last, damage, _ = tamper("DELETE FROM audit_log WHERE audit_id = {middle}")
        assert (damage["position"], damage["kind"]) == (last - 2, "removed")

    def test_a_removed_first_entry_is_named(self, tamper):
        _, damage, _ = tamper("DELETE FROM audit_log WHERE audit_id = 1")
        assert (damage["position"], damage["kind"]) == (1, "removed")

    def test_a_removed_last_entry_is_named(self, tamper):
        last, damage, _ = tamper("DELETE FROM audit_log WHERE audit_id = {last}")
        assert (damage["position"], damage["kind"]) == (last, "removed")

    def test_a_removed_last_entry_is_named_also_when_the_database_agrees(self, tamper):
        last, damage, errors = tamper("""
            DELETE FROM audit_log WHERE audit_id = {last};
            UPDATE audit_head SET entries = {last} - 1,
                hash = (SELECT hash FROM audit_log WHERE audit_id = {last} - 1)""")
        assert (damage["position"], damage["kind"], damage["confirmed"]) == (last, "removed", last - 1)

    def test_everything_removed_is_told_by_the_heads(self, tamper):
        last, damage, _ = tamper("""
            DELETE FROM audit_log;
            UPDATE audit_head SET entries = 0, hash = decode(repeat('00', 32), 'hex')""")
        assert damage["kind"] == "removed"
        assert damage["position"] <= last and damage["confirmed"] == 0

    def test_reordered_entries_are_named(self, tamper):
        last, damage, _ = tamper("""
            UPDATE audit_log SET audit_id = -1 WHERE audit_id = {middle};
            UPDATE audit_log SET audit_id = {middle} WHERE audit_id = {middle} + 1;
            UPDATE audit_log SET audit_id = {middle} + 1 WHERE audit_id = -1""")
        assert (damage["position"], damage["kind"]) == (last - 2, "changed")

    def test_an_inserted_entry_is_named(self, tamper):
        last, damage, _ = tamper("""
            UPDATE audit_log SET audit_id = -audit_id - 1 WHERE audit_id >= {middle};
            UPDATE audit_log SET audit_id = -audit_id WHERE audit_id < 0;
            INSERT INTO audit_log (audit_id, recorded_at, actor, action, hash)
                SELECT {middle}, recorded_at, 'user:1', 'forged', sha256('') FROM audit_log WHERE audit_id = 1;
            UPDATE audit_head SET entries = entries + 1""")
        assert (damage["position"], damage["kind"]) == (last - 2, "changed")

    def test_an_entry_behind_the_end_is_named(self, tamper):
        last, damage, _ = tamper("""
            INSERT INTO audit_log (audit_id, recorded_at, actor, action, hash)
                SELECT {last} + 1, now(), 'user:1', 'forged', sha256('')""")
        assert (damage["position"], damage["kind"]) == (last + 1, "inserted")

    def test_an_entry_before_the_first_is_named(self, tamper):
        _, damage, _ = tamper("""
            INSERT INTO audit_log (audit_id, recorded_at, actor, action, hash)
                SELECT 0, now(), 'user:1', 'forged', sha256('')""")
        assert (damage["position"], damage["kind"]) == (0, "inserted")

    def test_a_chain_made_anew_is_told_by_the_heads(self, tamper):
        last, damage, errors = tamper("""
            UPDATE audit_log SET object = 'other' WHERE audit_id = {middle};
            DO $$ BEGIN FOR place IN {middle} .. {last} LOOP
                UPDATE audit_log AS entry SET hash = audit_entry_hash(
                    (SELECT hash FROM audit_log WHERE audit_id = place - 1), entry) WHERE audit_id = place;
            END LOOP; END $$;
            UPDATE audit_head SET hash = (SELECT hash FROM audit_log WHERE audit_id = {last})""")
        assert (damage["position"], damage["kind"], damage["confirmed"]) == (last - 2, "rewritten", last - 3)
        assert f"one of {last - 2} to {last - 2}" in errors

    def test_an_end_that_is_not_the_entries_is_told(self, tamper):
        last, damage, _ = tamper("UPDATE audit_head SET hash = sha256('')")
        assert (damage["position"], damage["kind"]) == (last, "head")


class TestHeads:
    def test_the_file_is_for_its_owner_alone_and_follows_the_chain(self, system, east):
        path = system.folder / "audit/heads.log"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        before = len(told(system))
        system.psql("camet_global", "INSERT INTO audit_log (actor, action) VALUES ('user:1', 'test')")
        last = wait_until_told(system)
        lines = told(system)
        assert len(lines) > before
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", lines[-1][2])
        assert int(lines[-1][0]) == last

    def test_a_copy_kept_elsewhere_can_be_given(self, system, east, tmp_path):
        last = wait_until_told(system)
        copy = tmp_path / "copy.log"
        copy.write_text((system.folder / "audit/heads.log").read_text())
        assert verify(system, "--heads", str(copy))[0] == 0
        copy.write_text(copy.read_text() + f"{last} {'0' * 64} 2026-01-01T00:00:00Z\n")
        code, answer, errors = verify(system, "--heads", str(copy))
        assert (code, answer["damage"]["position"], answer["damage"]["kind"]) == (1, last, "rewritten")
        assert verify(system)[0] == 0

    def test_a_line_that_was_cut_is_told_and_passed_over(self, system, east, tmp_path):
        wait_until_told(system)
        copy = tmp_path / "cut.log"
        copy.write_text((system.folder / "audit/heads.log").read_text()[:-40])
        code, answer, errors = verify(system, "--heads", str(copy))
        assert (code, answer["sound"], answer["heads"]) == (0, True, len(told(system)) - 1)
        assert "1 lines that are no heads" in errors

    def test_a_missing_file_is_told(self, system, east, tmp_path):
        code, _, errors = verify(system, "--heads", str(tmp_path / "none.log"))
        assert code == 1 and "none.log" in errors


class TestUpkeep:
    def test_old_records_go_the_log_stays_and_the_end_is_told_before_the_end(self):
        settings = SETTINGS | {
            "CAMET_AUDIT_HEADS_SECONDS": "3600", "CAMET_SIGN_IN_RETENTION_DAYS": "40", "CAMET_QUERY_RETENTION_DAYS": "10",
            "CAMET_QUERY_LOG_SECONDS": "3600"}
        with RunningSystem.running(settings) as system:
            tenant = system.make_tenant("kept")
            assert tenant.client("VIEWER").get("/api/v1/line-status").status_code == 200
            made = tenant.client("MANAGER").make("plants", plant_code="P", plant_name="P", timezone="UTC")
            entry = entries(tenant, object=f"plant:{made['plant_id']}")[0]
            system.psql("camet_global", """
                INSERT INTO user_login (attempted_at, username_folded, ok, reason) SELECT
                    now() - make_interval(days => days), 'days-' || days, false, 'unknown_user'
                    FROM unnest(ARRAY[41, 39]) AS days;
                INSERT INTO user_query (asked_at, times, user_id, tenant_id, route, query, duration_microseconds) SELECT
                    now() - make_interval(days => days), 1, 1, 1, 'GET /days', days::text, 0
                    FROM unnest(ARRAY[11, 9]) AS days""", as_script=True)
            assert system.stop() == 0
            assert "CancellationError" not in (system.folder / "log/gateway.log").read_text()
            last = told(system)[-1]
            assert int(last[0]) >= entry["audit_id"]
            system.start()
            assert eventually(lambda: system.psql(
                "camet_global", "SELECT string_agg(username_folded, ' ') FROM user_login WHERE username_folded ~ '^days'"
            ) == "days-39", 25)
            assert system.psql(
                "camet_global", "SELECT string_agg(query, ' ') FROM user_query WHERE route = 'GET /days'") == "9"
            # What was asked before the end was written at the end.
            assert system.psql(
                "camet_global", "SELECT times FROM user_query WHERE route = 'GET /api/v1/line-status'") == "1"
            code, answer, errors = verify(system)
            assert (code, answer["sound"]) == (0, True), errors
            assert entry["hash"] in system.psql("camet_global", "SELECT encode(hash, 'hex') FROM audit_log")

    def test_settings_are_checked_and_a_file_that_cannot_be_written_stops_the_start(self, system, tmp_path):
        environment = dict(
            line.split("=", 1) for line in (system.folder / "camet.conf").read_text().splitlines() if "=" in line)
        program = REPOSITORY / ".build/release/camet-gateway"
        for wrong, name in (({"CAMET_AUDIT_HEADS_FILE": "/proc/none/heads.log"}, "CAMET_AUDIT_HEADS_FILE"),
                            ({"CAMET_SIGN_IN_RETENTION_DAYS": "29"}, "CAMET_SIGN_IN_RETENTION_DAYS"),
                            ({"CAMET_QUERY_RETENTION_DAYS": "0"}, "CAMET_QUERY_RETENTION_DAYS"),
                            ({"CAMET_AUDIT_HEADS_SECONDS": "0"}, "CAMET_AUDIT_HEADS_SECONDS"),
                            ({"CAMET_QUERY_LOG_SECONDS": "many"}, "CAMET_QUERY_LOG_SECONDS")):
            done = subprocess.run(
                [program], env=os.environ | environment | {"CAMET_DATA": str(system.folder), "CAMET_PORT": "0"} | wrong,
                user=system.gateway_user, group=system.gateway_user, extra_groups=[] if os.geteuid() == 0 else None,
                capture_output=True, text=True, timeout=30)
            assert done.returncode == 78, done.stderr
            assert name in done.stderr
