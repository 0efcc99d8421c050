"""People who read figures with SQL of their own: the views of camet_report say what the API says."""

import json

import pytest

from database_key import DatabaseKey, run_shell
from running_system import PlantData
from small_plant import DAY, SmallPlant

PRIVILEGE = "42501"


@pytest.fixture(scope="module")
def small(system):
    return SmallPlant(system.make_tenant("readers"))


@pytest.fixture(scope="module")
def reader(small):
    with DatabaseKey(small.tenant, "database-reader", name="BI") as key:
        yield key


def rows(reader, query: str) -> list[dict]:
    return json.loads(reader.does(f"SELECT coalesce(json_agg(found), '[]') FROM ({query}) AS found"))


def test_the_example_of_the_verb_works(small, reader):
    done = run_shell(reader.made["examples"][0])
    assert done.returncode == 0 and DAY in done.stdout, done.stderr


def test_production_per_day_is_that_of_the_api(small, reader):
    client = small.tenant.client("VIEWER")
    for plant in (small.first, small.second):
        answer = client.read(
            f"/api/v1/production?line_id={plant.line}&from={DAY}&to={DAY}&interval=day&split_by=product")
        series = {key: count for bucket in answer["buckets"] for key, count in bucket["series"].items()}
        found = rows(reader, f"SELECT product_id, units FROM production_per_day "
                             f"WHERE line_id = {plant.line} AND day = '{DAY}'")
        assert {str(row["product_id"]): row["units"] for row in found} == series
        kpis = client.read(f"/api/v1/kpis?line_id={plant.line}&from={DAY}&to={DAY}")["lines"][0]
        assert sum(row["units"] for row in found) == kpis["total_production"] > 0


def test_hours_and_minutes_are_those_of_the_api(small, reader):
    line = small.first.line
    answer = small.tenant.client("VIEWER").read(
        f"/api/v1/production?line_id={line}&from={DAY}&to={DAY}&interval=hour&split_by=area")
    expected = {}
    for bucket in answer["buckets"]:
        for area, count in bucket["series"].items():
            if count:
                expected[int(area), bucket["start"][:13]] = count
    found = rows(reader, f"""
        SELECT area_id, to_char(hour_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24') AS hour, sum(detections) AS detections
        FROM detections_per_hour WHERE line_id = {line} GROUP BY 1, 2""")
    assert {(row["area_id"], row["hour"]): row["detections"] for row in found} == expected
    minutes = rows(reader, f"""
        SELECT area_id, to_char(minute_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24') AS hour, sum(detections) AS detections
        FROM detections_per_minute WHERE line_id = {line} GROUP BY 1, 2""")
    assert {(row["area_id"], row["hour"]): row["detections"] for row in minutes} == expected


def test_stored_stops_are_those_of_the_api(system, small, reader):
    line = small.second.line
    answer = small.tenant.client("MANAGER").post(
        "/api/v1/downtimes/recalculate", {"line_id": line, "from": DAY, "to": DAY})
    assert answer.status_code == 200, answer.text
    listed = small.tenant.client("VIEWER").read(f"/api/v1/downtimes?line_id={line}&from={DAY}&to={DAY}")["items"]
    found = rows(reader, f"""
        SELECT event_id, to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') AS start, source, end_time
        FROM stop WHERE line_id = {line}""")
    stored = {row["event_id"]: row for row in found}
    assert listed
    for stop in listed:
        row = stored[stop["event_id"]]
        assert (row["start"], row["source"]) == (stop["start"][:19], stop["source"])
    gaps = rows(reader, f"SELECT gap_start, gap_seconds FROM activity_gap WHERE line_id = {line}")
    assert [gap["gap_seconds"] for gap in gaps] == [30] * 119


def test_master_data_is_there(small, reader):
    assert rows(reader, "SELECT line_code FROM line ORDER BY line_code") == [{"line_code": "D1"}, {"line_code": "D2"}]
    shifts = rows(reader, "SELECT start_time, end_time, days FROM shift_version WHERE shift_name = 'Shift of D1'")
    assert shifts == [{"start_time": "06:00:00", "end_time": "14:00:00", "days": [1, 2, 3, 4, 5]}]
    assert rows(reader, "SELECT weight_kg FROM product JOIN product_version USING (product_id) "
                        "WHERE product_code = 'light'") == [{"weight_kg": 2.5}]
    # Every view can be read.
    views = reader.does("SELECT viewname FROM pg_views WHERE schemaname = 'camet_report' ORDER BY 1").split("\n")
    assert len(views) == 18
    for view in views:
        assert int(reader.does(f"SELECT count(*) FROM {view}")) >= 0


def test_a_reader_reads_the_views_and_nothing_else(system, small, south, reader):
    database = small.tenant.database
    table = f"detection_line_{small.first.line}"
    writable = "SET default_transaction_read_only = off"
    for statement in [
        f"SELECT * FROM public.{table}", "SELECT * FROM public.plant", "SELECT * FROM public.minute_count",
        "SELECT * FROM public.idempotency_key", f"SELECT * FROM detection_partition.{table}_default",
        "SELECT public.months_by_default()", "UPDATE area SET area_name = 'mine'", "DELETE FROM product",
        f"INSERT INTO public.{table} (detected_at, area_id, product_id) VALUES (now(), 1, 1)",
        "CREATE TABLE mine (i integer)", "CREATE TABLE camet_report.mine (i integer)", "CREATE TEMP TABLE mine (i integer)",
        "CREATE VIEW camet_report.mine AS SELECT 1", f"SET ROLE {database}_owner", f"SET ROLE {database}_worker",
        f"SET ROLE {database}_writer", "COPY line TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')",
    ]:
        reader.is_refused(PRIVILEGE, writable, statement)
    reader.is_refused("25006", "CREATE TABLE mine (i integer)")
    for other in [south.database, "camet_global", "postgres"]:
        done = reader.psql("SELECT 1", database=other)
        assert done.returncode != 0 and "permission denied for database" in done.stderr, done.stderr
    assert reader.does("SELECT count(*) FROM line") == "2"


def test_a_reader_has_limits(reader):
    settings = reader.does(
        "SHOW search_path", "SHOW statement_timeout", "SHOW default_transaction_read_only",
        "SHOW idle_in_transaction_session_timeout")
    assert settings.split("\n") == ["camet_report", "30s", "on", "1min"]
    reader.is_refused("57014", "SET statement_timeout = '100ms'", "SELECT count(*) FROM generate_series(1, 1e12)")


def test_a_line_made_later_is_in_the_views(small, reader):
    later = PlantData(small.tenant.client("MANAGER"), code="D3", dual=False)
    with DatabaseKey(small.tenant, "database-writer") as writer:
        writer.does(f"INSERT INTO detection_line_{later.line} (detected_at, area_id, product_id) "
                    f"VALUES ('2026-03-05T02:59:59Z', {later.areas['output']}, {later.product})")
    # By the plant's clock it was still the day before.
    assert rows(reader, f"SELECT day, units FROM production_per_day WHERE line_id = {later.line}") == [
        {"day": DAY, "units": 1}]
    assert rows(reader, f"SELECT count(*) AS stops FROM stop WHERE line_id = {later.line}")[0]["stops"] >= 0
