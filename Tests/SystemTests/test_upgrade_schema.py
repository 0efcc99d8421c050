"""Databases and programs of different ages: a worker serves on its own schema, on the one before, and on one that is ahead; and
`camet migrate` goes on past tenants that fail, as far as it is told."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from request_history import Load, check_untouched
from running_system import REPOSITORY, PlantData, RunningSystem, Tenant, eventually

MIGRATIONS = REPOSITORY / "Migrations"
NEWEST = max(int(path.name[:4]) for path in (MIGRATIONS / "tenant").glob("*.sql"))
# From these migrations on none takes away what the build before it uses, unless it says why it may.
FIRST_OF_RULE = {"global": 9, "tenant": 11}
TAKES_AWAY = re.compile(
    r"\bDROP\s+(TABLE|COLUMN|VIEW)\b|\bRENAME\b|\bALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE\b|\bSET\s+NOT\s+NULL\b", re.IGNORECASE)
CONTRACT = "-- contract: "


@pytest.fixture(scope="module")
def aging():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


@pytest.fixture
def migrations(tmp_path):
    """A copy of the migrations, to take from or add to."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "Migrations"))


def add(migrations: Path, name: str, text: str) -> str:
    (migrations / f"tenant/{NEWEST + 1:04}_{name}.sql").write_text(text)
    return f"{NEWEST + 1}_{name}"


