"""Every tile of the dashboard against figures computed by hand, and the identities between them."""

import json
from decimal import Decimal

import pytest

from running_system import PlantData, check_problem
from small_plant import DAY, SmallPlant

WIDGETS = {
    "KpiOee", "KpiAvailability", "KpiPerformance", "KpiQuality", "ProductionTimeChart", "ProductDistributionChart",
    "ProductRanking", "KpiTotalProduction", "KpiTotalWeight", "KpiWeightEfficiency", "KpiTotalDowntime",
    "LineStatusIndicator", "OeeTrendChart", "HourByHour", "AreaDetectionChart", "EntryOutputCompareChart",
    "ScatterChart", "DowntimeTable", "DowntimePareto", "LossWaterfall", "MetricsSummary", "EventFeed",
}


@pytest.fixture(scope="module")
def plant(system):
    return SmallPlant(system.make_tenant("tiles"))


@pytest.fixture(scope="module")
def single(plant):
    return plant.tiles(line_id=plant.first.line)


def test_every_tile_is_there(plant):
    body = plant.ask(line_id="all").json()
    assert set(body["widgets"]) == WIDGETS
    for key, tile in body["widgets"].items():
        assert (tile["widget_id"], tile["widget_name"]) == (key, key)
        assert tile["widget_type"] in ("kpi", "chart", "table", "indicator", "feed")
        assert "data" in tile and "metadata" in tile
    assert body["metadata"]["widget_count"] == 22
    assert body["metadata"]["is_multi_line"] is True
    assert body["metadata"]["total_detections"] == 1_080 + 1_030 + 120


def test_only_the_tiles_asked_for_are_there(plant):
    tiles = plant.tiles(widget_ids=["LossWaterfall", "ProductRanking"])
    assert list(tiles) == ["LossWaterfall", "ProductRanking"]


def test_the_factors(single):
    assert single["KpiAvailability"]["value"] == pytest.approx(10_780 / 28_800)
    assert single["KpiPerformance"]["value"] == pytest.approx(6_480 / 10_780)
    assert single["KpiQuality"]["value"] == pytest.approx(1_020 / 1_080)
    assert single["KpiOee"]["value"] == pytest.approx(0.2125)
    assert single["KpiOee"]["flags"] == ["production_outside_plan"]


def test_amounts_stops_and_weight(single):
    production = single["KpiTotalProduction"]
    assert (production["value"], production["good"], production["unplanned"]) == (1_030, 1_020, 10)
    assert production["scrap"] == 60
    assert single["KpiTotalWeight"]["value"] == 730 * 25 + 300 * 2.5
    assert single["KpiTotalWeight"]["unit"] == "kg"
    # 10 units a minute over 480 minutes at the mean weight of what was made.
    nominal = 10 * 480 * (19_000 / 1_030)
    assert single["KpiWeightEfficiency"]["value"] == pytest.approx(19_000 / nominal)
    downtime = single["KpiTotalDowntime"]
    assert (downtime["value"], downtime["micro_stops"], downtime["downtime_seconds"]) == (2, 0, 18_020)
    assert downtime["downtime_minutes"] == pytest.approx(18_020 / 60)
    assert downtime["trend"] is None and downtime["stops_trend"] is None


def test_of_a_shift_only_its_own_weight_is_compared(plant, single):
    tiles = plant.tiles(line_id=plant.first.line, shift_id=plant.first.shift,
                        widget_ids=["KpiWeightEfficiency", "KpiTotalWeight"])
    assert tiles["KpiWeightEfficiency"]["value"] == pytest.approx(1_020 / 4_800)
    assert tiles["KpiWeightEfficiency"]["weight_kg"] == 720 * 25 + 300 * 2.5
    # The control: what was made is more, and without a shift all of it is compared.
    assert tiles["KpiTotalWeight"]["value"] == single["KpiWeightEfficiency"]["weight_kg"] == 19_000
    assert single["KpiWeightEfficiency"]["value"] == pytest.approx(1_030 / 4_800)


