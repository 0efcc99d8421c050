"""Figures through the real API against figures computed by hand."""

import os
import signal
from datetime import datetime, timedelta

import pytest

from running_system import PlantData, eventually, is_alive

# Buenos Aires, all year.
OFFSET = "-03:00"
DAY = "2026-03-04"


def local(time: str) -> datetime:
    return datetime.fromisoformat(f"{DAY}T{time}{OFFSET}")


def spread(first: str, last: str, count: int) -> list[str]:
    """So many instants, evenly from the first to the last, both included."""
    start, length = local(first), local(last) - local(first)
    return [(start + number * length / (count - 1)).isoformat(timespec="microseconds") for number in range(count)]


def post(tenant, rows: list[dict]) -> None:
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
    assert answer.status_code == 200, answer.text
    assert answer.json()["stored"] == len(rows)


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("figures")


@pytest.fixture(scope="module")
def worked(tenant):
    """Line L1 of 10 units a minute on a Wednesday: no unit before 06:20, from 10:00 to 10:25 and after 13:50.

    Planned 06:00-14:00 = 28 800 s. Stopped 1 200 + 1 500 + 600 = 3 300 s, in three stops. Running 25 500 s, in which
    4 250 units were possible; 3 900 entered and 3 744 left. Units are less than 7 s apart, so nothing else is a stop.
    """
    plant = PlantData(tenant.client("MANAGER"), code="L1", commissioned_at=f"{DAY}T00:00:00{OFFSET}")
    rows = [
        plant.detection(at, area)
        for area, counts in (("input", (2_000, 1_900)), ("output", (1_920, 1_824)))
        for (first, last), count in zip((("06:20:00", "10:00:00"), ("10:25:00", "13:50:00")), counts)
        for at in spread(first, last, count)
    ]
    post(tenant, rows)
    return plant


EXPECTED = {
    "calendar_seconds": 86_400,
    "planned_seconds": 28_800,
    "downtime_seconds": 3_300,
    "unobserved_seconds": 0,
    "runtime_seconds": 25_500,
    "produced": 3_900,
    "good": 3_744,
    "scrap": 156,
    "total_production": 3_744,
    "unplanned_production": 0,
    "weight_kg": 93_600.0,
    "ideal_seconds": 23_400.0,
    "availability": 25_500 / 28_800,
    "performance": 3_900 / 4_250,
    "quality": 3_744 / 3_900,
    "oee": 0.78,
    "teep": 0.26,
    "raw_performance": 3_900 / 4_250,
    "raw_quality": 3_744 / 3_900,
    "stops": 3,
    "micro_stops": 0,
    "mtbf_seconds": 8_500.0,
    "mttr_seconds": 1_100.0,
    "flags": [],
}


def figures(answer: dict) -> dict:
    return {name: answer[name] for name in EXPECTED}


def approximately(expected: dict) -> dict:
    return {
        name: value if isinstance(value, list) else pytest.approx(value, abs=1e-9) for name, value in expected.items()
    }


@pytest.mark.parametrize("period", [
    f"from={DAY}&to={DAY}",
    f"from={DAY}T00:00:00-03:00&to=2026-03-05T00:00:00-03:00",
    f"from={DAY}T03:00:00Z&to=2026-03-05T03:00:00Z",
], ids=["dates", "instants", "instants in UTC"])
def test_the_worked_example(tenant, worked, period):
    answer = tenant.client("VIEWER").read(
        f"/api/v1/kpis?{period.replace('+', '%2B')}&line_id={worked.line}")
    assert answer["period"]["from"] == f"{DAY}T03:00:00Z"
    assert answer["period"]["to"] == "2026-03-05T03:00:00Z"
    line = answer["lines"][0]
    assert (line["line_id"], line["line_code"]) == (worked.line, "L1")
    assert figures(line) == approximately(EXPECTED)
    assert figures(answer["total"]) == approximately(EXPECTED)
    assert sum(answer["downtime_by_category"].values()) == 3_300


