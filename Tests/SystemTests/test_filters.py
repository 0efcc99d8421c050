"""Filters: what there is, what may be chosen, and that nothing invalid ever widens a question; layouts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from running_system import PlantData, check_problem, eventually
from small_plant import DAY, SmallPlant

BODY = {"daterange": {"start_date": DAY, "end_date": DAY}, "line_id": "all", "interval": "hour"}


@pytest.fixture(scope="module")
def plant(system):
    return SmallPlant(system.make_tenant("filters"))


@pytest.fixture(scope="module")
def group(system, plant):
    number = system.psql(
        plant.tenant.database,
        f"INSERT INTO line_group (group_name, line_ids) VALUES ('Both', ARRAY[{plant.first.line}, "
        f"{plant.second.line}]) RETURNING line_group_id").split()[0]
    # The worker hears of it by a notice of the database.
    known = {"line_id": f"group_line_{number}"}
    assert eventually(lambda: validate(plant, known).status_code == 200, 10)
    return known["line_id"]


def faults(answer) -> dict:
    problem = check_problem(answer, 422, "invalid")
    parameters = [error["param"] for error in problem["errors"]]
    assert len(parameters) == len(set(parameters)), "one fault for each parameter"
    return {error["param"]: error["code"] for error in problem["errors"]}


def validate(plant, body, who="VIEWER"):
    return plant.tenant.client(who).post("/api/v1/filters/validate", body)


def test_the_filters(plant):
    items = plant.tenant.client("VIEWER").read("/api/v1/filters")["items"]
    assert {item["key"]: item["parameter"] for item in items} == {
        "DateRangeFilter": "daterange", "ProductionLineFilter": "line_id", "ShiftFilter": "shift_id",
        "AreaFilter": "area_ids", "ProductFilter": "product_ids", "IntervalFilter": "interval",
        "CurveTypeFilter": "curve_type", "DowntimeThresholdFilter": "downtime_threshold",
        "ShowDowntimeFilter": "show_downtime", "HighlightPeaksFilter": "highlight_peaks", "SearchFilter": "search",
        "PlantFilter": "plant_id",
    }
    by_key = {item["key"]: item for item in items}
    today = datetime.now(ZoneInfo("America/Argentina/Buenos_Aires")).date()
    assert by_key["DateRangeFilter"]["default"] == {
        "start_date": str(today - timedelta(days=1)), "end_date": str(today), "start_time": "00:00",
        "end_time": "23:59"}
    assert by_key["DateRangeFilter"]["required"] is True
    assert by_key["AreaFilter"]["depends_on"] == ["ProductionLineFilter"]
    assert by_key["ShowDowntimeFilter"]["default"] is True
    assert by_key["DowntimeThresholdFilter"]["maximum"] == 86_400


def test_the_options(plant, group):
    client = plant.tenant.client("VIEWER")

    def values(key, query=""):
        return [item["value"] for item in client.read(f"/api/v1/filters/{key}/options{query}")["items"]]

    assert values("PlantFilter") == [plant.first.plant, plant.second.plant]
    assert set(values("ProductionLineFilter")) == {"all", group, plant.first.line, plant.second.line}
    assert values("ProductionLineFilter", f"?plant_id={plant.second.plant}") == ["all", group, plant.second.line]
    assert set(values("AreaFilter", f"?line_id={plant.first.line}")) == set(plant.first.areas.values())
    assert set(values("ProductFilter")) == {plant.heavy, plant.light, plant.other}
    assert values("ShiftFilter", f"?line_id={plant.second.line}") == [plant.second.shift]
    assert set(values("ShiftFilter")) == {plant.first.shift, plant.second.shift}
    assert values("IntervalFilter") == ["minute", "15min", "hour", "day", "week", "month"]
    assert values("CurveTypeFilter") == ["smooth", "linear", "stepped", "stacked"]


def test_what_is_deactivated_is_offered_with_a_mark(system):
    tenant = system.make_tenant("filters-inactive")
    manager = tenant.client("MANAGER")
    kept, retired = PlantData(manager, code="KEPT"), PlantData(manager, code="RETIRED")

    def marks(key, query=""):
        items = tenant.client("VIEWER").read(f"/api/v1/filters/{key}/options{query}")["items"]
        return {item["value"]: item["is_active"] for item in items if "is_active" in item}

    def everything():
        area = marks("AreaFilter", f"?line_id={retired.line}")
        return (marks("PlantFilter"), marks("ProductionLineFilter"), marks("ShiftFilter"), marks("ProductFilter"),
                {name: area[number] for name, number in retired.areas.items()})

    assert all(all(found.values()) for found in everything())
    for path in (f"areas/{retired.areas['input']}", f"shifts/{retired.shift}", f"products/{retired.product}",
                 f"production-lines/{retired.line}", f"plants/{retired.plant}"):
        body = manager.read(f"/api/v1/{path}")
        body = {name: value for name, value in list(body.items())[1:] if name not in ("versions", "valid_from")}
        assert manager.put(f"/api/v1/{path}", body | {"is_active": False}).status_code == 200
    assert everything() == (
        {kept.plant: True, retired.plant: False}, {kept.line: True, retired.line: False},
        {kept.shift: True, retired.shift: False}, {kept.product: True, retired.product: False},
        {"input": False, "output": True})
    # Of what was, one may still ask.
    figures = f"/api/v1/kpis?from={DAY}&to={DAY}&line_id={retired.line}"
    assert [line["line_id"] for line in manager.read(figures)["lines"]] == [retired.line]


def test_options_of_nothing(plant):
    client = plant.tenant.client("VIEWER")
    assert faults(client.get("/api/v1/filters/AreaFilter/options")) == {"line_id": "required"}
    assert faults(client.get("/api/v1/filters/AreaFilter/options?line_id=999")) == {"line_id": "unknown_line"}
    assert faults(
        client.get(f"/api/v1/filters/ShiftFilter/options?plant_id=999&line_id={plant.first.line}")
    ) == {"plant_id": "unknown_id", "line_id": "unknown_line"}
    for key in ("SearchFilter", "NoFilter"):
        check_problem(client.get(f"/api/v1/filters/{key}/options"), 404, "not_found")


def test_valid_filters_come_back_complete(plant, group):
    answer = validate(plant, BODY | {
        "line_id": plant.first.line, "area_ids": [plant.first.areas["output"]], "product_ids": [plant.light],
        "shift_id": plant.first.shift, "plant_id": plant.first.plant, "curve_type": "stacked",
        "downtime_threshold": 120, "show_downtime": False, "highlight_peaks": True, "search": "bearing",
    })
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"valid": True, "filters": {
        "daterange": {"start_date": DAY, "end_date": DAY, "start_time": "00:00", "end_time": "23:59"},
        "line_id": plant.first.line, "plant_id": plant.first.plant, "shift_id": plant.first.shift,
        "area_ids": [plant.first.areas["output"]], "product_ids": [plant.light], "interval": "hour",
        "curve_type": "stacked", "downtime_threshold": 120, "show_downtime": False, "highlight_peaks": True,
        "search": "bearing",
    }}
    defaults = validate(plant, {}).json()["filters"]
    assert (defaults["line_id"], defaults["interval"], defaults["show_downtime"]) == ("all", "hour", True)
    assert validate(plant, {"line_id": group}).json()["filters"]["line_id"] == group


@pytest.mark.parametrize("change, expected", [
    ({"daterange": {"start_date": "2026-02-30", "end_date": DAY}}, {"daterange.start_date": "invalid_time"}),
    ({"daterange": {"start_date": DAY, "end_date": DAY, "start_time": "24:00"}},
     {"daterange.start_time": "invalid_time"}),
    ({"daterange": {"start_date": "2026-03-05", "end_date": DAY}}, {"daterange.end_date": "ends_before_start"}),
    ({"line_id": "everything"}, {"line_id": "unknown_line"}),
    ({"line_id": 999}, {"line_id": "unknown_line"}),
    ({"line_id": "group_line_999"}, {"line_id": "unknown_line"}),
    ({"line_id": "group__1"}, {"line_id": "unknown_line"}),
    ({"line_id": True}, {"line_id": "invalid_type"}),
    ({"shift_id": 999}, {"shift_id": "unknown_id"}),
    ({"plant_id": 999}, {"plant_id": "unknown_id"}),
    ({"product_ids": [999]}, {"product_ids[0]": "unknown_id"}),
    ({"area_ids": [1]}, {"area_ids": "not_allowed"}),
    ({"interval": "year"}, {"interval": "out_of_range"}),
    ({"curve_type": "wavy"}, {"curve_type": "out_of_range"}),
    ({"downtime_threshold": 0}, {"downtime_threshold": "out_of_range"}),
    ({"downtime_threshold": 86_401}, {"downtime_threshold": "out_of_range"}),
    ({"show_downtime": "yes"}, {"show_downtime": "invalid_type"}),
    ({"highlight_peaks": 1}, {"highlight_peaks": "invalid_type"}),
    ({"search": "x" * 201}, {"search": "too_long"}),
    ({"mood": "good"}, {"mood": "unknown_field"}),
])
def test_what_is_wrong_is_an_error_everywhere(plant, change, expected):
    assert validate(plant, BODY).status_code == 200
    assert faults(validate(plant, BODY | change)) == expected
    client = plant.tenant.client("VIEWER")
    assert faults(client.post("/api/v1/dashboard/data", BODY | change)) == expected


def test_areas_of_another_line_are_unknown(plant):
    mine, other = plant.first.areas["output"], plant.second.areas["output"]
    assert validate(plant, BODY | {"line_id": plant.first.line, "area_ids": [mine]}).status_code == 200
    assert faults(validate(plant, BODY | {"line_id": plant.first.line, "area_ids": [mine, other]})) == {
        "area_ids[1]": "unknown_id"}


def test_all_faults_come_at_once(plant):
    assert faults(validate(plant, {
        "daterange": {"start_date": "x", "end_date": DAY}, "line_id": "no", "interval": "year", "curve_type": "wavy",
        "search": "x" * 201, "downtime_threshold": 0,
    })) == {
        "daterange.start_date": "invalid_time", "line_id": "unknown_line", "interval": "out_of_range",
        "curve_type": "out_of_range", "search": "too_long", "downtime_threshold": "out_of_range",
    }
    assert faults(validate(plant, BODY | {
        "line_id": 999, "shift_id": 999, "plant_id": 999, "product_ids": [999],
        "daterange": {"start_date": "2026-03-05", "end_date": DAY},
    })) == {
        "line_id": "unknown_line", "shift_id": "unknown_id", "plant_id": "unknown_id", "product_ids[0]": "unknown_id",
        "daterange.end_date": "ends_before_start",
    }


@pytest.mark.parametrize("interval, allowed, refused", [
    ("minute", "2026-01-07", "2026-01-08"), ("15min", "2026-03-03", "2026-03-04"),
    ("hour", "2027-01-01", "2027-01-02"), ("day", "2030-12-31", "2031-01-01"), ("week", "2035-12-31", "2036-01-01"),
    ("month", "2035-12-31", "2036-01-01"),
])
def test_each_interval_has_its_longest_period(plant, interval, allowed, refused):
    def until(end):
        return BODY | {"interval": interval, "daterange": {"start_date": "2026-01-01", "end_date": end}}

    assert validate(plant, until(allowed)).status_code == 200
    assert faults(validate(plant, until(refused))) == {"daterange.end_date": "period_too_long"}


def test_a_group_is_its_lines(plant, group):
    tiles = plant.tiles(line_id=group, widget_ids=["KpiTotalProduction"])
    assert tiles["KpiTotalProduction"]["value"] == 1_150
    query = f"/api/v1/kpis?from={DAY}&to={DAY}"
    client = plant.tenant.client("VIEWER")
    assert [line["line_id"] for line in client.read(f"{query}&line_id={group}")["lines"]] == [
        plant.first.line, plant.second.line]
    assert faults(client.get(f"{query}&line_id=group_line_999")) == {"line_id": "unknown_line"}
    assert faults(client.get(f"{query}&line_id={group}&line_id={plant.first.line}")) == {"line_id": "unknown_line"}


def test_the_period_is_required(plant):
    client = plant.tenant.client("VIEWER")
    body = {name: value for name, value in BODY.items() if name != "daterange"}
    assert faults(client.post("/api/v1/dashboard/data", body)) == {"daterange": "required"}
    assert client.post("/api/v1/dashboard/data", BODY).status_code == 200


def test_another_tenants_line_is_unknown(system, plant):
    other = PlantData(system.make_tenant("filters-other").client("MANAGER"), code="X1")
    assert faults(validate(plant, BODY | {"line_id": other.line + 1_000})) == {"line_id": "unknown_line"}
    assert validate(plant, BODY | {"line_id": plant.first.line}).status_code == 200


def test_the_layout_of_each_role(plant):
    for who, role in (
        ("ADMIN", "ADMIN"), ("MANAGER", "MANAGER"), ("OPERATOR", "OPERATOR"), ("VIEWER", "VIEWER"),
        ("key:read", "VIEWER"),
    ):
        layout = plant.tenant.client(who).read("/api/v1/layout")
        assert layout["role"] == role
        assert [tab["tab"] for tab in layout["tabs"]] == ["produccion", "oee"]
        for tab in layout["tabs"]:
            assert [place["order"] for place in tab["widgets"]] == list(range(len(tab["widgets"])))
            assert all(1 <= place["width"] <= layout["columns"] for place in tab["widgets"])
        assert "DateRangeFilter" in layout["filters"]
    first = plant.tenant.client("OPERATOR").read("/api/v1/layout")["tabs"][0]["widgets"][0]
    assert first["widget_id"] == "LineStatusIndicator"
    check_problem(plant.tenant.client("key:ingest").get("/api/v1/layout"), 403, "forbidden")
    check_problem(plant.tenant.system.client().get("/api/v1/filters"), 401, "unauthorized")