@pytest.mark.parametrize("interval", ["minute", "15min", "hour", "day", "week", "month"])
@pytest.mark.parametrize("lines, total", [("first", 1_030), ("all", 1_150)])
def test_chart_total_and_ranking_are_one_sum(plant, interval, lines, total):
    line = plant.first.line if lines == "first" else "all"
    tiles = plant.tiles(line_id=line, interval=interval, widget_ids=[
        "ProductionTimeChart", "KpiTotalProduction", "ProductRanking", "ProductDistributionChart", "MetricsSummary",
        "OeeTrendChart"])
    chart = tiles["ProductionTimeChart"]
    assert sum(sum(series["counts"]) for series in chart["series"]) == total
    assert sum(chart["total"]) == total
    assert tiles["KpiTotalProduction"]["value"] == total
    assert tiles["ProductRanking"]["total_units"] == sum(i["units"] for i in tiles["ProductRanking"]["items"]) == total
    assert sum(item["units"] for item in tiles["ProductDistributionChart"]["items"]) == total
    assert tiles["MetricsSummary"]["total_production"] == total
    assert sum(bucket["total_production"] for bucket in tiles["OeeTrendChart"]["buckets"]) == total


def test_the_ranking(plant):
    items = plant.tiles(widget_ids=["ProductRanking"])["ProductRanking"]["items"]
    assert [(item["rank"], item["product_id"], item["units"], item["weight_kg"]) for item in items] == [
        (1, plant.heavy, 730, 18_250.0), (2, plant.light, 300, 750.0), (3, plant.other, 120, 3_000.0),
    ]
    assert [item["share"] for item in items] == pytest.approx([730 / 1_150, 300 / 1_150, 120 / 1_150])
    assert items[1]["color"] == "#336699" and items[1]["name"] == "Light"


def test_the_production_chart_marks_stops_and_peaks(plant):
    chart = plant.tiles(line_id=plant.first.line, highlight_peaks=True, curve_type="stepped")["ProductionTimeChart"]
    assert chart["curve_type"] == "stepped"
    hours = {bucket["label"]: count for bucket, count in zip(chart["buckets"], chart["total"]) if count}
    assert hours == {f"{DAY} 06:00": 360, f"{DAY} 07:00": 360, f"{DAY} 09:00": 300, f"{DAY} 15:00": 10}
    assert chart["peaks"] == [6, 7]
    assert [stop["start"] for stop in chart["stops"]] == [f"{DAY}T10:59:50Z", f"{DAY}T12:59:50Z"]
    hidden = plant.tiles(line_id=plant.first.line, show_downtime=False)["ProductionTimeChart"]
    assert hidden["stops"] == [] and hidden["peaks"] == []


def test_the_waterfall_adds_up_exactly(plant):
    for line, steps in (
        (plant.first.line, [86_400, 28_800, 10_780, 6_480, 6_120]),
        ("all", [172_800, 57_600, 14_350, 8_280, 7_920]),
    ):
        answer = json.loads(
            plant.ask(line_id=line, widget_ids=["LossWaterfall"]).text, parse_float=Decimal, parse_int=Decimal)
        data = answer["widgets"]["LossWaterfall"]["data"]
        seconds = {step["key"]: step["seconds"] for step in data["steps"]}
        totals = [seconds[step["key"]] for step in data["steps"] if step["kind"] == "total"]
        losses = [seconds[step["key"]] for step in data["steps"] if step["kind"] == "loss"]
        assert totals == steps
        assert [total - loss for total, loss in zip(totals, losses)] == totals[1:]
        assert sum(data["stopped_by_category"].values()) == seconds["stopped"]
        assert float(data["oee"]) == pytest.approx(float(seconds["good"] / seconds["planned"]))


def test_areas_and_what_enters_and_leaves(plant, single):
    areas = {item["area_type"]: item["detections"] for item in single["AreaDetectionChart"]["items"]}
    assert areas == {"input": 1_080, "output": 1_030}
    compare = single["EntryOutputCompareChart"]
    assert compare["totals"]["input"] == sum(compare["input"]) == 1_080
    assert compare["totals"]["output"] == sum(compare["output"]) == 1_020
    assert compare["totals"]["scrap"] == sum(compare["difference"]) == 60
    only_output = plant.tiles(line_id=plant.second.line)["EntryOutputCompareChart"]
    assert only_output["line_ids"] == [] and only_output["reason"] == "quality_not_measured"


