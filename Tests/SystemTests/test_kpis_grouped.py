"""GET /kpis in parts and against another period, and GET /detections."""

import pytest

from running_system import PlantData, check_problem
from small_plant import DAY, SmallPlant

SUMS = (
    "calendar_seconds", "planned_seconds", "downtime_seconds", "unobserved_seconds", "runtime_seconds", "produced", "good",
    "total_production", "unplanned_production", "weight_kg", "ideal_seconds",
)


@pytest.fixture(scope="module")
def plant(system):
    return SmallPlant(system.make_tenant("grouped"))


def kpis(plant, query, start=DAY, end=DAY, who="VIEWER"):
    return plant.tenant.client(who).read(f"/api/v1/kpis?from={start}&to={end}&{query}")


def add_up(rows, name):
    return sum(row[name] for row in rows)


@pytest.mark.parametrize("interval", ["day", "week", "month"])
@pytest.mark.parametrize("lines", ["all", "first"])
def test_buckets_add_up_to_the_whole(plant, interval, lines):
    line = plant.first.line if lines == "first" else "all"
    whole = kpis(plant, f"line_id={line}", "2026-03-02", "2026-03-08")["total"]
    answer = kpis(plant, f"line_id={line}&interval={interval}", "2026-03-02", "2026-03-08")
    assert answer["interval"] == interval and answer["group_by"] is None
    for name in SUMS:
        assert add_up(answer["buckets"], name) == pytest.approx(whole[name], abs=1e-6), name
    assert len(answer["buckets"]) == {"day": 7, "week": 1, "month": 1}[interval]


def test_a_bucket_is_the_answer_for_its_day(plant):
    bucket = kpis(plant, "interval=day", "2026-03-03", "2026-03-05")["buckets"][1]
    assert bucket["label"] == DAY and bucket["group"] is None
    total = kpis(plant, "line_id=all")["total"]
    assert {name: bucket[name] for name in total} == total


def test_lines_are_groups(plant):
    answer = kpis(plant, "group_by=line")
    lines = {line["line_id"]: line for line in kpis(plant, "line_id=all")["lines"]}
    assert [row["group"] for row in answer["buckets"]] == [plant.first.line, plant.second.line]
    for row in answer["buckets"]:
        expected = {name: value for name, value in lines[row["group"]].items() if not name.startswith("line_")}
        assert {name: row[name] for name in expected} == expected
    assert answer["buckets"][0]["group_name"] == "Line D1"


@pytest.mark.parametrize("group, count", [("product", 3), ("area", 3)])
def test_products_and_areas_have_amounts_only(plant, group, count):
    rows = kpis(plant, f"group_by={group}")["buckets"]
    total = kpis(plant, "line_id=all")["total"]
    assert len(rows) == count
    for name in ("good", "total_production", "unplanned_production", "weight_kg"):
        assert add_up(rows, name) == pytest.approx(total[name]), name
    assert sum(row["produced"] or 0 for row in rows) == total["produced"]
    for row in rows:
        assert row["availability"] is row["oee"] is row["planned_seconds"] is row["stops"] is None
    if group == "product":
        by_product = {row["group"]: row for row in rows}
        assert by_product[plant.light]["scrap"] == 60 and by_product[plant.light]["good"] == 300
        assert by_product[plant.light]["ideal_seconds"] == pytest.approx(2_160)
        assert sum(row["ideal_seconds"] for row in rows) == pytest.approx(total["ideal_seconds"])
    else:
        assert {row["detections"] for row in rows} == {1_080, 1_030, 120}


def test_shifts_are_groups_and_stretches(plant):
    line = f"line_id={plant.first.line}"
    groups = kpis(plant, f"{line}&group_by=shift")["buckets"]
    assert [row["group"] for row in groups] == [plant.first.shift]
    assert groups[0]["oee"] == pytest.approx(0.2125)
    assert (groups[0]["total_production"], groups[0]["unplanned_production"]) == (1_020, 0)
    workings = kpis(plant, f"{line}&interval=shift", "2026-03-02", "2026-03-08")["buckets"]
    assert [row["label"] for row in workings] == [f"2026-03-0{day} Shift of D1" for day in range(2, 7)]
    wednesday = workings[2]
    assert (wednesday["start"], wednesday["end"]) == (f"{DAY}T09:00:00Z", f"{DAY}T17:00:00Z")
    assert wednesday["planned_seconds"] == wednesday["calendar_seconds"] == 28_800
    assert wednesday["shift_id"] == plant.first.shift
    assert wednesday["oee"] == pytest.approx(0.2125)


def test_a_night_shift_is_whole_in_its_bucket(system):
    tenant = system.make_tenant("nights")
    night = PlantData(
        tenant.client("MANAGER"), code="N1", commissioned_at="2026-03-01T00:00:00-03:00", shift=("22:00", "06:00"),
        dual=False)
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [
        night.detection(f"2026-03-{day}T{time}:00-03:00")
        for day, time in (("03", "23:00"), ("04", "05:00"), ("04", "12:00"), ("04", "23:00"), ("05", "01:00"))]})
    assert answer.json()["stored"] == 5
    client = tenant.client("VIEWER")
    query = f"/api/v1/kpis?from=2026-03-03&to=2026-03-04&line_id={night.line}"
    for rows in (
        client.read(f"{query}&interval=shift")["buckets"],
        client.read(f"{query}&interval=day&shift_id={night.shift}")["buckets"],
        client.read(f"{query}&interval=day&group_by=shift")["buckets"],
    ):
        assert [row["good"] for row in rows] == [2, 2]
        assert [row["planned_seconds"] for row in rows] == [28_800, 28_800]
    whole = client.read(f"{query}&shift_id={night.shift}")["total"]
    days = client.read(f"{query}&interval=day&shift_id={night.shift}")["buckets"]
    for name in SUMS[:-1]:
        assert add_up(days, name) == whole[name], name
    assert whole["total_production"] == 5


