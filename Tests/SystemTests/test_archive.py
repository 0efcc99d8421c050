"""Months of detections in files: figures stay, what needs the rows is refused, and a restored month is what it was."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_session import DatabaseSession
from running_system import REPOSITORY, PlantData, RunningSystem, check_problem, eventually

SETTING = "/api/v1/settings/retention.hot_months"


def month_start(back: int) -> datetime:
    """The first instant of a month of UTC, so many before this one."""
    now = datetime.now(timezone.utc)
    number = now.year * 12 + now.month - 1 - back
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=timezone.utc)


OLDEST, OLD, HOT = month_start(4), month_start(3), month_start(1)
OLDEST_NAME, OLD_NAME, HOT_NAME = (month.strftime("%Y-%m") for month in (OLDEST, OLD, HOT))


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def archiving():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


class Plant:
    """A line with three months of units: two to archive, whose border a stop crosses, and one that stays."""

    def __init__(self, system: RunningSystem, slug: str, seed: int, days: int = 3):
        self.system, self.slug = system, slug
        self.tenant = system.make_tenant(slug)
        self.manager = self.tenant.client("MANAGER")
        self.admin = self.tenant.client("ADMIN")
        self.data = PlantData(self.manager, code="L1", commissioned_at=text(OLDEST))
        self.line = self.data.line
        self.other = self.manager.make(
            "products", product_code="other", product_name="Other", weight_kg=2.5)["product_id"]
        generator = random.Random(seed)
        # Versions that begin within a minute of an archived month.
        self.change("production-lines", self.line, OLDEST + timedelta(days=2, hours=11, seconds=17.25),
                    rate_per_minute=12)
        self.change("products", self.other, OLDEST + timedelta(days=2, hours=12, seconds=41), weight_kg=3.5)
        for start in (OLDEST + timedelta(days=1), OLD - timedelta(hours=18), OLD + timedelta(days=9),
                      HOT + timedelta(days=1)):
            self.load(start, days, generator)
        self.database = self.tenant.database

    def change(self, resource: str, number: int, instant: datetime, **fields) -> None:
        path = f"/api/v1/{resource}/{number}"
        answer = self.manager.get(path)
        body = {key: value for key, value in answer.json().items()
                if key not in ("line_id", "product_id", "created_at", "versions", "decommissioned_at", "plant_name",
                               "warnings", "has_history", "updated_at", "timezone")}
        done = self.manager.put(path, body | fields | {"valid_from": text(instant)},
                                headers={"If-Match": answer.headers["ETag"]})
        assert done.status_code == 200, done.text

    def load(self, start: datetime, days: int, generator: random.Random) -> None:
        """Days of units in bursts, products mixed up, many at one instant, some with numbers of their own."""
        rows, at = [], start
        while at < start + timedelta(days=days):
            for _ in range(generator.randint(1, 40)):
                at += timedelta(seconds=generator.choice([0, 1, 2, 4, 7.000001, 9.999999, 11, 20, 61]))
                row = self.data.detection(text(at), generator.choice(["input", "output"]))
                if generator.random() < 0.5:
                    row["product"] = "other"
                if generator.random() < 0.3:
                    row["event_id"] = f"é\\t{generator.random()}"
                rows.append(row)
            at += timedelta(seconds=generator.choice([90, 900, 3_600, 20_000]))
        for first in range(0, len(rows), 5_000):
            self.post(rows[first:first + 5_000])

    def post(self, rows: list[dict]) -> None:
        answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200 and answer.json()["stored"] == len(rows), answer.text

    def calculate(self) -> None:
        """Stores the stops of all months."""
        for first, last in ((OLDEST, OLD), (OLD, month_start(2)), (HOT, month_start(0))):
            done = self.manager.post("/api/v1/downtimes/recalculate", {
                "line_id": self.line, "from": text(first), "to": text(last)})
            assert done.status_code == 200, done.text

    def keep(self, months: int) -> None:
        """Lets so many months stay before the one that follows HOT, which may be over by now."""
        now, answer = month_start(0), self.admin.get(SETTING)
        months += 12 * (now.year - HOT.year) + now.month - HOT.month - 1
        done = self.admin.put(SETTING, {"value": months}, headers={"If-Match": answer.headers["ETag"]})
        assert done.status_code == 200, done.text

    def query(self, first: datetime, last: datetime, **more) -> str:
        fields = {"from": text(first), "to": text(last), "line_id": self.line} | more
        return "&".join(f"{key}={value}" for key, value in fields.items())

    def figures(self) -> dict[str, object]:
        """Everything the API tells of the time before the hot month."""
        over = self.query(OLDEST, HOT)
        paths = [
            f"kpis?{over}", f"kpis?{over}&interval=day", f"kpis?{over}&group_by=shift", f"kpis?{over}&threshold_seconds=30",
            f"kpis?{self.query(OLD, HOT)}&compare_from={text(OLDEST)}&compare_to={text(OLD)}",
            f"production?{over}&interval=hour&split_by=product", f"production?{over}&interval=day&split_by=area",
            f"downtimes?{over}&limit=500", f"downtimes?{over}&threshold_seconds=200&limit=500",
            f"explain/kpis?{over}",
        ]
        found = {}
        for path in paths:
            answer = self.manager.get(f"/api/v1/{path}")
            assert answer.status_code == 200, f"{path}: {answer.text}"
            found[path] = {key: value for key, value in answer.json().items() if key != "now"}
        return found

    def rows(self, first: datetime = OLDEST, last: datetime = HOT) -> str:
        return self.system.psql(self.database, (
            f"SET timezone = 'UTC'; SELECT * FROM detection_line_{self.line} WHERE detected_at >= '{text(first)}' "
            f"AND detected_at < '{text(last)}' ORDER BY detected_at, detection_id")).partition("\n")[2]

    def derived(self) -> str:
        return "\n".join(self.system.psql(self.database, statement) for statement in (
            "SELECT * FROM minute_count ORDER BY 1, 2, 3, 4", "SELECT * FROM activity_gap ORDER BY 1, 2",
            "SELECT first_detected_at, last_detected_at, last_is_lone, detections FROM line_activity ORDER BY line_id"))

    def archive(self, verb: str, *arguments: str):
        return self.system.camet("archive", verb, "--tenant", self.slug, *arguments)

    @property
    def folder(self) -> Path:
        return self.system.folder / "archive" / self.database

    def fails(self, verb: str, *arguments: str) -> str:
        """What a verb that must not succeed says."""
        done = subprocess.run(
            [REPOSITORY / "script/camet", "archive", verb, "--tenant", self.slug, *arguments],
            env=self.system.environment | {"CAMET_DATA": str(self.system.folder)}, capture_output=True, text=True,
            timeout=60)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        return done.stderr


@pytest.fixture(scope="module")
def plant(archiving):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    made = Plant(archiving, "cold", seed)
    made.calculate()
    return made


def refused(answer, parameter: str) -> None:
    problem = check_problem(answer, 422, "invalid")
    assert [(error["param"], error["code"]) for error in problem["errors"]] == [(parameter, "archived_detail")]


def test_nothing_is_archived_until_somebody_says_how_much_stays(plant):
    assert plant.admin.read(SETTING)["value"] == 0
    assert plant.archive("run")["items"] == []
    assert plant.archive("list")["items"] == []


def test_figures_stay_and_what_needs_rows_is_refused(plant):
    before, rows, derived = plant.figures(), plant.rows(), plant.derived()
    suggestions = [stop["suggested_category"] for path, answer in before.items() if path.startswith("downtimes")
                   for stop in answer["items"]]
    assert suggestions.count("changeover") > 3 and suggestions.count(None) > 3
    hot = plant.rows(HOT, month_start(0))
    plant.keep(1)
    items = plant.archive("run")["items"]
    assert [(item["line_code"], item["month"], item["rows"]) for item in items] == [
        ("L1", name, sum(row.split("|")[1].startswith(name) for row in rows.splitlines()))
        for name in (OLDEST_NAME, OLD_NAME)]
    assert plant.rows() == "" and plant.rows(HOT, month_start(0)) == hot
    assert plant.derived() == derived
    assert plant.archive("run")["items"] == []
    # With what the worker has in memory, and from the database alone.
    assert plant.figures() == before
    os.kill(plant.system.worker(plant.slug)["pid"], signal.SIGKILL)
    assert eventually(lambda: plant.manager.get(SETTING).status_code == 200, 20)
    assert plant.figures() == before

    inside, hot_span = plant.query(OLDEST, OLD), plant.query(HOT + timedelta(days=2), HOT + timedelta(days=3))
    refused(plant.manager.get(f"/api/v1/detections?{inside}"), "from")
    refused(plant.manager.get(f"/api/v1/detections?{plant.query(OLD + timedelta(days=20), HOT + timedelta(days=2))}"), "from")
    assert plant.manager.read(f"/api/v1/detections?{hot_span}")["items"]
    for name in ("kpis", "downtimes"):
        refused(plant.manager.get(f"/api/v1/{name}?{inside}&threshold_seconds=5"), "threshold_seconds")
    assert plant.manager.get(f"/api/v1/kpis?{hot_span}&threshold_seconds=5").status_code == 200
    assert plant.manager.get(f"/api/v1/kpis?{inside}&threshold_seconds=10").status_code == 200
    # A period that cuts a minute whose rows are gone; one that cuts a minute without any, or one that is kept, is answered.
    def first_minute(condition: str) -> datetime:
        return datetime.fromtimestamp(60 * int(plant.system.psql(plant.database, (
            "WITH kept AS (SELECT floor(date_part('epoch', detected_at) / 60) AS minute, count(*) AS rows "
            "FROM kept_detection GROUP BY 1) "
            "SELECT counted.minute FROM minute_count AS counted LEFT JOIN kept USING (minute) GROUP BY 1, kept.rows "
            f"HAVING {condition} ORDER BY 1 LIMIT 1"))), timezone.utc) + timedelta(seconds=30)

    gone, kept = first_minute("coalesce(kept.rows, 0) < sum(detections)"), first_minute("kept.rows = sum(detections)")
    refused(plant.manager.get(f"/api/v1/kpis?{plant.query(gone, OLD)}"), "from")
    refused(plant.manager.get(f"/api/v1/kpis?{plant.query(OLDEST, gone)}"), "to")
    for start in (OLDEST + timedelta(seconds=1), kept):
        assert plant.manager.get(f"/api/v1/kpis?{plant.query(start, OLD)}").status_code == 200


def test_a_dashboard_of_archived_time_shows_all_but_single_detections(plant):
    def ask(start: datetime, end: datetime, **more):
        return plant.manager.post("/api/v1/dashboard/data", {"interval": "day", "daterange": {
            "start_date": start.strftime("%Y-%m-%d"), "end_date": end.strftime("%Y-%m-%d")}} | more)

    answer = ask(OLDEST + timedelta(days=1), OLDEST + timedelta(days=6))
    widgets = answer.json()["widgets"]
    assert {key: tile["error"]["code"] for key, tile in widgets.items() if "error" in tile} == {
        "EventFeed": "archived_detail"}, answer.text
    assert widgets["KpiTotalProduction"]["data"]["value"] > 0
    # The newest are of the hot month.
    widgets = ask(OLDEST, HOT + timedelta(days=3)).json()["widgets"]
    assert {key: tile["error"] for key, tile in widgets.items() if "error" in tile} == {}
    assert len(widgets["EventFeed"]["data"]["items"]) == 20
    refused(ask(OLDEST + timedelta(days=1), OLDEST + timedelta(days=6), downtime_threshold=5), "downtime_threshold")
    assert ask(HOT + timedelta(days=2), HOT + timedelta(days=3), downtime_threshold=5).status_code == 200


def test_a_comparison_with_archived_time_is_of_whole_minutes(archiving):
    plant = Plant(archiving, "compared", 4, days=1)
    now = datetime.now(timezone.utc)
    days = (now - (OLD + timedelta(days=15))).days
    then = now - timedelta(days=days)
    # A unit each second of the minutes that this moment is compared with.
    plant.post([plant.data.detection(text(then + timedelta(seconds=second))) for second in range(-70, 300)])
    plant.keep(1)
    assert len(plant.archive("run")["items"]) == 2
    refused(plant.manager.get(f"/api/v1/kpis?{plant.query(OLD, then.replace(second=30))}"), "to")
    # Dates are those of the plant, three hours behind.
    today = now - timedelta(hours=3)
    answer = plant.manager.post("/api/v1/dashboard/data", {"interval": "day", "daterange": {
        "start_date": (today - timedelta(days=days - 1)).strftime("%Y-%m-%d"), "end_date": today.strftime("%Y-%m-%d")}})
    widgets = answer.json()["widgets"]
    assert {key: tile["error"] for key, tile in widgets.items() if "error" in tile} == {}
    assert widgets["KpiTotalProduction"]["data"]["trend"]["previous"] > 60


def test_changes_that_would_need_archived_rows_are_refused(plant):
    path = f"/api/v1/production-lines/{plant.line}"
    derived = plant.derived()
    with pytest.raises(AssertionError, match="archived_detail"):
        plant.change("production-lines", plant.line, HOT + timedelta(days=20), downtime_threshold_seconds=5)
    plant.change("production-lines", plant.line, HOT + timedelta(days=20), downtime_threshold_seconds=70)
    minute = int(plant.system.psql(plant.database, "SELECT min(minute) + 0 FROM minute_count"))
    counted = datetime.fromtimestamp(minute * 60, timezone.utc)
    with pytest.raises(AssertionError, match="archived_detail"):
        plant.change("products", plant.other, counted + timedelta(seconds=30), weight_kg=4)
    plant.change("products", plant.data.product, HOT + timedelta(days=20, seconds=30), weight_kg=25)
    assert plant.derived() == derived
    assert plant.manager.get(path).json()["downtime_threshold_seconds"] == 70


def test_a_rebuild_leaves_what_is_archived(plant):
    derived, before = plant.derived(), plant.figures()
    changed = plant.system.camet("rebuild", "--tenant", plant.slug)["items"]
    assert [(item["minute_counters"], item["gaps"], item["activity"]) for item in changed] == [(0, 0, 0)]
    assert [(item["stops"]["added"], item["stops"]["updated"], item["stops"]["removed"]) for item in changed] == [(0, 0, 0)]
    assert plant.derived() == derived and plant.figures() == before


def damages(plant, other) -> dict[str, tuple]:
    file = plant.archive("list")["items"][1]["file"]
    path, manifest = plant.folder / file, plant.folder / f"{file}.json"
    foreign = other.folder / other.archive("list")["items"][1]["file"]
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 1
    return {
        "bytes instead of": (path, content[:-100]), "SHA-256": (path, bytes(flipped)), "missing": (path, None),
        "manifest": (manifest, None), "not the one": (manifest, manifest.read_bytes().replace(b'"rows" : ', b'"rows" : 1')),
        f"tenant {other.slug}": (manifest, Path(f"{foreign}.json").read_bytes()),
    }


def test_bad_files_are_found_and_not_restored(archiving, plant):
    other = Plant(archiving, "colder", 7, days=1)
    other.keep(1)
    other.archive("run")
    assert plant.archive("verify") == {
        "files": 2, "sound": True, "rows": sum(item["rows"] for item in plant.archive("list")["items"])}
    for words, (path, content) in damages(plant, other).items():
        good = path.read_bytes()
        try:
            path.unlink()
            if content is not None:
                path.write_bytes(content)
            bad = str(plant.folder / plant.archive("list")["items"][1]["file"])
            said = plant.fails("verify")
            assert words in said and bad in said, said
            said = plant.fails("restore")
            assert words in said and bad in said and "nothing was restored" in said, said
            assert plant.rows() == "" and all(not item.get("restored_until") for item in plant.archive("list")["items"])
        finally:
            path.write_bytes(good)
    assert plant.archive("verify")["sound"]
    # A foreign file in the place of the own one.
    path = plant.folder / plant.archive("list")["items"][1]["file"]
    good, foreign = path.read_bytes(), other.folder / other.archive("list")["items"][1]["file"]
    path.write_bytes(foreign.read_bytes())
    assert str(path) in plant.fails("verify")
    path.write_bytes(good)
    assert "there is no line" in plant.fails("restore", "--line", "L9")


def test_late_rows_are_right_and_a_restored_month_equals_the_original(archiving):
    """Beside a plant that nothing was ever archived of."""
    kept, plant = Plant(archiving, "kept", 11, days=2), Plant(archiving, "gone", 11, days=2)
    plant.keep(1)
    plant.archive("run")

    def comparable(rows: str) -> list[str]:
        return [row.rpartition("|")[0] for row in rows.splitlines()]

    late = [OLDEST + timedelta(days=1, seconds=number * 37.5, microseconds=1) for number in range(200)]
    late += [OLDEST + timedelta(days=20), OLDEST + timedelta(days=2, hours=11, seconds=17, microseconds=5)]
    for one in (kept, plant):
        one.post([one.data.detection(text(at), event_id=f"late-{at}") for at in late])
        one.calculate()
    again = plant.tenant.client("key:ingest").post("/api/v1/detections", {
        "detections": [plant.data.detection(text(late[0]), event_id=f"late-{late[0]}")]})
    assert again.json()["duplicates"] == 1
    same = ["kpis?{}", "production?{}&interval=hour&split_by=product", "downtimes?{}&limit=500"]

    def figures(one) -> list:
        return [strip(one.manager.read(f"/api/v1/{path.format(one.query(OLDEST, HOT))}")) for path in same]

    def times(one) -> list:
        """Rows that came late may make stops whose products nobody knew were needed."""
        return json.loads(json.dumps(figures(one)).replace('"suggested_category": "changeover"', '"suggested_category": null'))

    assert times(plant) == times(kept)
    refused(plant.manager.get(f"/api/v1/detections?{plant.query(OLDEST, OLD)}"), "from")
    assert plant.system.psql(plant.database, "SELECT count(*) FROM detection_line_1 WHERE detected_at < now() - interval '62 days'") == "202"
    # Until the worker looks anew they lie in the default partition; the archive takes them all the same.
    assert [(item["month"], item["part"], item["rows"]) for item in plant.archive("run")["items"] if item["rows"]] == [
        (OLDEST_NAME, 2, 202)]
    assert times(plant) == times(kept)
    restored = plant.archive("restore", "--month", OLDEST_NAME, "--line", "L1", "--days", "2")["items"]
    assert [item["month"] for item in restored] == [OLDEST_NAME]
    assert comparable(plant.rows(OLDEST, OLD)) == comparable(kept.rows(OLDEST, OLD)) != []
    assert plant.manager.read(f"/api/v1/detections?{plant.query(OLDEST, OLD)}")["items"]
    assert plant.manager.get(f"/api/v1/kpis?{plant.query(OLDEST, OLD - timedelta(days=5))}&threshold_seconds=5").status_code == 200
    refused(plant.manager.get(f"/api/v1/detections?{plant.query(OLD, HOT)}"), "from")
    assert figures(plant) == figures(kept)
    # It stays until its days are over, and then goes as one file.
    assert plant.archive("run")["items"] == []
    rows = plant.rows(OLDEST, OLD)
    plant.system.psql(plant.database, (
        "UPDATE detection_archive SET restored_until = now() - interval '1 second' WHERE restored_until IS NOT NULL"))
    files = set(plant.folder.rglob("*.gz"))
    assert [(item["part"], item["rows"]) for item in plant.archive("run")["items"]] == [(3, len(rows.splitlines()))]
    assert len(set(plant.folder.rglob("*.gz")) - files) == 1 and all(file.exists() for file in files)
    assert plant.archive("verify")["files"] == 2
    assert plant.rows(OLDEST, OLD) == "" and figures(plant) == figures(kept)
    # Row by row, what is in no other column included, after a second way there and back.
    plant.archive("restore")
    assert plant.rows(OLDEST, OLD) == rows
    changed = plant.system.camet("rebuild", "--tenant", plant.slug)["items"]
    assert [(item["minute_counters"], item["gaps"], item["activity"]) for item in changed] == [(0, 0, 0)]
    actions = plant.system.psql("camet_global", (
        "SELECT action FROM audit_log JOIN tenant USING (tenant_id) WHERE slug = 'gone' AND object = 'line:1' "
        "AND actor LIKE 'cli:%'")).splitlines()
    assert actions.count("detections.archived") == 4 and actions.count("detections.restored") == 3


def strip(answer):
    """Without the numbers of things, which are others in each tenant, and what grows with now."""
    if isinstance(answer, dict):
        return {key: strip(value) for key, value in answer.items()
                if not key.endswith("_id") and key not in ("now",)}
    if isinstance(answer, list):
        return [strip(value) for value in answer if not (isinstance(value, dict) and value.get("end", 0) is None)]
    return answer


def test_a_run_that_was_killed_goes_on(archiving):
    plant = Plant(archiving, "killed", 3, days=2)
    plant.keep(1)
    before, rows = plant.figures(), plant.rows()
    command = [REPOSITORY / "script/camet", "archive", "run", "--tenant", plant.slug, "--json"]
    environment = archiving.environment | {"CAMET_DATA": str(archiving.folder)}

    def alone() -> bool:
        """The session of one that was killed ends when PostgreSQL has noticed."""
        return eventually(lambda: archiving.psql(
            "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'camet_admin' AND datname = "
                        f"'{plant.database}'") == "0", 30)

    def killed(reached) -> None:
        running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert eventually(reached, 30), running.poll()
        running.kill()
        running.wait(10)
        running.stdout.close()

    def files(ending: str) -> list[Path]:
        return [path for path in plant.folder.rglob("*") if path.name.endswith(ending)]

    # Nothing of the month can be read yet: the file has its first name.
    with DatabaseSession(archiving, plant.database) as holder:
        holder.run("BEGIN")
        holder.run(f"LOCK detection_partition.detection_line_{plant.line}_y{OLDEST_NAME.replace('-', 'm')}")
        killed(lambda: files(".partial"))
        holder.run("ROLLBACK")
    assert alone() and plant.rows() == rows and plant.archive("list")["items"] == []
    # The file is whole, and the rows are not taken out: somebody reads the line.
    with DatabaseSession(archiving, plant.database) as reader:
        reader.run("BEGIN")
        reader.run(f"SELECT count(*) FROM detection_line_{plant.line}")
        killed(lambda: files(".gz.json"))
        reader.run("ROLLBACK")
    assert alone() and plant.rows() == rows and plant.archive("list")["items"] == [] and plant.figures() == before
    assert archiving.psql(plant.database, "SELECT count(*) FROM kept_detection") == "0"
    assert sum(item["rows"] for item in plant.archive("run")["items"]) == len(rows.splitlines())
    assert plant.rows() == "" and files(".partial") == [] and plant.archive("verify")["files"] == 2
    assert plant.figures() == before
    # A restore that is killed has done nothing.
    command[2:3] = ["restore"]
    with DatabaseSession(archiving, plant.database) as reader:
        reader.run("BEGIN")
        reader.run(f"SELECT count(*) FROM detection_line_{plant.line}")
        killed(lambda: archiving.psql(plant.database, (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%finish_month_restore%' "
            "AND wait_event_type = 'Lock'")) == "1")
        reader.run("ROLLBACK")
    assert plant.rows() == "" and plant.figures() == before
    assert plant.archive("restore")["items"]
    assert plant.rows() == rows and plant.figures() == before


def test_rows_that_arrive_while_a_month_is_archived_are_not_lost(archiving):
    plant = Plant(archiving, "busy", 5, days=1)
    plant.keep(1)
    rows = plant.rows(OLDEST, OLD)
    running = None
    with DatabaseSession(archiving, plant.database) as reader:
        reader.run("BEGIN")
        reader.run(f"SELECT count(*) FROM detection_line_{plant.line}")
        running = subprocess.Popen(
            [REPOSITORY / "script/camet", "archive", "run", "--tenant", plant.slug, "--json"],
            env=archiving.environment | {"CAMET_DATA": str(archiving.folder)}, stdout=subprocess.PIPE, text=True)
        assert eventually(lambda: list(plant.folder.rglob("*.gz.json")), 30)
        plant.post([plant.data.detection(text(OLDEST + timedelta(days=1, hours=1)))])
        reader.run("ROLLBACK")
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert sum(item["rows"] for item in json.loads(output)["items"] if item["month"] == OLDEST_NAME) \
        == len(rows.splitlines()) + 1
    item = plant.archive("list", "--month", OLDEST_NAME)["items"][0]
    assert hashlib.sha256((plant.folder / item["file"]).read_bytes()).hexdigest() == item["sha256"]


def test_a_folder_elsewhere_that_is_full_loses_nothing(archiving):
    plant = Plant(archiving, "elsewhere", 8, days=1)
    plant.keep(1)
    rows = plant.rows()
    folder = archiving.data / "mounted"
    folder.mkdir()
    environment = archiving.environment | {"CAMET_DATA": str(archiving.folder), "CAMET_ARCHIVE_FOLDER": str(folder)}
    command = [REPOSITORY / "script/camet", "archive", "run", "--tenant", plant.slug, "--json"]
    small = [sys.executable, Path(__file__).with_name("small_disk.py"), folder, "8192", str(os.geteuid()), "700"]
    done = subprocess.run(small + command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "No space left on device" in done.stderr, done.stderr
    assert plant.rows() == rows and plant.archive("list")["items"] == []
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert plant.rows() == "" and len(list((folder / plant.database).rglob("*.copy.gz"))) == 2
    assert not plant.folder.exists() and "missing" in plant.fails("verify")


def test_two_do_not_archive_at_once(archiving):
    plant = Plant(archiving, "turns", 6, days=1)
    with DatabaseSession(archiving, plant.database) as other:
        other.run("SELECT pg_advisory_lock(1667329381, 3)")
        assert "another camet" in plant.fails("run")
    assert plant.archive("run")["items"] == []


def run_all(system: RunningSystem) -> subprocess.CompletedProcess:
    """An archive run of every company."""
    return subprocess.run(
        [REPOSITORY / "script/camet", "archive", "run", "--json"],
        env=system.environment | {"CAMET_DATA": str(system.folder)}, capture_output=True, text=True, timeout=120)


def let_rows_arrive(plant: Plant) -> None:
    """From here on a row of the oldest month is written whenever that month has just been copied."""
    plant.system.psql(plant.database, f"""
        SET ROLE {plant.database}_owner;
        ALTER FUNCTION archive_detection_month RENAME TO archive_what_is_there;
        CREATE FUNCTION archive_detection_month(
            line integer, month timestamptz, part integer, name text, rows bigint, content bytea, file bytea, size bigint
        ) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF month = '{text(OLDEST)}' THEN
                INSERT INTO detection_line_{plant.line} (detected_at, area_id, product_id)
                VALUES (month + interval '36 hours', {plant.data.areas['output']}, {plant.data.product});
            END IF;
            PERFORM archive_what_is_there(line, month, part, name, rows, content, file, size);
        END
        $$;
        """, as_script=True)


def let_no_more_arrive(plant: Plant) -> None:
    plant.system.psql(plant.database, f"""
        SET ROLE {plant.database}_owner;
        DROP FUNCTION archive_detection_month;
        ALTER FUNCTION archive_what_is_there RENAME TO archive_detection_month;
        """, as_script=True)


def test_what_cannot_be_archived_keeps_nothing_else(archiving):
    held, busy, last = (Plant(archiving, f"fails-{name}", 9, days=1) for name in ("1-held", "2-busy", "3-last"))
    for plant in (held, busy, last):
        plant.keep(1)

    def archived(done) -> list[tuple]:
        return [(item["tenant"], item["month"]) for item in json.loads(done.stdout)["items"]
                if item["tenant"].startswith("fails-")]

    rows, derived = busy.rows(OLDEST, OLD), busy.derived()
    let_rows_arrive(busy)
    with DatabaseSession(archiving, held.database) as other:
        other.run("SELECT pg_advisory_lock(1667329381, 3)")
        done = run_all(archiving)
    assert done.returncode == 1, done.stderr
    assert "fails-1-held: another camet" in done.stderr, done.stderr
    assert f"fails-2-busy, line L1, month {OLDEST_NAME}: rows keep arriving for that month" in done.stderr, done.stderr
    assert "RA002" not in done.stderr and "CONTEXT" not in done.stderr
    assert archived(done) == [
        ("fails-2-busy", OLD_NAME), ("fails-3-last", OLDEST_NAME), ("fails-3-last", OLD_NAME)]
    assert busy.rows(OLDEST, OLD) == rows and busy.derived() == derived
    let_no_more_arrive(busy)
    done = run_all(archiving)
    assert done.returncode == 0, done.stderr
    assert archived(done) == [
        ("fails-1-held", OLDEST_NAME), ("fails-1-held", OLD_NAME), ("fails-2-busy", OLDEST_NAME)]
    assert busy.rows(OLDEST, OLD) == "" and busy.archive("verify")["files"] == 2


def test_a_restored_month_stays_longer_when_told_so(archiving):
    plant = Plant(archiving, "longer", 10, days=1)
    plant.keep(1)
    plant.archive("run")

    def restore(days: int, *arguments: str) -> list[tuple]:
        items = plant.archive("restore", "--days", str(days), *arguments)["items"]
        return [(item["month"], item["outcome"], item["restored_until"]) for item in items]

    def days_left(until: str) -> float:
        return (datetime.fromisoformat(until) - datetime.now(timezone.utc)) / timedelta(days=1)

    (_, outcome, first), = restore(2, "--month", OLDEST_NAME)
    rows = plant.rows(OLDEST, OLD)
    assert outcome == "restored" and 1.9 < days_left(first) <= 2 and rows
    (_, outcome, second), = restore(40, "--month", OLDEST_NAME)
    assert outcome == "extended" and 39.9 < days_left(second) <= 40
    assert restore(5, "--month", OLDEST_NAME) == [(OLDEST_NAME, "unchanged", second)]
    (_, outcome, until), (_, other, _) = restore(3)
    assert (outcome, until, other) == ("unchanged", second, "restored")
    assert plant.rows(OLDEST, OLD) == rows
    assert plant.archive("list", "--month", OLDEST_NAME)["items"][0]["restored_until"] == second
    # The days of the second are over, those of the first are not.
    plant.system.psql(plant.database, (
        "UPDATE detection_archive SET restored_until = restored_until - interval '4 days'"))
    assert [item["month"] for item in plant.archive("run")["items"]] == [OLD_NAME]
    assert plant.rows(OLDEST, OLD) == rows


@pytest.mark.parametrize("calculated", ["before", "after"])
def test_stops_of_an_archived_month_are_edited_as_before(archiving, calculated):
    """Also those that begin and end within minutes whose rows are gone, whenever they were calculated."""
    plant = Plant(archiving, f"edited-{calculated}", 12, days=4)
    if calculated == "before":
        plant.calculate()
    plant.keep(1)
    assert len(plant.archive("run")["items"]) == 2
    plant.calculate()

    def listed() -> list[dict]:
        return plant.manager.read(f"/api/v1/downtimes?{plant.query(OLDEST, OLD - timedelta(days=3))}&limit=500")["items"]

    def ask(method: str, path: str, body: dict | None = None) -> dict:
        answer = plant.manager.send(method, f"/api/v1/downtimes{path}", **({"json": body} if body is not None else {}))
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    before = listed()
    # Those that are planned all along: a part without planned time is not listed.
    chosen = [stop for stop in before if stop["end"] and stop["duration_seconds"] > 300
              and stop["planned_seconds"] == stop["duration_seconds"]][:3]
    assert len(chosen) == 3 and len({stop["start"][17:] for stop in chosen}) > 1
    for number, stop in enumerate(chosen):
        path = f"/{plant.line}/{stop['event_id']}"
        times = {"start": stop["start"], "end": stop["end"]}
        assert ask("GET", path) | {"planned_seconds": 0} == stop | {"planned_seconds": 0}
        changed = ask("PATCH", path, {"reason": f"Patched {number}"})
        assert (changed["event_id"], changed["reason"]) == (stop["event_id"], f"Patched {number}")
        given = ask("POST", "/justify", {"line_id": plant.line, "reason": f"Justified {number}"} | times)
        assert (given["event_id"], given["reason"]) == (stop["event_id"], f"Justified {number}")
        middle = text(datetime.fromisoformat(stop["start"]).replace(microsecond=0) + timedelta(seconds=100))
        halves = ask("POST", f"{path}/split", {"at": middle})["items"]
        assert [(half["start"], half["end"]) for half in halves] == [(stop["start"], middle), (middle, stop["end"])]
        assert len(listed()) == len(before) + 1
        whole = ask("POST", f"/{plant.line}/merge", {"event_ids": [half["event_id"] for half in halves]})
        assert {name: whole[name] for name in times} == times and len(listed()) == len(before)
        undone = ask("POST", f"/{plant.line}/{whole['event_id']}/undo")["items"]
        assert undone == halves and len(listed()) == len(before) + 1
        assert [half["event_id"] for half in ask("POST", f"/{plant.line}/{halves[0]['event_id']}/undo")["items"]] == [
            stop["event_id"]]
    after = listed()
    assert [stop["reason"] for stop in after if stop["reason"]] == [f"Justified {number}" for number in range(3)]
    assert [(stop["start"], stop["end"]) for stop in after] == [(stop["start"], stop["end"]) for stop in before]