def test_scatter_and_pareto(plant):
    tiles = plant.tiles(line_id="all")
    scatter = tiles["ScatterChart"]
    assert scatter["count"] == 3 and scatter["more"] == 0
    points = sorted(zip(scatter["hour"], scatter["planned_seconds"], scatter["line_id"]))
    assert [point[0] for point in points] == pytest.approx([6 + 59.5 / 60, 7 + 3_590 / 3_600, 9 + 3_590 / 3_600])
    assert [point[1:] for point in points] == [
        (25_230, plant.second.line), (3_610, plant.first.line), (14_410, plant.first.line)]
    pareto = tiles["DowntimePareto"]
    assert pareto["downtime_seconds"] == tiles["KpiTotalDowntime"]["downtime_seconds"] == 18_020 + 25_230
    for level in ("categories", "failures", "incidents"):
        assert sum(entry["downtime_seconds"] for entry in pareto[level]) == pareto["downtime_seconds"]
        assert pareto[level][-1]["cumulative_share"] == 1
    assert pareto["categories"][0]["category"] == "breakdown" and pareto["categories"][0]["stops"] == 3
    assert pareto["incidents"][0]["incident_id"] is None


def test_the_hours_of_the_board(single):
    board = single["HourByHour"]
    assert board["date"] == DAY
    hours = {hour["label"][-5:]: hour for hour in board["hours"]}
    assert list(hours) == [f"{hour:02}:00" for hour in range(6, 16)]
    assert [hour["actual"] for hour in hours.values()] == [360, 360, 0, 300, 0, 0, 0, 0, 0, 10]
    assert [hour["target"] for hour in hours.values()] == [600.0] * 8 + [0.0, 0.0]
    assert {hour["target_kind"] for hour in list(hours.values())[:8]} == {"nominal"}
    assert hours["08:00"]["largest_loss"]["kind"] == "stop"
    assert hours["08:00"]["largest_loss"]["seconds"] == 3_600
    # 3 590 s of the hour ran for 360 units that ideally take 2 160 s.
    assert (hours["07:00"]["largest_loss"]["kind"], hours["07:00"]["largest_loss"]["seconds"]) == ("speed", 1_430)
    assert hours["13:00"]["cumulative_target"] == 4_800.0
    assert hours["13:00"]["cumulative_difference"] == 1_020 - 4_800
    assert hours["15:00"]["largest_loss"] is None


def test_the_target_of_a_line_lowers_the_board(system):
    tenant = system.make_tenant("target")
    manager = tenant.client("MANAGER")
    plant = PlantData(manager, code="T1")
    line = manager.make(
        "production-lines", plant_id=plant.plant, line_code="T2", line_name="Line T2", rate_per_minute=6,
        target_oee=0.5, commissioned_at=f"{DAY}T00:00:00-03:00")["line_id"]
    manager.make("areas", line_id=line, area_name="output of T2", area_type="output")
    answer = tenant.client("VIEWER").post("/api/v1/dashboard/data", {
        "daterange": {"start_date": DAY, "end_date": DAY}, "line_id": line,
        "widget_ids": ["HourByHour", "OeeTrendChart", "KpiOee"]})
    tiles = {key: tile["data"] for key, tile in answer.json()["widgets"].items()}
    assert {(hour["target"], hour["target_kind"]) for hour in tiles["HourByHour"]["hours"]} == {(180.0, "target")}
    assert tiles["OeeTrendChart"]["target"] == tiles["KpiOee"]["target"] == 0.5


def test_the_trend_chart_has_a_bucket_a_day(plant):
    chart = plant.tiles(
        line_id=plant.first.line, start="2026-03-02", end="2026-03-08", widget_ids=["OeeTrendChart"])["OeeTrendChart"]
    buckets = {bucket["label"]: bucket for bucket in chart["buckets"]}
    assert list(buckets) == [f"2026-03-0{day}" for day in range(2, 9)]
    assert buckets[DAY]["oee"] == pytest.approx(0.2125)
    assert buckets["2026-03-02"]["oee"] is None and buckets["2026-03-02"]["reason"] == "no_planned_time"
    assert buckets["2026-03-05"]["oee"] == 0
    by_shift = plant.tiles(
        line_id=plant.first.line, shift_id=plant.first.shift, start="2026-03-02", end="2026-03-08",
        widget_ids=["OeeTrendChart"])["OeeTrendChart"]
    assert by_shift["interval"] == "shift"
    assert [bucket["oee"] for bucket in by_shift["buckets"]][2] == pytest.approx(0.2125)