def camet(system, migrations: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The program itself: script/camet takes the migrations of the repository."""
    return subprocess.run(
        [REPOSITORY / ".build/release/camet", *arguments], capture_output=True, text=True, timeout=120,
        env=system.environment | {"CAMET_DATA": str(system.folder), "CAMET_MIGRATIONS": str(migrations)})


def make(system, migrations: Path, slug: str):
    """A tenant whose database is made with these migrations."""
    done = camet(system, migrations, "tenant", "create", "--slug", slug, "--name", slug, "--timezone", "UTC")
    assert done.returncode == 0, done.stderr
    return Tenant(system, slug)


def version(system, tenant) -> int:
    return int(system.psql(tenant.database, "SELECT max(number) FROM schema_migration"))


def serves(tenant) -> None:
    """What a plant cannot do without: master data, detections in, figures out."""
    plant = PlantData(tenant.client("MANAGER"), code=f"L{os.urandom(3).hex()}", commissioned_at="2026-02-01T00:00:00Z")
    with Load(tenant, plant, writers=1, readers=1) as history:
        assert eventually(lambda: history.count("ok") > 20 and history.reads["ok"] > 20, 60), str(history)
    check_untouched(history)
    viewer = tenant.client("VIEWER")
    query = f"from=2026-02-11&to=2026-02-11&line_id={plant.line}"
    figures = viewer.read(f"/api/v1/kpis?{query}")
    assert figures["lines"][0]["good"] > 20, figures
    assert viewer.get(f"/api/v1/downtimes?{query}").status_code == 200
    assert viewer.get("/api/v1/line-status").status_code == 200
    assert viewer.read("/api/v1/layout")["tabs"]


def test_a_worker_serves_on_the_schema_before_its_own(aging, migrations):
    next((migrations / "tenant").glob(f"{NEWEST:04}_*.sql")).unlink()
    tenant = make(aging, migrations, "behind")
    assert version(aging, tenant) == NEWEST - 1
    serves(tenant)
    # The control: brought up to date under its worker, it goes on.
    assert camet(aging, MIGRATIONS, "migrate", "--tenant", "behind").returncode == 0
    assert version(aging, tenant) == NEWEST
    serves(tenant)


def test_a_worker_serves_on_a_schema_that_is_ahead(aging, migrations):
    """An expansion, as the rule allows it: what is added has a default, or may be null."""
    tenant = make(aging, MIGRATIONS, "ahead")
    serves(tenant)
    add(migrations, "ahead", "ALTER TABLE production_line ADD COLUMN colour text; CREATE TABLE of_the_future (i integer);")
    assert camet(aging, migrations, "migrate", "--tenant", "ahead").returncode == 0
    assert version(aging, tenant) == NEWEST + 1
    serves(tenant)
    # The worker that was running is not told, and one that starts now sees it.
    aging.camet("worker", "restart", "--tenant", "ahead")
    serves(tenant)
    # What cannot be is said: this program knows of no such migration, so it changes nothing.
    done = camet(aging, MIGRATIONS, "migrate", "--tenant", "ahead")
    assert done.returncode == 1 and "is newer than this program" in done.stderr


def migrate(system, migrations: Path, *arguments: str) -> tuple[subprocess.CompletedProcess, dict[str, dict]]:
    done = camet(system, migrations, "migrate", "--all", *arguments, "--json")
    rows = json.loads(done.stdout)["items"]
    assert rows[0]["tenant"] is None
    return done, {row["tenant"]: row for row in rows[1:]}


@pytest.fixture
def fleet():
    """Companies of which the second and the fourth have something in the way of the next migration."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        tenants = {slug: made.make_tenant(slug) for slug in ("a", "b", "c", "d", "e")}
        for slug in ("b", "d"):
            made.psql(tenants[slug].database, "CREATE TABLE of_the_future (mine integer)")
        yield made, tenants


def test_a_tenant_that_fails_serves_on_and_so_many_failures_stop_the_rest(fleet, migrations):
    system, tenants = fleet
    title = add(migrations, "fleet", "CREATE TABLE of_the_future (i integer);")
    with Load(tenants["b"], PlantData(tenants["b"].client("MANAGER"))) as history:
        # One after the other: the first failure is that of b, and the second that of d.
        done, rows = migrate(system, migrations, "--parallel", "1", "--stop-after", "1")
        assert done.returncode == 1 and "1 failed, 3 were not tried" in done.stderr, done.stderr
        assert {slug: row["result"] for slug, row in rows.items()} == {
            "a": "done", "b": "failed", "c": "untried", "d": "untried", "e": "untried"}
        assert (rows["a"]["applied"], rows["a"]["pending"], rows["a"]["version"]) == ([title], [], NEWEST + 1)
        assert (rows["b"]["applied"], rows["b"]["pending"], rows["b"]["version"]) == ([], [title], NEWEST)
        assert "of_the_future" in rows["b"]["error"] and rows["a"]["error"] is None
        assert "tenant b is left as it was" in done.stderr

        done, rows = migrate(system, migrations, "--parallel", "3", "--stop-after", "3")
        assert done.returncode == 1 and "2 failed, 0 were not tried" in done.stderr, done.stderr
        assert {slug: row["result"] for slug, row in rows.items()} == {
            "a": "done", "b": "failed", "c": "done", "d": "failed", "e": "done"}
        assert rows["a"]["applied"] == [] and rows["c"]["applied"] == [title]
        assert eventually(lambda: history.count("ok") > 20 and history.reads["ok"] > 20, 60), str(history)
    check_untouched(history)
    for tenant in tenants.values():
        serves(tenant)
    # The control: what was in the way is gone.
    for slug in ("b", "d"):
        system.psql(tenants[slug].database, "DROP TABLE of_the_future")
    done, rows = migrate(system, migrations)
    assert done.returncode == 0 and {row["version"] for row in rows.values()} == {NEWEST + 1}
    table = camet(system, migrations, "migrate", "--all").stdout
    assert table.splitlines()[0].split() == ["DATABASE", "TENANT", "VERSION", "RESULT", "APPLIED", "PENDING"]


def test_wrong_numbers_are_wrong_usage(aging):
    for wrong in (["--parallel", "0"], ["--parallel", "33"], ["--stop-after", "0"]):
        assert camet(aging, MIGRATIONS, "migrate", *wrong).returncode == 2
    # The control.
    aging.make_tenant("numbers")
    assert camet(
        aging, MIGRATIONS, "migrate", "--tenant", "numbers", "--parallel", "32", "--stop-after", "9").returncode == 0


def breaches(text: str) -> list[str]:
    """Lines that take something away, without the line that says why they may."""
    lines = [line.split("--")[0] for line in text.splitlines()]
    return [] if CONTRACT in text else [line for line in lines if TAKES_AWAY.search(line)]


def test_no_migration_takes_away_what_the_build_before_uses():
    for folder, first in FIRST_OF_RULE.items():
        for path in sorted((MIGRATIONS / folder).glob("*.sql")):
            if int(path.name[:4]) >= first:
                assert breaches(path.read_text()) == [], path
    # The control.
    for text in ("ALTER TABLE area DROP COLUMN area_order;", "DROP TABLE area;", "ALTER TABLE a RENAME TO b;",
                 "ALTER TABLE a ALTER COLUMN b TYPE text;", "ALTER TABLE a ALTER COLUMN b SET NOT NULL;"):
        assert breaches(text) == [text]
        assert breaches(f"{CONTRACT}no build since 4.0 reads it\n{text}") == []
    assert breaches("ALTER TABLE a ADD COLUMN b text; DROP FUNCTION c();") == []
