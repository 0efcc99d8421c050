"""camet import: files of detections, through the public ingest API, once each whatever happens on the way."""

import csv
import json
import os
import re
import signal
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from running_system import REPOSITORY, PlantData, eventually

MADRID = "Europe/Madrid"
SANTIAGO = "America/Santiago"
HEADER = "detected_at,area,product"


@pytest.fixture(scope="module")
def imports(system):
    return system.make_tenant("imports")


@pytest.fixture(scope="module")
def manager(imports):
    return imports.client("MANAGER")


@pytest.fixture
def plant(manager, request):
    """A line of its own for each test, whose output area alone is watched."""
    return PlantData(manager, code=f"I-{request.node.name[:40]}", commissioned_at="2020-01-01T00:00:00Z", dual=False)


def written(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def rows_of(plant: PlantData, times: list[str]) -> list[str]:
    return [HEADER, *(f"{at},output,{plant.product_code}" for at in times)]


def imported(tenant, plant: PlantData, path: Path, *options: str) -> dict:
    """What the verb says of one file."""
    return tenant.system.camet(
        "import", "--tenant", tenant.slug, "--line", plant.code, str(path), *options)["items"][0]


def refused(tenant, *arguments: str, verb: str = "import") -> str:
    """What the verb says on standard error when it cannot do it."""
    done = subprocess.run(
        [REPOSITORY / "script/camet", verb, "--tenant", tenant.slug, *arguments],
        env=tenant.system.environment | {"CAMET_DATA": str(tenant.system.folder)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def stored(tenant, plant: PlantData) -> list[str]:
    """The instants of all rows of the line."""
    return tenant.system.psql(tenant.database, (
        "SELECT to_char(detected_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') "
        f"FROM detection_line_{plant.line} ORDER BY detected_at, detection_id")).splitlines()


def minutes(start: str, count: int, step: int = 60) -> list[str]:
    first = datetime.fromisoformat(start)
    return [(first + timedelta(seconds=step * number)).isoformat() for number in range(count)]


def check_days(report: dict) -> None:
    """The table of days adds up to the whole, and each day has grown by its rows."""
    assert report["is_balanced"], report
    assert report["rows"] == report["stored"] + report["duplicates"] + report["rejected"]
    for day in report["days"]:
        assert day["difference"] == 0, day
        assert day["counted_now"] - day["counted_before"] == day["rows"] - day["rejected"]


def test_a_file_is_imported_and_reconciled(imports, manager, plant, tmp_path):
    times = minutes("2026-03-04T12:00:00+00:00", 600)
    report = imported(imports, plant, written(tmp_path, "plain.csv", rows_of(plant, times)))
    assert (report["rows"], report["stored"], report["duplicates"], report["rejected"]) == (600, 600, 0, 0)
    # 12:00 to 21:59 in UTC is one day in Buenos Aires.
    assert [(day["date"], day["rows"], day["counted_now"]) for day in report["days"]] == [("2026-03-04", 600, 600)]
    assert report["rejects_file"] is None and not (tmp_path / "plain.csv.rejected.csv").exists()
    check_days(report)
    assert len(stored(imports, plant)) == 600
    figures = manager.read(f"/api/v1/kpis?line_id={plant.line}&from=2026-03-04&to=2026-03-04")
    assert figures["total"]["total_production"] == 600


def test_the_same_file_again_changes_nothing(imports, plant, tmp_path):
    path = written(tmp_path, "twice.csv", rows_of(plant, minutes("2026-03-05T12:00:00+00:00", 50)))
    first = imported(imports, plant, path)
    again = imported(imports, plant, path)
    assert again["resumed_at_row"] == 50 and again["stored"] == first["stored"] == 50
    check_days(again)
    assert len(stored(imports, plant)) == 50
    # The same bytes under another name are the same file; other bytes are another one.
    copied = tmp_path / "copied.csv"
    copied.write_bytes(path.read_bytes())
    assert imported(imports, plant, copied)["resumed_at_row"] == 50
    assert len(stored(imports, plant)) == 50
    longer = written(tmp_path, "longer.csv", rows_of(plant, minutes("2026-03-06T12:00:00+00:00", 5)))
    assert imported(imports, plant, longer)["stored"] == 5


def test_the_journal_lost_the_server_still_knows_the_parts(imports, plant, tmp_path):
    path = written(tmp_path, "lost.csv", rows_of(plant, minutes("2026-03-05T12:00:00+00:00", 40)))
    imported(imports, plant, path)
    for journal in (imports.system.folder / "imports").glob("imports-*.ndjson"):
        if path.name in journal.read_text():
            journal.unlink()
    again = imported(imports, plant, path)
    assert again["resumed_at_row"] == 0 and again["stored"] == 40
    assert len(stored(imports, plant)) == 40


def test_killed_it_goes_on_and_nothing_is_there_twice(imports, plant, tmp_path):
    count = 150_000
    times = minutes("2026-01-05T00:00:00+00:00", count, step=1)
    path = written(tmp_path, "long.csv", rows_of(plant, times))
    command = [REPOSITORY / "script/camet", "import", "--tenant", imports.slug, "--line", plant.code, path, "--json"]
    environment = imports.system.environment | {"CAMET_DATA": str(imports.system.folder)}

    def acknowledged() -> int:
        for journal in (imports.system.folder / "imports").glob("imports-*.ndjson"):
            text = journal.read_text()
            if str(path) in text:
                return text.count('"stored":{')
        return 0

    seen = 0
    for enough in (1, 3, 5):
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(lambda: acknowledged() >= enough or process.poll() is not None, 60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen = acknowledged()
        assert seen >= enough
    assert seen < 8, "the file was done before it was killed"
    report = imported(imports, plant, path)
    assert 0 < report["resumed_at_row"] < count
    assert (report["rows"], report["stored"], report["duplicates"]) == (count, count, 0)
    check_days(report)
    kept = stored(imports, plant)
    assert len(kept) == len(set(kept)) == count
    assert kept[0] == "2026-01-05T00:00:00"


def test_the_worker_killed_meanwhile_the_import_goes_on(imports, plant, tmp_path):
    """The worker of the tenant dies with a part on its way; the same part is sent again under the same key."""
    count = 100_000
    path = written(tmp_path, "broken.csv", rows_of(plant, minutes("2026-02-02T00:00:00+00:00", count, step=1)))
    process = subprocess.Popen(
        [REPOSITORY / "script/camet", "import", "--tenant", imports.slug, "--line", plant.code, path, "--json"],
        env=imports.system.environment | {"CAMET_DATA": str(imports.system.folder)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    killed = set()
    while process.poll() is None and len(killed) < 2:
        pid = imports.system.worker(imports.slug)["pid"]
        if pid and pid not in killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and killed
    report = json.loads(output)["items"][0]
    assert (report["stored"], report["duplicates"]) == (count, 0)
    kept = stored(imports, plant)
    assert len(kept) == len(set(kept)) == count


def test_every_rejected_row_is_told_with_its_line(imports, plant, tmp_path):
    good = minutes("2026-03-04T12:00:00+00:00", 300)
    far = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    lines = rows_of(plant, good)
    # More than the hundred that a client is told unless it asks for more.
    lines += [f"2026-03-04T13:00:00Z,output,nothing-{number}" for number in range(150)]
    lines += [
        f"2026-03-04T13:00:00,output,{plant.product_code}",
        f"{far},output,{plant.product_code}",
        f"2026-03-04T13:00:00Z,nowhere,{plant.product_code}",
        "one value",
        f'2026-03-04T13:00:00Z,"output,{plant.product_code}',
        f"2026-03-04T14:30:00Z,output,{plant.product_code}",
    ]
    path = written(tmp_path, "wrong.csv", lines)
    report = imported(imports, plant, path)
    assert (report["rows"], report["stored"], report["rejected"]) == (456, 301, 155)
    check_days(report)
    with open(report["rejects_file"], newline="") as file:
        rejected = list(csv.DictReader(file))
    assert len(rejected) == 155
    assert [int(row["line"]) for row in rejected] == list(range(302, 457))
    assert {row["code"] for row in rejected[:150]} == {"unknown_product"}
    assert [row["code"] for row in rejected[150:]] == [
        "invalid_time", "future_time", "unknown_area", "invalid_row", "invalid_row"]
    assert all(row["message"] and row["field"] for row in rejected)
    assert all(row["row"] == lines[int(row["line"]) - 1] for row in rejected)


def test_ndjson_and_event_ids(imports, plant, tmp_path):
    rows = [
        {"line": plant.code, "area": "output", "product_id": plant.product, "detected_at": at, "event_id": f"e{number}"}
        for number, at in enumerate(minutes("2026-03-04T12:00:00+00:00", 20))
    ]
    path = tmp_path / "named.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows + ["no object"]))
    first = imports.system.camet("import", "--tenant", imports.slug, str(path))["items"][0]
    assert (first["stored"], first["rejected"]) == (20, 1)
    # Another file with some of the same events: the server knows them.
    other = tmp_path / "more.ndjson"
    other.write_text("".join(json.dumps(row) + "\n" for row in rows[10:]))
    second = imported(imports, plant, other)
    assert (second["stored"], second["duplicates"]) == (0, 10)
    assert second["is_balanced"] and second["days"][0]["difference"] == -10


def test_the_table_of_an_older_system(imports, plant, tmp_path):
    lines = ["detection_id,detected_at,area_id,product_id"]
    lines += [f"{number},{at.replace('T', ' ')},3,17" for number, at in enumerate(minutes("2026-03-04T12:00:00", 30))]
    path = written(tmp_path, "old.csv", lines)
    told = refused(imports, "--line", plant.code, str(path))
    assert "detection_id" in told
    report = imported(
        imports, plant, path, "--column", "detection_id=", "--area", "3=output", "--product",
        f"17={plant.product_code}", "--naive-times-in", MADRID)
    assert report["stored"] == 30
    assert stored(imports, plant)[0] == "2026-03-04T11:00:00"


@pytest.mark.parametrize(("zone", "shown", "expected", "repeated", "missing"), [
    # The hour from 02:00 to 03:00 of 25 October occurred twice.
    (MADRID, ["2026-10-25T01:59:59", "2026-10-25T02:00:00", "2026-10-25T02:59:59", "2026-10-25T03:00:00"],
     ["2026-10-24T23:59:59", "2026-10-25T00:00:00", "2026-10-25T00:59:59", "2026-10-25T02:00:00"], 2, 0),
    # That of 29 March never did.
    (MADRID, ["2026-03-29T01:59:59", "2026-03-29T02:00:00", "2026-03-29T02:59:59.999", "2026-03-29T03:00:00"],
     ["2026-03-29T00:59:59", "2026-03-29T01:00:00"], 0, 2),
    (SANTIAGO, ["2026-04-04T22:59:59", "2026-04-04T23:00:00", "2026-04-04T23:59:59", "2026-04-05T00:00:00"],
     ["2026-04-05T01:59:59", "2026-04-05T02:00:00", "2026-04-05T02:59:59", "2026-04-05T04:00:00"], 2, 0),
    (SANTIAGO, ["2025-09-06T23:59:59", "2025-09-07T00:00:00", "2025-09-07T00:59:59", "2025-09-07T01:00:00"],
     ["2025-09-07T03:59:59", "2025-09-07T04:00:00"], 0, 2),
])
def test_hours_in_which_clocks_are_changed(imports, manager, tmp_path, zone, shown, expected, repeated, missing):
    plant = PlantData(manager, code=f"C-{shown[0]}", commissioned_at="2020-01-01T00:00:00Z", dual=False)
    path = written(tmp_path, "clocks.csv", rows_of(plant, shown))
    report = imported(imports, plant, path, "--naive-times-in", zone)
    assert stored(imports, plant) == expected
    assert (report["repeated_local_times"], report["rejected"]) == (repeated, missing)
    check_days(report)
    if missing:
        with open(report["rejects_file"], newline="") as file:
            rejected = list(csv.DictReader(file))
        assert {row["code"] for row in rejected} == {"nonexistent_local_time"}
        assert all(zone in row["message"] for row in rejected)
    # The control: without the zone none of them is taken.
    told = imported(imports, plant, written(tmp_path, "bare.csv", rows_of(plant, shown) + [""]))
    assert told["rejected"] == told["rows"] == len(shown)


def test_the_same_file_read_in_another_way_is_refused(imports, plant, tmp_path):
    path = written(tmp_path, "zoned.csv", rows_of(plant, minutes("2026-03-04T12:00:00", 3)))
    assert imported(imports, plant, path, "--naive-times-in", MADRID)["stored"] == 3
    assert "--naive-times-in" in refused(imports, "--line", plant.code, str(path), "--naive-times-in", SANTIAGO)
    assert len(stored(imports, plant)) == 3


def test_more_than_ten_years_come_in_at_once(imports, plant, tmp_path):
    months = [f"{1990 + number // 12}-{number % 12 + 1:02}-15T12:00:00Z" for number in range(300)]
    report = imported(imports, plant, written(tmp_path, "years.csv", rows_of(plant, months)))
    assert (report["stored"], report["rejected"]) == (300, 0)
    check_days(report)


def test_wrong_usage_sends_nothing(imports, plant, tmp_path):
    path = written(tmp_path, "usage.csv", rows_of(plant, minutes("2026-03-04T12:00:00+00:00", 3)))
    assert "no line NOWHERE" in refused(imports, "--line", "NOWHERE", str(path))
    assert "cannot be read" in refused(imports, "--line", plant.code, str(tmp_path / "absent.csv"))
    # Without the flag the file would have to name its line.
    assert "line" in refused(imports, str(path))
    assert stored(imports, plant) == []
    assert imported(imports, plant, path)["stored"] == 3


def keys_of_imports(tenant) -> list[str]:
    """Those that `key list` shows."""
    keys = tenant.system.camet("key", "list", "--tenant", tenant.slug)["items"]
    return [key["key"] for key in keys if key["name"] == "camet import"]


def test_the_key_of_imports_is_kept_secret_and_ends_by_itself(imports, plant, tmp_path):
    def import_one(day: int) -> str:
        """Imports a file of its own; gives the public id of the key it was sent with, the only one there is."""
        path = written(tmp_path, f"day-{day}.csv", rows_of(plant, minutes(f"2026-03-{day:02}T12:00:00+00:00", 2)))
        assert imported(imports, plant, path)["stored"] == 2
        used = file.read_text().split("_")[1]
        assert file.stat().st_mode & 0o777 == 0o600
        assert keys_of_imports(imports) == [used]
        return used

    def expires_in_days(key: str) -> float:
        return float(imports.system.psql("camet_global", (
            f"SELECT extract(epoch FROM expires_at - now()) / 86400 FROM api_key WHERE public_id = '{key}'")))

    def set_expiry(key: str, interval: str) -> None:
        imports.system.psql(
            "camet_global", f"UPDATE api_key SET expires_at = now() + interval '{interval}' WHERE public_id = '{key}'")

    file = imports.system.folder / f"secrets/import-{imports.slug}.key"
    first = import_one(4)
    assert 7.9 < expires_in_days(first) < 8
    # The next import goes on with it, and lets it be good for longer.
    set_expiry(first, "1 hour")
    assert import_one(5) == first
    assert 7.9 < expires_in_days(first) < 8
    # Once it has ended another one takes its place.
    set_expiry(first, "-1 second")
    second = import_one(6)
    assert second != first
    # Revoked here, its file is gone with it.
    imports.system.camet("key", "revoke", "--tenant", imports.slug, "--key", second)
    assert not file.exists() and keys_of_imports(imports) == []
    third = import_one(7)
    # Revoked by somebody over HTTP, the file is no key any more.
    admin = imports.client("ADMIN")
    listed = admin.read("/api/v1/api-keys")["items"]
    number = next(key["api_key_id"] for key in listed if key["public_id"] == third)
    assert admin.delete(f"/api/v1/api-keys/{number}").status_code == 204
    assert import_one(8) not in (first, second, third)
    # The end of another key leaves it alone.
    other = imports.system.camet("key", "create", "--tenant", imports.slug, "--name", "other", "--scopes", "read")
    imports.system.camet("key", "revoke", "--tenant", imports.slug, "--key", other["api_key"].split("_")[1])
    assert file.exists()


def test_a_company_that_is_deleted_leaves_no_key_and_no_journal(imports, plant, tmp_path):
    """Another company of its slug may import the same file."""
    def files(slug: str) -> list[str]:
        return sorted(file.name for folder in ("secrets", "imports")
                      for file in (imports.system.folder / folder).glob(f"*{slug}*"))

    imported(imports, plant, written(tmp_path, "others.csv", rows_of(plant, minutes("2026-03-04T12:00:00+00:00", 2))))
    kept = files("imports")
    path = written(tmp_path, "again.csv", rows_of(plant, minutes("2026-03-04T12:00:00+00:00", 3)))
    for _ in range(2):
        tenant = imports.system.make_tenant("deleted-after")
        own = PlantData(tenant.client("MANAGER"), code=plant.code, commissioned_at="2020-01-01T00:00:00Z", dual=False)
        report = imported(tenant, own, path)
        assert (report["stored"], report["resumed_at_row"]) == (3, 0)
        assert len(files("deleted-after")) == 2
        imports.system.camet("tenant", "suspend", "--slug", "deleted-after")
        imports.system.camet("tenant", "delete", "--slug", "deleted-after", "--confirm", "deleted-after")
        assert files("deleted-after") == []
    assert files("imports") == kept


# The dry run

FIGURES = ["total_production", "downtime_seconds", "stops", "availability", "performance", "quality", "oee"]


def figures(manager, plant: PlantData, date: str) -> dict:
    line = manager.read(f"/api/v1/kpis?line_id={plant.line}&from={date}&to={date}")["lines"][0]
    return {name: line[name] for name in FIGURES}


def tried(tenant, plant: PlantData, path: Path) -> dict:
    return tenant.system.camet(
        "import", "--tenant", tenant.slug, "--line", plant.code, "--dry-run", str(path))["items"][0]


def test_a_dry_run_tells_what_the_import_then_does(imports, manager, plant, tmp_path):
    there = [plant.detection(at) for at in minutes("2026-03-04T10:00:00+00:00", 300, step=20)]
    assert imports.client("key:ingest").post("/api/v1/detections", {"detections": there}).status_code == 200
    # Rows between those that are there, after them, over midnight, on a day with lone units, and none on the 7th.
    times = (minutes("2026-03-04T10:00:10+00:00", 200, step=45) + minutes("2026-03-05T01:00:00+00:00", 500, step=77)
             + minutes("2026-03-06T12:00:00+00:00", 12, step=600) + minutes("2026-03-08T12:00:00+00:00", 30, step=5))
    lines = rows_of(plant, times) + [f"2026-03-05T10:00:00Z,output,nothing-{number}" for number in range(3)]
    path = written(tmp_path, "tried.csv", lines)
    days = ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08"]
    before = {date: figures(manager, plant, date) for date in days}
    report = tried(imports, plant, path)
    assert (report["rows"], report["stored"], report["duplicates"], report["rejected"]) == (745, 742, 0, 3)
    with open(report["rejects_file"], newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == ["unknown_product"] * 3
    # Nothing has changed.
    assert len(stored(imports, plant)) == len(there)
    assert {date: figures(manager, plant, date) for date in days} == before
    told = {day["date"]: day for day in report["days"]}
    assert {date: told[date]["before"] for date in told} == {date: before[date] for date in told}
    assert sum(day["rows"] for day in report["days"]) == 742
    # The import does just that.
    assert imported(imports, plant, path)["stored"] == 742
    after = {date: figures(manager, plant, date) for date in days}
    assert {date: told[date]["after"] for date in told} == {date: after[date] for date in told}
    assert all(after[date] == before[date] for date in days if date not in told)
    assert after["2026-03-04"] != before["2026-03-04"] and after["2026-03-05"]["oee"] is not None
    # After that its rows would be there twice.
    assert "imported before" in refused(imports, "--line", plant.code, "--dry-run", str(path))


def test_a_dry_run_of_many_months_in_no_order(imports, manager, tmp_path):
    """The line's first detection decides since when it is in commission; windows do not change that."""
    plant = PlantData(manager, code="DRY-ORDER", dual=False)
    times = [f"2026-{month:02}-{day:02}T13:{minute:02}:00+00:00"
             for minute in (0, 1, 2) for month in (5, 2, 4, 3) for day in (1, 30 if month != 2 else 28, 15)]
    path = written(tmp_path, "unsorted.csv", rows_of(plant, times))
    report = tried(imports, plant, path)
    assert report["stored"] == len(times)
    assert imported(imports, plant, path)["stored"] == len(times)
    for day in report["days"]:
        assert figures(manager, plant, day["date"]) == day["after"], day["date"]


def test_a_dry_run_is_asked_for_with_a_key_that_reads(imports, plant):
    row = [plant.detection("2026-03-04T12:00:00Z")]
    path = "/api/v1/detections?dry_run=true&from=2026-03-04&to=2026-03-04"
    assert imports.client("key:ingest").post(path, {"detections": row}).status_code == 403
    answer = imports.client("MANAGER").post(path, {"detections": row})
    assert answer.status_code == 200 and answer.json()["stored"] == 1, answer.text
    assert [day["rows"] for day in answer.json()["lines"][0]["days"]] == [1]
    assert stored(imports, plant) == []
    for query, param in (("dry_run=true&to=2026-03-04", "from"), ("from=2026-03-04", "from"),
                         ("dry_run=true&from=2026-03-04&to=2026-05-05", "to"),
                         ("dry_run=true&from=2026-03-05&to=2026-03-04", "to")):
        wrong = imports.client("MANAGER").post(f"/api/v1/detections?{query}", {"detections": row})
        assert wrong.status_code == 422 and [error["param"] for error in wrong.json()["errors"]] == [param], wrong.text
    assert imports.client("key:ingest").post("/api/v1/detections", {"detections": row}).status_code == 200


def test_a_dry_run_is_of_half_a_million_rows_at_most(imports, plant):
    def ask(rows: int):
        row = f"{plant.code},output,{plant.product_code},2026-03-04T12:00:00Z\n"
        return imports.client("MANAGER").send(
            "POST", "/api/v1/detections?dry_run=true&from=2026-03-04&to=2026-03-04",
            data=("line,area,product,detected_at\n" + row * rows).encode(), headers={"Content-Type": "text/csv"})

    wrong = ask(500_001)
    assert wrong.status_code == 422, wrong.text[:500]
    assert [(error["param"], error["code"]) for error in wrong.json()["errors"]] == [("dry_run", "too_many")]
    answer = ask(1_000)
    assert answer.status_code == 200 and answer.json()["stored"] == 1_000, answer.text[:500]


# Stops of an older system


def stops_imported(tenant, path: Path, *options: str) -> dict:
    return tenant.system.camet(
        "import-stops", "--tenant", tenant.slug, "--naive-times-in", "America/Argentina/Buenos_Aires", str(path),
        *options)["items"][0]


def listed_stops(manager, plant: PlantData, date: str) -> list[dict]:
    items = manager.read(f"/api/v1/downtimes?line_id={plant.line}&from={date}&to={date}")["items"]
    return sorted(items, key=lambda stop: stop["start"])


def test_stops_of_an_older_system(imports, manager, plant, tmp_path):
    failure = manager.make("failures", failure_code="OLD-F", failure_name="Old")["failure_id"]
    incident = manager.make(
        "incidents", failure_id=failure, incident_code="OLD-I", incident_name="Old")["incident_id"]
    # A unit a minute from 06:00 to 08:00 and from 09:00 to 13:59 on the clock: stops of more than a minute are between.
    path = written(tmp_path, "units.csv", rows_of(
        plant, minutes("2026-03-04T09:00:00+00:00", 121) + minutes("2026-03-04T12:00:00+00:00", 300)))
    assert imported(imports, plant, path)["stored"] == 421
    lines = [
        "event_id,line_name,start_time,end_time,duration,reason_code,reason,is_manual",
        f"1,Line {plant.code},2026-03-04 08:00:00,2026-03-04 09:00:00,3600,JAM,\"Stuck, twice\",f",
        f"2,Line {plant.code},2026-03-04 10:00:00,2026-03-04 10:20:00,1200,JAM,,t",
        f"3,Line {plant.code},2026-03-04 11:00:00,2026-03-04 11:05:00,300,,Cleaning,true",
        f"4,Line {plant.code},2026-03-04 20:00:00,2026-03-04 20:30:00,1800,,After the shift,true",
        f"5,Line {plant.code},2026-03-04 12:00:00,2026-03-04 12:02:00,120,,,f",
        f"6,Line {plant.code},2026-03-04 10:10:00,2026-03-04 10:30:00,1200,,Overlaps the second,t",
        f"7,Line {plant.code},2026-03-04 13:00:00,,,,,t",
        "8,Nowhere,2026-03-04 13:00:00,2026-03-04 13:10:00,600,,,t",
        f"9,Line {plant.code},2026-03-04 13:00:00,2026-03-04 13:10:00,600,UNHEARD,,t",
    ]
    path = written(tmp_path, "stops.csv", lines)
    options = ["--column", "event_id=", "--column", "duration=", "--incident", "JAM=OLD-I"]
    report = stops_imported(imports, path, *options)
    assert {name: report[name] for name in (
        "rows", "registered", "there_before", "justified", "left_to_calculation", "rejected", "is_balanced")} == {
        "rows": 9, "registered": 3, "there_before": 0, "justified": 1, "left_to_calculation": 1, "rejected": 4,
        "is_balanced": True}
    with open(report["rejects_file"], newline="") as file:
        assert [(row["line"], row["code"], row["field"]) for row in csv.DictReader(file)] == [
            ("7", "overlapping_stop", "stop"), ("8", "required", "end"), ("9", "unknown_line", "line"),
            ("10", "unknown_id", "incident")]
    day = report["days"][0]
    assert (day["line_code"], day["date"], day["outside_plan"], day["listed_now"], day["difference"]) == (
        plant.code, "2026-03-04", 1, 2, 0)
    listed = listed_stops(manager, plant, "2026-03-04")
    registered = [stop for stop in listed if stop["source"] == "registered"]
    assert [(stop["start"], stop["end"], stop["incident_id"], stop["reason"]) for stop in registered] == [
        ("2026-03-04T13:00:00Z", "2026-03-04T13:20:00Z", incident, None),
        ("2026-03-04T14:00:00Z", "2026-03-04T14:05:00Z", None, "Cleaning")]
    causes = [stop for stop in listed if stop["source"] == "calculated" and stop["reason"]]
    assert [(stop["start"], stop["end"], stop["incident_id"], stop["reason"]) for stop in causes] == [
        ("2026-03-04T11:00:00Z", "2026-03-04T12:00:00Z", incident, "Stuck, twice")]
    # Again: the same rows are known, the others are refused once more, and nothing is there twice.
    again = stops_imported(imports, path, *options)
    assert (again["registered"], again["there_before"], again["justified"], again["rejected"]) == (3, 0, 1, 4)
    assert again["is_balanced"] and again["days"] == report["days"]
    assert listed_stops(manager, plant, "2026-03-04") == listed
    # Also when the server has forgotten the keys, as after seven days: the stop outside planned time is known as well.
    imports.system.psql(imports.database, "DELETE FROM idempotency_key")
    assert stops_imported(imports, path, *options) | {"file": ""} == again | {"file": ""}
    # What people did since stays done: a stop that they deleted is not entered again, and the report says that it is not there.
    gone = registered[1]
    deleted = manager.delete(f"/api/v1/downtimes/{plant.line}/{gone['event_id']}")
    assert deleted.status_code == 204, deleted.text
    after = stops_imported(imports, path, *options)
    assert (after["registered"], after["is_balanced"], after["days"][0]["difference"]) == (3, False, -1)
    assert [stop["start"] for stop in listed_stops(manager, plant, "2026-03-04") if stop["source"] == "registered"] == [
        "2026-03-04T13:00:00Z"]
    # Read in another way it would be another file.
    told = refused(imports, str(path), *options, "--naive-times-in", MADRID, verb="import-stops")
    assert "--naive-times-in" in told


def test_stops_without_their_journal(imports, manager, plant, tmp_path):
    """With the data folder lost, and after seven days, a listed stop is known by its times; no row becomes two stops."""
    path = written(tmp_path, "stops.csv", [
        "line,start,end,reason", f"{plant.code},2026-03-04 10:00:00,2026-03-04 10:20:00,Cleaning"])
    assert stops_imported(imports, path)["registered"] == 1
    for journal in (imports.system.folder / "imports").glob("*-stops.ndjson"):
        if str(path) in journal.read_text():
            journal.unlink()
    # The server still knows the row by its key.
    assert stops_imported(imports, path)["registered"] == 1
    for journal in (imports.system.folder / "imports").glob("*-stops.ndjson"):
        if str(path) in journal.read_text():
            journal.unlink()
    imports.system.psql(imports.database, "DELETE FROM idempotency_key")
    report = stops_imported(imports, path)
    assert (report["registered"], report["there_before"], report["is_balanced"]) == (0, 1, True)
    listed = listed_stops(manager, plant, "2026-03-04")
    assert [stop["reason"] for stop in listed if stop["source"] == "registered"] == ["Cleaning"]


def test_a_stop_with_text_that_is_none_is_rejected_and_keeps_no_other(imports, manager, plant, tmp_path):
    path = tmp_path / "texts.csv"
    reasons = [b"Cleaning", b"one\x01two", b"one\x00two", b"one\xff\xfetwo", "Paró la máquina".encode()]
    path.write_bytes(b"line,start,end,reason\n" + b"".join(
        f"{plant.code},2026-03-04 10:{number}0:00,2026-03-04 10:{number}5:00,".encode() + reason + b"\n"
        for number, reason in enumerate(reasons)) + plant.code.encode()
        + b"\x00,2026-03-04 11:00:00,2026-03-04 11:05:00,Nowhere\n")
    report = stops_imported(imports, path)
    assert (report["rows"], report["registered"], report["rejected"], report["is_balanced"]) == (6, 2, 4, True)
    told = re.findall(rb'^(\d+),(\w+),"(\w+)","[^"]+","', Path(report["rejects_file"]).read_bytes(), re.MULTILINE)
    assert [(line, field) for line, _, field in told] == [
        (b"3", b"reason"), (b"4", b"reason"), (b"5", b"reason"), (b"7", b"line")]
    assert [stop["reason"] for stop in listed_stops(manager, plant, "2026-03-04") if stop["source"] == "registered"] == [
        "Cleaning", "Paró la máquina"]


def said(tenant, plant: PlantData, path: Path) -> str:
    """What the verb tells a person."""
    done = subprocess.run(
        [REPOSITORY / "script/camet", "import", "--tenant", tenant.slug, "--line", plant.code, str(path)],
        env=tenant.system.environment | {"CAMET_DATA": str(tenant.system.folder)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_file_without_rows_says_so(imports, plant, tmp_path):
    empty = written(tmp_path, "empty.csv", rows_of(plant, []))
    for _ in range(2):
        told = said(imports, plant, empty)
        assert f"{empty} has no rows: nothing was sent." in told and "imported before" not in told
    full = written(tmp_path, "full.csv", rows_of(plant, minutes("2026-03-07T12:00:00+00:00", 3)))
    assert "no rows" not in said(imports, plant, full)
    assert "had been imported before" in said(imports, plant, full)


def test_what_is_no_file_is_told_in_words(imports, plant, tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path, words in ((tmp_path, "is a folder"), (pipe, "is no regular file"), (tmp_path / "none.csv", "cannot be read")):
        for verb in ("import", "import-stops"):
            told = refused(imports, "--line", plant.code, str(path), verb=verb)
            assert f"{path} {words}" in told and "Domain" not in told, told
    link = tmp_path / "link.csv"
    link.symlink_to(written(tmp_path, "real.csv", rows_of(plant, minutes("2026-03-07T12:00:00+00:00", 3))))
    assert imported(imports, plant, link)["stored"] == 3


def test_a_mark_of_byte_order_is_taken_off(imports, plant, tmp_path):
    for name in ("marked.csv", "marked.ndjson"):
        times = minutes("2026-03-07T12:00:00+00:00", 3)
        lines = rows_of(plant, times) if name.endswith("csv") else [
            json.dumps({"area": "output", "product": plant.product_code, "detected_at": at}) for at in times]
        path = tmp_path / name
        path.write_text("\ufeff" + "".join(f"{line}\n" for line in lines))
        report = imported(imports, plant, path)
        assert (report["rows"], report["stored"], report["rejected"]) == (3, 3, 0)
        assert imported(imports, plant, path)["resumed_at_row"] == 3
        # Elsewhere it is none.
        lines[-1] = "\ufeff" + lines[-1]
        path.write_text("".join(f"{line}\n" for line in lines))
        report = imported(imports, plant, path)
        assert (report["rows"], report["stored"], report["rejected"]) == (3, 2, 1)
        assert [line.startswith("4," if name.endswith("csv") else "3,")
                for line in Path(report["rejects_file"]).read_text().splitlines()[1:]] == [True]
