"""camet database tune: what is missing is found and added, what is not the product's is listed and stays until asked."""

import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_session import DatabaseSession
from running_system import REPOSITORY, PlantData, RunningSystem, eventually

NOW = datetime.now(timezone.utc).replace(microsecond=0)


class Tuned:
    """A company with a line of some thousands of detections of the last day."""

    def __init__(self, system, slug: str, rows: int = 6_000):
        self.system, self.slug = system, slug
        self.tenant = system.make_tenant(slug)
        commissioned = NOW.replace(second=0) - timedelta(days=40)
        self.data = PlantData(self.tenant.client("MANAGER"), code="L1", commissioned_at=commissioned.isoformat())
        self.line = self.data.line
        self.database = self.tenant.database
        self.post(rows)

    def post(self, rows: int, before: timedelta = timedelta()) -> None:
        """So many, ten seconds apart, the last of them some time before now."""
        for first in range(0, rows, 5_000):
            batch = [self.data.detection((NOW - before - timedelta(seconds=10 * number)).isoformat())
                     for number in range(first, min(rows, first + 5_000))]
            answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": batch})
            assert answer.status_code == 200 and answer.json()["stored"] == len(batch), answer.text

    def tune(self, *arguments: str) -> dict:
        [item] = self.system.camet("database", "tune", "--tenant", self.slug, *arguments)["items"]
        assert (item["tenant"], item["database"]) == (self.slug, self.database)
        return item

    def psql(self, statement: str) -> str:
        return self.system.psql(self.database, statement)

    def indexes(self) -> set[str]:
        return set(self.psql(
            "SELECT schemaname, tablename, regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes "
            "WHERE schemaname IN ('public', 'detection_partition')").splitlines())

    def valid(self, name: str) -> bool:
        return self.psql(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass") == "t"

    def audited(self) -> list[str]:
        return self.system.psql("camet_global", (
            "SELECT action || ' ' || object FROM audit_log JOIN tenant USING (tenant_id) "
            f"WHERE slug = '{self.slug}' AND action LIKE 'index.%' ORDER BY audit_id")).splitlines()


def says_nothing(item: dict) -> bool:
    return item["missing"] == [] and item["others"] == [] and item["statistics"] == []


def refused(system, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [REPOSITORY / "script/camet", "database", "tune", *arguments],
        env=system.environment | {"CAMET_DATA": str(system.folder)}, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, done.stdout
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def tuning():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def tuned(tuning):
    made = Tuned(tuning, "tuned")
    # Of the month that rows of two days ago are of, which a test writes.
    made.post(1, before=timedelta(days=2, hours=1))
    # The server counts what was stored up to ten seconds later; what it counted after ANALYZE would be changes since then.
    counted = (f"SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE starts_with(relname::text, 'detection_line_{made.line}_')")
    assert eventually(lambda: int(made.psql(counted)) >= 6_000, 50)
    # What the server's own care has not come to yet is not the matter here.
    made.psql("ANALYZE")
    return made


def test_of_an_untouched_database_nothing_is_said(tuned):
    indexes = tuned.indexes()
    assert says_nothing(tuned.tune("--dry-run"))
    assert says_nothing(tuned.tune())
    assert tuned.indexes() == indexes and tuned.audited() == []


def test_an_index_of_a_line_is_added_to_every_month_while_rows_come(tuned):
    before, name = tuned.indexes(), f"detection_line_{tuned.line}_time"
    tuned.psql(f"DROP INDEX {name}")
    lacking = tuned.indexes()
    assert len(before - lacking) >= 6  # the table's, this month's and three more's, the default one's
    [missing] = tuned.tune("--dry-run")["missing"]
    assert (missing["index"], missing["table"], missing["state"], missing["added"]) == (
        name, f"detection_line_{tuned.line}", "missing", False)
    assert tuned.indexes() == lacking and "after" not in missing["plan"]

    done, stored = threading.Event(), []

    def write() -> None:
        at = 0
        while not done.is_set():
            at += 1
            tuned.post(1, before=timedelta(days=2, seconds=at))
            stored.append(at)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        item = tuned.tune()
    finally:
        done.set()
        writer.join(30)
    assert stored
    [missing] = item["missing"]
    assert missing["added"] and "failure" not in missing
    plan = missing["plan"]
    assert plan["statement"] == "ListDetections"
    assert not any("Index" in line for line in plan["before"]) and any("Sort" in line for line in plan["before"]), plan["before"]
    assert any("Index Scan" in line for line in plan["after"]), plan["after"]
    assert all(any("actual time" in line for line in lines) for lines in (plan["before"], plan["after"]))
    assert tuned.valid(name) and tuned.indexes() == before
    # A month that is made later has it too.
    tuned.psql(f"SELECT ensure_detection_month({tuned.line}, now() + interval '6 months')")
    assert says_nothing(tuned.tune())
    assert tuned.audited()[-1] == f"index.added index:{name}"


def test_a_build_that_broke_off_is_gone_on_with(tuned):
    """Of a table with partitions, and of a plain one."""
    before, name = tuned.indexes(), f"detection_line_{tuned.line}_time"
    tuned.psql(f"DROP INDEX {name}")
    tuned.psql(f"CREATE INDEX {name} ON ONLY detection_line_{tuned.line} (detected_at, detection_id)")
    month = f"detection_partition.detection_line_{tuned.line}_y{NOW:%Y}m{NOW:%m}"
    tuned.psql(f"CREATE INDEX left_over ON {month} (detected_at, detection_id)")
    tuned.psql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'calendar_exception_time'::regclass")
    item = tuned.tune()
    assert {one["index"]: (one["state"], one["added"]) for one in item["missing"]} == {
        name: ("invalid", True), "calendar_exception_time": ("invalid", True)}
    # That of the month was taken, not doubled.
    assert item["others"] == []
    assert tuned.valid(name) and tuned.valid("calendar_exception_time") and tuned.indexes() == before
    assert says_nothing(tuned.tune())


def test_a_key_comes_back_as_a_key(tuned):
    tuned.psql("ALTER TABLE activity_gap DROP CONSTRAINT activity_gap_pkey")
    [missing] = tuned.tune()["missing"]
    assert (missing["index"], missing["added"], missing["plan"]["statement"]) == (
        "activity_gap_pkey", True, "ListActivityGaps")
    assert tuned.psql("SELECT contype FROM pg_constraint WHERE conname = 'activity_gap_pkey'") == "p"
    # Its rows are written as before.
    tuned.post(2, before=timedelta(days=20))
    assert says_nothing(tuned.tune())
    # What would not be unique cannot be added, and says so; the rest is.
    tuned.psql("ALTER TABLE idempotency_key DROP CONSTRAINT idempotency_key_pkey")
    row = "('k', 'p', 'r', decode(repeat('00', 32), 'hex'))"
    tuned.psql(f"INSERT INTO idempotency_key (key, principal, route, body_hash) VALUES {row}, {row}")
    tuned.psql("DROP INDEX incident_failure")
    code, said = refused(tuned.system, "--tenant", tuned.slug)
    assert code == 1 and "idempotency_key_pkey was not added" in said, said
    assert tuned.valid("incident_failure")
    tuned.psql("DELETE FROM idempotency_key WHERE key = 'k'")
    item = tuned.tune()
    assert [(one["index"], one["added"]) for one in item["missing"]] == [("idempotency_key_pkey", True)]
    assert says_nothing(tuned.tune())


def test_a_further_index_stays_until_it_is_named(tuned):
    before = tuned.indexes()
    tuned.psql("CREATE INDEX mine ON minute_count (line_id, minute)")
    tuned.psql(f"CREATE INDEX of_months ON detection_line_{tuned.line} (product_id)")
    made = tuned.indexes()
    for _ in range(2):
        item = tuned.tune()
        assert item["missing"] == []
        others = {one["index"]: one for one in item["others"]}
        assert set(others) == {"mine", "of_months"}
        assert others["mine"]["covered_by"] == "minute_count_pkey" and others["mine"]["scans"] == 0
        assert others["of_months"]["bytes"] > 6_000 * 8 and "covered_by" not in others["of_months"]
        assert not any(one["dropped"] for one in others.values())
        assert tuned.indexes() == made
    for name in ("minute_count_pkey", f"detection_line_{tuned.line}_time", "none"):
        code, said = refused(tuned.system, "--tenant", tuned.slug, "--drop", name)
        assert code == 1 and "nothing was changed" in said, said
    assert tuned.indexes() == made
    dropped = {one["index"]: one["dropped"] for one in tuned.tune("--drop", "mine")["others"]}
    assert dropped == {"mine": True, "of_months": False}
    assert {one["index"] for one in tuned.tune("--drop", "of_months")["others"]} == {"of_months"}
    assert tuned.indexes() == before
    assert says_nothing(tuned.tune())
    assert tuned.audited()[-2:] == ["index.dropped index:mine", "index.dropped index:of_months"]


def test_statistics_that_are_old_are_gathered(tuned):
    tuned.psql("ALTER TABLE minute_count SET (autovacuum_enabled = false)")
    for _ in range(3):
        tuned.psql("UPDATE minute_count SET detections = detections")
    [stale] = [one for one in tuned.tune("--dry-run")["statistics"] if one["table"] == "minute_count"]
    assert stale["changed"] >= 3_000 and not stale["gathered"] and stale["gathered_at"]
    [stale] = [one for one in tuned.tune()["statistics"] if one["table"] == "minute_count"]
    assert stale["gathered"]
    assert says_nothing(tuned.tune())
    tuned.psql("ALTER TABLE minute_count RESET (autovacuum_enabled)")


def test_every_company_is_looked_at_and_one_in_trouble_stops_no_other(tuning, tuned):
    other = Tuned(tuning, "untuned", rows=10)
    other.psql("DROP INDEX idempotency_key_created")
    with DatabaseSession(tuning, tuned.database) as archiver:
        archiver.run("SELECT pg_advisory_lock(1667329381, 3)")
        code, said = refused(tuning, "--all")
        assert code == 1 and "another camet" in said and tuned.slug in said, said
    assert other.valid("idempotency_key_created")
    items = {item["tenant"]: item for item in tuning.camet("database", "tune", "--all")["items"]}
    assert says_nothing(items["untuned"]) and says_nothing(items["tuned"])


@pytest.mark.parametrize("flags", [
    [], ["--all", "--tenant", "tuned"], ["--all", "--drop", "mine"], ["--tenant", "tuned", "--dry-run", "--drop", "mine"],
], ids=["nobody", "all and one", "drop of all", "dry drop"])
def test_wrong_flags_are_wrong_usage(tuning, flags):
    assert refused(tuning, *flags)[0] == 2