def test_trends_compare_with_the_day_before(plant):
    tiles = plant.tiles(line_id=plant.first.line, start="2026-03-05", end="2026-03-05")
    trend = tiles["KpiTotalProduction"]["trend"]
    period = {"from": "2026-03-04T03:00:00Z", "to": "2026-03-05T03:00:00Z", "timezone": "America/Argentina/Buenos_Aires"}
    assert trend == {
        "direction": "down", "previous": 1_030.0, "difference": -1_030.0, "good": False, "period": period}
    assert tiles["KpiTotalDowntime"]["trend"]["previous"] == 18_020.0
    assert tiles["KpiTotalDowntime"]["trend"]["good"] is False
    assert tiles["KpiAvailability"]["trend"]["previous"] == pytest.approx(10_780 / 28_800)


def test_the_trend_of_a_shift_over_all_lines_counts_the_same_lines_before(plant):
    """Also those that do not work it, whose units count as well."""
    shift = plant.first.shift
    tiles = plant.tiles(line_id="all", shift_id=shift, start="2026-03-05", end="2026-03-05")
    read = plant.tenant.client("VIEWER").read
    before = read(f"/api/v1/kpis?from={DAY}&to={DAY}&shift_id={shift}")["total"]["total_production"]
    own = read(f"/api/v1/kpis?from={DAY}&to={DAY}&shift_id={shift}&line_id={plant.first.line}")["total"]["total_production"]
    assert before > own > 0
    assert tiles["KpiTotalProduction"]["trend"]["previous"] == before


def trends(plant, lines, compare_from, compare_to) -> dict:
    """The trends of the fifth of March against a chosen period."""
    tiles = plant.tiles(
        line_id=lines, start="2026-03-05", end="2026-03-05", compare_from=compare_from, compare_to=compare_to)
    return {key: tile["trend"] for key, tile in tiles.items() if tile.get("trend")}


@pytest.mark.parametrize("compare_from,compare_to", [
    (DAY, DAY), ("2026-03-01", DAY), (f"{DAY}T06:00", f"{DAY}T10:00"), (f"{DAY}T09:00:00Z", f"{DAY}T12:30:00Z"),
])
@pytest.mark.parametrize("is_single", [True, False])
def test_a_chosen_period_is_compared_with_as_the_figures_have_it(plant, compare_from, compare_to, is_single):
    lines = plant.first.line if is_single else "all"
    found = trends(plant, lines, compare_from, compare_to)
    query = f"from={compare_from}&to={compare_to}" + (f"&line_id={lines}" if is_single else "")
    kpis = plant.tenant.client("VIEWER").read(f"/api/v1/kpis?{query}")["total"]
    assert kpis["total_production"] > 0
    assert found["KpiTotalProduction"]["previous"] == kpis["total_production"]
    assert found["KpiTotalDowntime"]["previous"] == kpis["downtime_seconds"]
    # Of the fifth nothing is planned as yet known: its own factor is there, or there is no trend.
    for tile, figure in (("KpiAvailability", "availability"), ("KpiOee", "oee")):
        if tile in found:
            assert found[tile]["previous"] == pytest.approx(kpis[figure])
    assert "KpiAvailability" in found


def test_what_has_not_begun_is_compared_with_by_nothing(plant):
    assert trends(plant, plant.first.line, "2999-01-01", "2999-01-02") == {}
    assert "KpiTotalProduction" in trends(plant, plant.first.line, DAY, DAY)


def test_what_is_compared_with_is_told(plant):
    found = trends(plant, plant.first.line, "2026-03-02", DAY)
    assert found["KpiTotalProduction"]["period"] == {
        "from": "2026-03-02T03:00:00Z", "to": "2026-03-05T03:00:00Z", "timezone": "America/Argentina/Buenos_Aires"}


@pytest.mark.parametrize("fields,faults", [
    ({"compare_from": DAY}, {"compare_to": "required"}),
    ({"compare_to": DAY}, {"compare_from": "required"}),
    ({"compare_from": "yesterday", "compare_to": DAY}, {"compare_from": "invalid_time"}),
    ({"compare_from": DAY, "compare_to": 5}, {"compare_to": "invalid_type"}),
    ({"compare_from": DAY, "compare_to": "2026-03-01"}, {"compare_to": "ends_before_start"}),
    ({"compare_from": "2010-01-01", "compare_to": DAY}, {"compare_to": "period_too_long"}),
    ({"compare_from": "2010-01-01", "compare_to": DAY, "line_id": 2147483647},
     {"compare_to": "period_too_long", "line_id": "unknown_line"}),
])
def test_a_faulty_comparison_is_told_by_its_fields(plant, fields, faults):
    body = {"daterange": {"start_date": DAY, "end_date": DAY}, "line_id": "all", "interval": "hour"}
    answer = plant.tenant.client("VIEWER").post("/api/v1/dashboard/data", body | fields)
    assert answer.status_code == 422, answer.text
    assert {fault["param"]: fault["code"] for fault in answer.json()["errors"]} == faults