def test_the_worked_example_with_its_shift_selected(tenant, worked):
    answer = tenant.client("VIEWER").read(
        f"/api/v1/kpis?from={DAY}&to={DAY}&line_id={worked.line}&shift_id={worked.shift}")
    assert figures(answer["lines"][0]) == approximately(EXPECTED)


def test_the_figures_are_the_same_after_the_worker_started_again(system, tenant, worked):
    query = f"/api/v1/kpis?from={DAY}&to={DAY}&line_id={worked.line}"
    before = tenant.client("VIEWER").get(query)
    pid = system.worker("figures")["pid"]
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not is_alive(pid), 10)
    after = tenant.client("VIEWER").get(query)
    assert after.status_code == 200
    assert after.content == before.content
    assert system.worker("figures")["pid"] != pid


def test_two_adjacent_periods_add_up_to_the_whole(tenant, worked):
    client = tenant.client("VIEWER")

    def between(first, last):
        return client.read(
            f"/api/v1/kpis?from={DAY}T{first}:00-03:00&to={DAY}T{last}:00-03:00&line_id={worked.line}")["lines"][0]

    whole, left, right = between("05:00", "15:00"), between("05:00", "10:10"), between("10:10", "15:00")
    for name in ("calendar_seconds", "planned_seconds", "downtime_seconds", "runtime_seconds", "produced", "good",
                 "total_production", "weight_kg", "ideal_seconds"):
        assert left[name] + right[name] == pytest.approx(whole[name], abs=1e-6), name


@pytest.mark.parametrize("interval", ["minute", "15min", "hour", "day", "week", "month"])
def test_the_chart_adds_up_to_total_production(tenant, worked, interval):
    answer = tenant.client("VIEWER").read(
        f"/api/v1/production?from={DAY}&to={DAY}&line_id={worked.line}&interval={interval}")
    assert sum(sum(bucket["series"].values()) for bucket in answer["buckets"]) == 3_744


def test_the_chart_by_area_counts_every_area(tenant, worked):
    answer = tenant.client("VIEWER").read(
        f"/api/v1/production?from={DAY}&to={DAY}&line_id={worked.line}&interval=day&split_by=area")
    assert answer["buckets"][0]["series"] == {
        str(worked.areas["input"]): 3_900, str(worked.areas["output"]): 3_744,
    }


def test_a_hypothetical_threshold_changes_this_answer_only(tenant, worked):
    client = tenant.client("VIEWER")
    query = f"/api/v1/kpis?from={DAY}&to={DAY}&line_id={worked.line}"
    changed = client.read(f"{query}&threshold_seconds=1500")["lines"][0]
    # The pause of exactly 1 500 s is running; what lies before and after the units is longer.
    assert changed["downtime_seconds"] == 1_800
    assert client.read(query)["lines"][0]["downtime_seconds"] == 3_300


def test_the_dashboard_shows_the_same_figures(tenant, worked):
    answer = tenant.client("VIEWER").post("/api/v1/dashboard/data", {
        "daterange": {"start_date": DAY, "end_date": DAY}, "line_id": worked.line, "interval": "hour",
    })
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["metadata"]["lines_queried"] in (1, [worked.line])
    assert body["metadata"]["interval"] == "hour"
    assert body["metadata"]["widget_count"] == len(body["widgets"])
    assert "3744" in str(body["widgets"]["KpiTotalProduction"]["data"])


def test_an_unknown_widget_is_422(tenant, worked):
    body = {"daterange": {"start_date": DAY, "end_date": DAY}, "line_id": worked.line, "interval": "hour"}
    client = tenant.client("VIEWER")
    assert client.post("/api/v1/dashboard/data", body | {"widget_ids": ["KpiOee"]}).status_code == 200
    assert client.post("/api/v1/dashboard/data", body | {"widget_ids": ["KpiMood"]}).status_code == 422


