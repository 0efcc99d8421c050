"""The demonstration's data: what the tiles show is what the explanation computes to, line by line and for all lines."""

import itertools
import subprocess
from datetime import date, timedelta

import pytest

from recomputation import recompute
from running_system import REPOSITORY, sign_in

WIDGETS = ["KpiOee", "KpiAvailability", "KpiPerformance", "KpiQuality", "KpiTotalProduction", "KpiTotalDowntime",
           "KpiTotalWeight", "MetricsSummary", "DowntimePareto"]
# What a tile calls a figure: the name it has in GET /kpis.
RATIO = {"planned_seconds": "planned_seconds", "downtime_seconds": "downtime_seconds",
         "runtime_seconds": "runtime_seconds"}
SHOWN = {
    "KpiOee": RATIO | {"value": "oee"},
    "KpiAvailability": RATIO | {"value": "availability"},
    "KpiPerformance": RATIO | {"value": "performance", "raw_value": "raw_performance"},
    "KpiQuality": RATIO | {"value": "quality", "raw_value": "raw_quality"},
    "KpiTotalProduction": {
        "value": "total_production", "good": "good", "unplanned": "unplanned_production", "weight_kg": "weight_kg"},
    "KpiTotalDowntime": {
        "value": "stops", "micro_stops": "micro_stops", "downtime_seconds": "downtime_seconds",
        "planned_seconds": "planned_seconds", "mttr_seconds": "mttr_seconds", "mtbf_seconds": "mtbf_seconds"},
    "KpiTotalWeight": {"value": "weight_kg", "units": "total_production"},
    "MetricsSummary": RATIO | {
        "total_production": "total_production", "good": "good", "weight_kg": "weight_kg", "stops": "stops",
        "micro_stops": "micro_stops", "mtbf_seconds": "mtbf_seconds", "mttr_seconds": "mttr_seconds"},
    "DowntimePareto": {"downtime_seconds": "downtime_seconds"},
}
# Past in every zone, so that nothing changes between two questions.
LATEST = date.today() - timedelta(days=2)
PERIODS = {
    "a day": {"start_date": LATEST, "end_date": LATEST},
    "two days": {"start_date": LATEST - timedelta(days=1), "end_date": LATEST},
    "a day before any unit": {"start_date": LATEST - timedelta(days=30), "end_date": LATEST - timedelta(days=30)},
    "years before any unit": {"start_date": "2020-02-05", "end_date": "2020-02-05"},
    "cut shifts": {"start_date": LATEST - timedelta(days=1), "start_time": "09:07", "end_date": LATEST,
                   "end_time": "15:41"},
}


class Demonstration:
    """One company of the demonstration, asked as its viewer."""

    def __init__(self, system, slug: str, username: str):
        password = (system.folder / f"secrets/demo-password-{username}").read_text().strip()
        self.client = system.client(bearer=sign_in(system, username, password=password, tenant=slug)["access_token"])
        self.lines = [item["line_id"] for item in self.client.read("/api/v1/production-lines")["items"]]
        self.shifts = [item["shift_id"] for item in self.client.read("/api/v1/shifts")["items"]]

    def tiles(self, line, shift, period: dict) -> dict:
        body = {"daterange": {name: str(value) for name, value in period.items()}, "line_id": line,
                "interval": "day", "widget_ids": WIDGETS} | ({} if shift is None else {"shift_id": shift})
        answer = self.client.post("/api/v1/dashboard/data", body)
        assert answer.status_code == 200, answer.text
        return {key: tile["data"] for key, tile in answer.json()["widgets"].items()}

    def explained(self, line, shift, period: dict) -> dict:
        def bound(end: str) -> str:
            time = period.get(f"{end}_time")
            return f"{period[f'{end}_date']}" + (f"T{time}" if time else "")

        query = f"from={bound('start')}&to={bound('end')}&line_id={line}"
        return self.client.read(f"/api/v1/explain/kpis?{query}" + ("" if shift is None else f"&shift_id={shift}"))


@pytest.fixture(scope="module")
def demonstrations(system):
    """What script/server makes without --empty, with three days of detections."""
    subprocess.run(
        [REPOSITORY / "script/steps/demo.sh", system.folder, system.base, "3"],
        env=system.environment, check=True, capture_output=True, timeout=600)
    return {"andina": Demonstration(system, "andina", "viewer"), "iberia": Demonstration(system, "iberia", "dual")}


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS.keys())
@pytest.mark.parametrize("slug", ["andina", "iberia"])
def test_the_tiles_show_what_the_explanation_computes_to(demonstrations, slug, period):
    company = demonstrations[slug]
    units = 0
    for line, shift in itertools.product(["all", *company.lines], [None, *company.shifts]):
        told = f"line {line}, shift {shift}"
        explained = company.explained(line, shift, period)
        computed = recompute(explained)
        # Of one line its own figures; of all lines the total, which is not the mean of theirs.
        figures = computed["total"] if line == "all" else computed["lines"][0]
        assert len(computed["lines"]) == (len(company.lines) if line == "all" else 1)
        tiles = company.tiles(line, shift, period)
        for widget, names in SHOWN.items():
            shown = {name: tiles[widget][name] for name in names}
            assert shown == {
                name: value if (value := figures[figure]) is None else pytest.approx(value, rel=1e-9, abs=1e-9)
                for name, figure in names.items()
            }, f"{told}: {widget}"
        assert tiles["KpiTotalDowntime"]["stop_seconds"] == pytest.approx(computed["sums"]["stop_downtime_seconds"])
        categories = {item["category"]: item["downtime_seconds"] for item in tiles["DowntimePareto"]["categories"]}
        assert {name: categories.get(name, 0) for name in computed["downtime_by_category"]} == pytest.approx(
            computed["downtime_by_category"]), told
        assert sorted(tiles["KpiOee"]["flags"]) == figures["flags"], told
        units += figures["total_production"]
    # The control: the days of the demonstration are not empty.
    assert (units > 0) == (period not in (PERIODS["a day before any unit"], PERIODS["years before any unit"]))