def test_the_summary(single):
    summary = single["MetricsSummary"]
    assert summary["products"] == 2
    assert summary["units_per_planned_hour"] == 1_020 / 8
    assert (summary["stops"], summary["downtime_seconds"]) == (2, 18_020)
    assert (summary["first_detection"], summary["last_detection"]) == (f"{DAY}T09:00:00Z", f"{DAY}T18:00:00Z")


def test_products_and_areas_filter_amounts_and_not_the_factors(plant):
    light = plant.tiles(line_id=plant.first.line, product_ids=[plant.light])
    assert light["KpiTotalProduction"]["value"] == sum(light["ProductionTimeChart"]["total"]) == 300
    assert sum(light["KpiTotalProduction"]["spark"]) == 300
    assert light["KpiTotalProduction"]["scrap"] == 60
    assert light["KpiTotalWeight"]["value"] == 750.0
    assert [item["product_id"] for item in light["ProductRanking"]["items"]] == [plant.light]
    assert light["KpiOee"]["value"] == pytest.approx(0.2125)
    assert "filters_ignored" in light["KpiOee"]["flags"]
    entry = plant.tiles(line_id=plant.first.line, area_ids=[plant.first.areas["input"]])
    assert entry["KpiTotalProduction"]["value"] == sum(entry["ProductionTimeChart"]["total"]) == 1_080
    assert [item["detections"] for item in entry["AreaDetectionChart"]["items"]] == [1_080]


def test_a_search_leaves_the_rows_it_is_found_in_and_no_sum(plant):
    def rows(search: str | None, **more) -> tuple[list, list, int]:
        tiles = plant.tiles("MANAGER", search=search, **more)
        assert tiles["KpiTotalProduction"]["value"] == 1_150 and tiles["DowntimeTable"]["count"] == 3
        return ([stop["line_code"] for stop in tiles["DowntimeTable"]["items"]],
                [(item["rank"], item["name"]) for item in tiles["ProductRanking"]["items"]],
                len(tiles["EventFeed"]["items"]))

    stops, products, events = rows(None)
    assert sorted(stops) == ["D1", "D1", "D2"] and len(products) == 3 and events == 20
    found, ranked, _ = rows("d2")
    assert found == ["D2"] and [name for _, name in ranked] == ["Product of D2"]
    # It keeps its rank among all.
    found, ranked, seen = rows("LÍGHT")
    assert (found, seen) == ([], 20) and ranked == [product for product in products if product[1] == "Light"] != []
    # Of the newest 200 one tells of a begin, that of the last stop; what was made before it fills the rest.
    assert rows("stop_started")[2] == 1
    assert rows("calculated")[0] == stops and rows("registered")[0] == []
    assert rows("nowhere to be found") == ([], [], 0)


def test_a_threshold_takes_the_place_of_the_lines_own(plant):
    own = plant.tiles(line_id=plant.first.line)
    longer = plant.tiles(line_id=plant.first.line, downtime_threshold=4_000)
    assert (own["KpiTotalDowntime"]["value"], own["KpiTotalDowntime"]["downtime_seconds"]) == (2, 18_020)
    assert (longer["KpiTotalDowntime"]["value"], longer["KpiTotalDowntime"]["downtime_seconds"]) == (1, 14_410)
    assert len(longer["DowntimeTable"]["items"]) == len(longer["ProductionTimeChart"]["stops"]) == 1
    assert longer["KpiAvailability"]["value"] > own["KpiAvailability"]["value"]