@pytest.fixture(scope="module")
def stopped(tenant):
    """The example of stops: threshold 300 s, planned 07:50-08:30, the line's first unit at 07:40."""
    plant = PlantData(
        tenant.client("MANAGER"), code="L2", commissioned_at=f"{DAY}T07:40:00{OFFSET}", threshold=300,
        shift=("07:50", "08:30"), dual=False)
    times = ["07:40:00", "08:00:00", "08:05:00", "08:05:30", "08:11:00", "08:17:00", "08:17:20", "08:22:21"]
    # In any order of arrival.
    for at in times[::2] + times[1::2]:
        post(tenant, [plant.detection(f"{DAY}T{at}{OFFSET}")])
    return plant


def test_the_example_of_stops(tenant, stopped):
    answer = tenant.client("VIEWER").read(f"/api/v1/downtimes?from={DAY}&to={DAY}&line_id={stopped.line}")
    found = [
        (item["start"], item["end"], item["planned_seconds"], item["status"], item["source"], item["kind"])
        for item in sorted(answer["items"], key=lambda item: item["start"])
    ]
    assert found == [
        (f"{DAY}T10:40:00Z", f"{DAY}T11:00:00Z", 600, "closed", "calculated", "stop"),
        (f"{DAY}T11:05:30Z", f"{DAY}T11:17:00Z", 690, "closed", "calculated", "stop"),
        (f"{DAY}T11:17:20Z", None, 760, "ongoing", "calculated", "stop"),
    ]
    durations = {item["start"][11:16]: item["duration_seconds"] for item in answer["items"]}
    assert durations["10:40"] == 1_200
    assert durations["11:05"] == 690
    assert answer["planned_total_seconds"] == 2_050
    assert answer["total_seconds"] == pytest.approx(sum(durations.values()))
    assert all(item["line_id"] == stopped.line and item["incident_id"] is None for item in answer["items"])


def test_the_stops_are_the_downtime_of_the_figures(tenant, stopped):
    line = tenant.client("VIEWER").read(f"/api/v1/kpis?from={DAY}&to={DAY}&line_id={stopped.line}")["lines"][0]
    assert line["planned_seconds"] == 2_400
    assert line["downtime_seconds"] == 2_050
    assert line["stops"] == 3
    assert line["availability"] == pytest.approx(350 / 2_400)
    assert line["quality"] is None and "quality_not_measured" in line["flags"]


def test_stops_are_selected_by_length_and_cause(tenant, stopped):
    client = tenant.client("VIEWER")
    query = f"/api/v1/downtimes?from={DAY}&to={DAY}&line_id={stopped.line}"
    assert len(client.read(f"{query}&min_seconds=691")["items"]) == 2
    assert client.read(f"{query}&justified=true")["items"] == []
    assert len(client.read(f"{query}&justified=false")["items"]) == 3
    assert client.read(f"{query}&kind=micro")["items"] == []


def test_a_day_without_shift_has_no_planned_time(tenant, worked):
    line = tenant.client("VIEWER").read(
        f"/api/v1/kpis?from=2026-03-07&to=2026-03-07&line_id={worked.line}")["lines"][0]
    assert line["planned_seconds"] == 0
    assert line["availability"] is line["performance"] is line["quality"] is line["oee"] is None
    assert line["flags"] == ["no_planned_time"]


def test_rows_put_in_by_sql_count_like_any_other(system, tenant, worked):
    query = f"/api/v1/kpis?from=2026-03-05&to=2026-03-05&line_id={worked.line}"
    client = tenant.client("VIEWER")
    assert client.read(query)["lines"][0]["total_production"] == 0
    statement = (
        f"INSERT INTO detection_line_{worked.line} (detected_at, area_id, product_id) "
        f"SELECT '2026-03-05 06:00-03'::timestamptz + n * interval '1 second', {worked.areas['output']}, "
        f"{worked.product} FROM generate_series(0, 99) AS n")
    system.psql(tenant.database, statement)
    assert eventually(lambda: client.read(query)["lines"][0]["total_production"] == 100, 10)
    assert client.read(query)["lines"][0]["stops"] >= 1
    unused = (datetime.fromisoformat("2026-03-05") + timedelta(days=1)).date()
    assert client.read(f"/api/v1/kpis?from={unused}&to={unused}&line_id={worked.line}")["lines"][0]["good"] == 0