def test_another_period_and_the_differences(plant):
    query = f"line_id={plant.first.line}&compare_from={DAY}&compare_to={DAY}"
    answer = kpis(plant, query, "2026-03-05", "2026-03-05")
    assert answer["comparison"]["period"]["from"] == f"{DAY}T03:00:00Z"
    assert answer["comparison"]["total"]["total_production"] == 1_030
    assert answer["differences"]["total"]["total_production"] == -1_030
    assert answer["differences"]["total"]["downtime_seconds"] == 28_800 - 18_020
    assert answer["differences"]["lines"][0]["availability"] == pytest.approx(-10_780 / 28_800)
    assert answer["differences"]["downtime_by_category"]["breakdown"] == 28_800 - 18_020
    grouped = kpis(plant, f"{query}&interval=day&group_by=line", "2026-03-05", "2026-03-05")
    assert grouped["differences"][0]["compared_label"] == DAY
    assert grouped["differences"][0]["total_production"] == -1_030
    assert grouped["comparison"]["buckets"][0]["total_production"] == 1_030
    assert "comparison" not in kpis(plant, f"line_id={plant.first.line}")


@pytest.mark.parametrize("query, expected", [
    ("interval=hour", {"interval": "out_of_range"}),
    ("group_by=mood", {"group_by": "out_of_range"}),
    (f"compare_from={DAY}", {"compare_to": "required"}),
    (f"compare_to={DAY}", {"compare_from": "required"}),
    ("compare_from=x&compare_to=y", {"compare_from": "invalid_time", "compare_to": "invalid_time"}),
    ("line_id=999&shift_id=999&compare_from=2026-03-05&compare_to=2026-03-04", {
        "line_id": "unknown_line", "shift_id": "unknown_id", "compare_to": "ends_before_start"}),
    ("interval=year&group_by=mood&threshold_seconds=0&line_id=x&mood=1", {
        "interval": "out_of_range", "group_by": "out_of_range", "threshold_seconds": "out_of_range",
        "line_id": "unknown_line", "mood": "unknown_field"}),
    ("interval=day&compare_from=2000-01-01&compare_to=2006-01-01", {"compare_to": "period_too_long"}),
])
def test_faults_come_at_once(plant, query, expected):
    client = plant.tenant.client("VIEWER")
    problem = check_problem(client.get(f"/api/v1/kpis?from={DAY}&to={DAY}&{query}"), 422, "invalid")
    assert {error["param"]: error["code"] for error in problem["errors"]} == expected
    assert client.get(f"/api/v1/kpis?from={DAY}&to={DAY}").status_code == 200


def test_the_threshold_and_repeated_lines(plant):
    both = f"line_id={plant.first.line}&line_id={plant.second.line}"
    assert len(kpis(plant, both)["lines"]) == 2
    longer = kpis(plant, f"line_id={plant.first.line}&interval=day&threshold_seconds=3610")["buckets"][0]
    assert longer["downtime_seconds"] == 14_410
    assert kpis(plant, f"plant_id={plant.second.plant}&group_by=line")["buckets"][0]["group"] == plant.second.line


def test_detections_page_by_page(plant):
    client = plant.tenant.client("MANAGER")
    query = f"/api/v1/detections?line_id={plant.first.line}&from={DAY}&to={DAY}&limit=500"
    found, cursor, pages = [], None, 0
    while True:
        page = client.read(query + (f"&cursor={cursor}" if cursor else ""))
        found += page["items"]
        pages += 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == 5 and len(found) == 1_080 + 1_030
    order = [(item["detected_at"], item["detection_id"]) for item in found]
    assert order == sorted(order, reverse=True) and len(set(order)) == len(order)
    assert found[0]["detected_at"] == f"{DAY}T18:00:09Z"
    assert {item["line_id"] for item in found} == {plant.first.line}


def test_detections_are_found_by_the_index(system, plant):
    table = f"detection_line_{plant.first.line}"
    plan = system.psql(
        plant.tenant.database,
        f"SET enable_seqscan = off; SET enable_sort = off; EXPLAIN SELECT detection_id FROM {table} "
        f"WHERE detected_at >= '2026-03-01' AND detected_at < '2026-04-01' "
        f"AND (detected_at, detection_id) < ('2026-03-04 15:00Z', 9) "
        f"ORDER BY detected_at DESC, detection_id DESC LIMIT 10")
    assert "Index" in plan and "Backward" in plan and "Sort" not in plan


def test_who_may_read_detections(plant):
    path = f"/api/v1/detections?line_id={plant.first.line}&from={DAY}&to={DAY}"
    for who in ("ADMIN", "MANAGER", "key:read"):
        assert plant.tenant.client(who).get(path).status_code == 200, who
    for who in ("OPERATOR", "VIEWER", "key:ingest"):
        check_problem(plant.tenant.client(who).get(path), 403, "forbidden")
    client = plant.tenant.client("MANAGER")
    problem = check_problem(client.get("/api/v1/detections?cursor=x&limit=1001"), 422, "invalid")
    assert {error["param"]: error["code"] for error in problem["errors"]} == {
        "line_id": "required", "from": "required", "to": "required", "cursor": "invalid_format",
        "limit": "out_of_range"}
    problem = check_problem(client.get(f"/api/v1/detections?line_id=999&from={DAY}&to={DAY}"), 422, "invalid")
    assert problem["errors"][0]["code"] == "unknown_line"