def test_plants_of_two_zones_meet_at_the_same_time_of_their_clocks(system):
    tenant = system.make_tenant("zones")
    manager, rows = tenant.client("MANAGER"), []
    product = manager.make("products", product_code="P", product_name="P")["product_id"]
    for zone, offset in (("America/Argentina/Buenos_Aires", "-03:00"), ("Europe/Madrid", "+01:00")):
        plant = manager.make("plants", plant_code=zone, plant_name=zone, timezone=zone)["plant_id"]
        line = manager.make(
            "production-lines", plant_id=plant, line_code=zone, line_name=zone, rate_per_minute=10,
            commissioned_at=f"{DAY}T00:00:00{offset}")["line_id"]
        manager.make("areas", line_id=line, area_name=f"output {zone}", area_type="output")
        rows += [{"line": zone, "area": "output", "product": "P", "detected_at": f"{DAY}T{time}:00{offset}"}
                 for time in ("10:05", "10:06", "23:59")]
    stored = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
    assert stored.json()["stored"] == 6
    answer = tenant.client("VIEWER").post("/api/v1/dashboard/data", {
        "daterange": {"start_date": DAY, "end_date": DAY}, "line_id": "all", "interval": "hour"}).json()
    tiles = {key: tile["data"] for key, tile in answer["widgets"].items()}
    chart = tiles["ProductionTimeChart"]
    assert [bucket["label"][-5:] for bucket in chart["buckets"]] == [f"{hour:02}:00" for hour in range(24)]
    assert {place: count for place, count in enumerate(chart["total"]) if count} == {10: 4, 23: 2}
    assert chart["timezone"] is None and chart["series"][0]["product_id"] == product
    assert [bucket["label"] for bucket in tiles["OeeTrendChart"]["buckets"]] == [DAY]
    assert tiles["OeeTrendChart"]["buckets"][0]["total_production"] == tiles["KpiTotalProduction"]["value"] == 6
    assert {hour["label"][-5:]: hour["actual"] for hour in tiles["HourByHour"]["hours"] if hour["actual"]} == {
        "10:00": 4, "23:00": 2}
    assert answer["metadata"]["period"] == {"from": None, "to": None, "timezone": None}
    rows = tenant.client("VIEWER").read(f"/api/v1/kpis?from={DAY}&to={DAY}&interval=day")["buckets"]
    assert [(row["label"], row["total_production"]) for row in rows] == [(DAY, 6)]


def test_one_failing_tile_does_not_stop_the_rest(system, plant):
    worker = f"{plant.tenant.database}_worker"
    table = f"detection_line_{plant.first.line}"
    # The feed alone reads single detections; without the right to them it fails and nothing else does.
    system.psql(plant.tenant.database, f"REVOKE SELECT ON {table} FROM {worker}")
    try:
        answer = plant.ask("MANAGER", line_id=plant.first.line)
        assert answer.status_code == 200, answer.text
        widgets = answer.json()["widgets"]
        assert widgets["EventFeed"]["error"] == {"code": "internal"} and "data" not in widgets["EventFeed"]
        assert {key for key, tile in widgets.items() if "error" in tile} == {"EventFeed"}
        assert widgets["KpiTotalProduction"]["data"]["value"] == 1_030
    finally:
        system.psql(plant.tenant.database, f"GRANT SELECT ON {table} TO {worker}")
    assert plant.tiles("MANAGER", line_id=plant.first.line)["EventFeed"]["items"]


def test_single_detections_are_for_those_who_may_read_them(plant):
    feed = plant.tiles("MANAGER", line_id=plant.first.line)["EventFeed"]
    assert feed["shows_detections"] is True and len(feed["items"]) == 20
    assert [item["kind"] for item in feed["items"]][:11] == ["detection"] * 10 + ["stop_ended"]
    assert feed["items"][0]["at"] == f"{DAY}T18:00:09Z"
    for role in ("OPERATOR", "VIEWER"):
        feed = plant.tiles(role, line_id=plant.first.line)["EventFeed"]
        assert feed["shows_detections"] is False
        assert {item["kind"] for item in feed["items"]} == {"stop_started", "stop_ended"}


def test_who_may_ask(plant):
    body = {"daterange": {"start_date": DAY, "end_date": DAY}}
    for who in ("ADMIN", "MANAGER", "OPERATOR", "VIEWER", "key:read"):
        assert plant.tenant.client(who).post("/api/v1/dashboard/data", body).status_code == 200, who
    check_problem(plant.tenant.client("key:ingest").post("/api/v1/dashboard/data", body), 403, "forbidden")
    check_problem(plant.tenant.system.client().post("/api/v1/dashboard/data", body), 401, "unauthorized")
