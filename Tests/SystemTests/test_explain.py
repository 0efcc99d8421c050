"""GET /explain/kpis: every figure of GET /kpis computed again from its answer alone."""

import random
from datetime import datetime, timedelta

import pytest

from recomputation import instant, recompute
from running_system import check_problem, eventually

OFFSET = "-03:00"
WEDNESDAY, THURSDAY = "2026-03-04", "2026-03-05"


class Plant:
    """Two plants in two zones with versions of everything, four lines and two days of detections."""

    def __init__(self, system, tenant):
        self.system, self.tenant = system, tenant
        manager = tenant.client("MANAGER")
        self.plants = [
            manager.make("plants", plant_code=code, plant_name=code, timezone=zone)["plant_id"]
            for code, zone in (("south", "America/Argentina/Buenos_Aires"), ("north", "America/New_York"))
        ]
        self.products = {
            code: manager.make("products", product_code=code, product_name=code, **more)["product_id"]
            for code, more in (("heavy", {"weight_kg": 25}), ("light", {"weight_kg": 0.125}), ("unweighed", {}))
        }
        self.lines = {
            "dual": self.make_line("dual", 0, ["input", "process", "output"], rate_per_minute=10,
                                   downtime_threshold_seconds=60, micro_stop_seconds=300),
            "single": self.make_line("single", 0, ["output"], downtime_threshold_seconds=120),
            "unrated": self.make_line("unrated", 0, ["input", "output"], downtime_threshold_seconds=300),
            "north": self.make_line("north", 1, ["input", "output"], rate_per_minute=6,
                                    downtime_threshold_seconds=90, commissioned_at=f"{WEDNESDAY}T15:00:00Z"),
        }
        self.rates = {
            line: manager.make("ideal-rates", line_id=self.lines[line], product_id=self.products["heavy"],
                               rate_per_minute=8)["ideal_rate_id"]
            for line in ("dual", "single")
        }
        self.shifts = {
            name: manager.make(
                "shifts", plant_id=self.plants[0], shift_name=name, days=[1, 2, 3, 4, 5], start_time=start,
                end_time=end, breaks=[{"name": "pause", "start_time": first, "end_time": last}])["shift_id"]
            for name, start, end, first, last in (
                ("morning", "06:00", "14:00", "10:00", "10:15"),
                ("overlapping", "13:00", "18:00", "15:00", "15:20"),
                ("night", "22:00", "06:00", "02:00", "02:30"))
        }
        for line, kind, start, end in ((None, "closed", "16:00", "16:40"),
                                       (self.lines["dual"], "extra", "19:00", "20:00"),
                                       (self.lines["single"], "closed", "07:00", "12:00")):
            manager.make(
                "calendar-exceptions", plant_id=self.plants[0], line_id=line, kind=kind, name=f"{kind} {start}",
                start=f"{WEDNESDAY}T{start}:00{OFFSET}", end=f"{WEDNESDAY}T{end}:00{OFFSET}")
        self.change()
        self.detect()

    def make_line(self, code: str, plant: int, areas: list[str], **more) -> int:
        manager = self.tenant.client("MANAGER")
        line = manager.make(
            "production-lines", plant_id=self.plants[plant], line_code=code, line_name=code,
            **{"commissioned_at": f"2026-03-02T00:00:00{OFFSET}"} | more)["line_id"]
        for kind in areas:
            manager.make("areas", line_id=line, area_name=f"{kind} of {code}", area_type=kind)
        return line

    def change(self) -> None:
        """Later versions, some of which begin within a minute."""
        for statement in (
            "INSERT INTO production_line_version (line_id, valid_from, rate_per_minute, downtime_threshold_seconds) "
            f"VALUES ({self.lines['dual']}, '{WEDNESDAY} 12:00:30.5-03', 12, 120)",
            "INSERT INTO product_version (product_id, valid_from, weight_kg) "
            f"VALUES ({self.products['heavy']}, '{WEDNESDAY} 09:30:15.25-03', 26.5)",
            "INSERT INTO ideal_rate_version (ideal_rate_id, valid_from, rate_per_minute) "
            f"VALUES ({self.rates['dual']}, '{WEDNESDAY} 10:20-03', 9)",
            "INSERT INTO shift_version (shift_id, valid_from, plant_id, shift_name, days, start_minute, end_minute) "
            f"VALUES ({self.shifts['morning']}, '{THURSDAY} 00:00-03', {self.plants[0]}, 'later', "
            "'{1,2,3,4,5}', 420, 840)",
        ):
            self.system.psql(self.tenant.database, statement)
        answer = f"/api/v1/explain/kpis?from={WEDNESDAY}&to={THURSDAY}&line_id={self.lines['dual']}"

        def is_known():
            line = self.tenant.client("VIEWER").read(answer)["lines"][0]
            names = {item["shift_name"] for item in line["shift_instances"]}
            return len(line["settings"]) == 2 and "later" in names

        assert eventually(is_known, 10)

    def detect(self) -> None:
        """Work with pauses of every length, in and out of the plan, through the night."""
        dice = random.Random(20260304)
        rows = []
        for line, areas in (("dual", ["input", "process", "output"]), ("single", ["output"]),
                            ("unrated", ["input", "output"]), ("north", ["input", "output"])):
            at = datetime.fromisoformat(f"{WEDNESDAY}T04:30:00{OFFSET}")
            until = datetime.fromisoformat(f"{THURSDAY}T15:00:00{OFFSET}")
            products = ["heavy"] if line == "single" else ["heavy", "light", "unweighed"]
            while at < until:
                rows.append({"line": line, "area": dice.choice(areas), "product": dice.choice(products),
                             "detected_at": at.isoformat(timespec="microseconds")})
                pause = dice.choice([1.5, 20, 31.25, 45, 59.999999, 60, 61, 90, 121, 150])
                if dice.random() < 0.06:
                    pause = dice.choice([200, 310, 600, 1_800, 3_600])
                at += timedelta(seconds=pause)
        answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text
        assert answer.json()["stored"] == len(rows)


@pytest.fixture(scope="module")
def plant(system):
    return Plant(system, system.make_tenant("explained"))


class EditedPlant(Plant):
    """The same after people have worked on its stops in every way there is."""

    def __init__(self, system, tenant):
        super().__init__(system, tenant)
        self.manager = tenant.client("MANAGER")
        self.incidents = {}
        for category in ("changeover", "material", "planned", "no_demand"):
            failure = self.manager.make(
                "failures", failure_code=category, failure_name=category, loss_category=category)["failure_id"]
            self.incidents[category] = self.manager.make(
                "incidents", failure_id=failure, incident_code=category, incident_name=category)["incident_id"]
        self.before = self.downtimes("dual")
        self.edit()

    def downtimes(self, line: str) -> list[dict]:
        items = self.manager.read(
            f"/api/v1/downtimes?from={WEDNESDAY}&to={THURSDAY}&line_id={self.lines[line]}&kind=stop&limit=1000")["items"]
        return sorted(items, key=lambda item: instant(item["start"]))

    def ask(self, method: str, path: str, status: int = 200, **body):
        answer = self.manager.send(method, f"/api/v1/downtimes{path}", json=body)
        assert answer.status_code == status, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def enter(self, line: str, start: str, end: str | None, **more) -> dict:
        return self.ask("POST", "", 201, line_id=self.lines[line], start=start, end=end, **more)

    def edit(self) -> None:
        dual = f"/{self.lines['dual']}"
        stop = self.before[0]
        self.ask("POST", "/justify", line_id=self.lines["dual"], start=stop["start"], end=stop["end"],
                 incident_id=self.incidents["material"])
        # All stops of the line are stored with the first that is justified.
        stops = [item for item in self.downtimes("dual")[1:] if item["duration_seconds"] > 600]
        self.split, self.trimmed, self.deleted, self.merged, self.covered = (stops[i] for i in (0, 2, 4, 6, 9))
        after = stops[7]

        def event(item: dict) -> str:
            return f"{dual}/{item['event_id']}"

        def later(item: dict, seconds: float) -> str:
            return (datetime.fromisoformat(item["start"]) + timedelta(seconds=seconds)).isoformat()

        halves = self.ask("POST", f"{event(self.split)}/split", at=later(self.split, 200.5))["items"]
        self.ask("PATCH", event(halves[1]), incident_id=self.incidents["planned"])
        self.ask("PATCH", event(self.trimmed), start=later(self.trimmed, 60), end=later(self.trimmed, 300.25))
        self.ask("DELETE", event(self.deleted), 204)
        self.ask("POST", f"{event(self.merged)}/merge", event_ids=[after["event_id"]])
        # Over the middle of a calculated one, whose ends stay.
        self.enter("dual", later(self.covered, 100), later(self.covered, 250), incident_id=self.incidents["no_demand"])
        # Where the line ran, over a break, and out of the plan; then one that is taken back.
        self.enter("dual", f"{WEDNESDAY}T09:55:00{OFFSET}", f"{WEDNESDAY}T10:20:00.125{OFFSET}")
        self.enter("dual", f"{WEDNESDAY}T18:30:00{OFFSET}", f"{WEDNESDAY}T19:10:00{OFFSET}",
                   incident_id=self.incidents["changeover"])
        gone = self.enter("dual", f"{THURSDAY}T13:00:00{OFFSET}", f"{THURSDAY}T13:30:00{OFFSET}")
        self.ask("DELETE", event(gone), 204)
        # Through the night into the next day, and one that nobody has ended.
        self.enter("single", f"{WEDNESDAY}T21:30:00{OFFSET}", f"{THURSDAY}T03:00:00{OFFSET}")
        self.enter("unrated", f"{THURSDAY}T14:10:00{OFFSET}", None, incident_id=self.incidents["material"])


@pytest.fixture(scope="module")
def edited(system):
    return EditedPlant(system, system.make_tenant("edited"))


def approximately(figures: dict) -> dict:
    return {
        name: value if value is None or isinstance(value, list) else pytest.approx(value, rel=1e-9, abs=1e-9)
        for name, value in figures.items()
    }


def check(plant, query: str) -> dict:
    """The explanation of a query whose figures it must give again."""
    client = plant.tenant.client("VIEWER")
    explained = client.read(f"/api/v1/explain/kpis?{query}")
    answer = client.read(f"/api/v1/kpis?{query}")
    computed = recompute(explained)
    assert [line["line_id"] for line in explained["lines"]] == [line["line_id"] for line in answer["lines"]]
    assert explained["period"] == answer["period"]
    for line, given, figures in zip(answer["lines"], explained["lines"], computed["lines"]):
        shown = {name: sorted(line[name]) if name == "flags" else line[name] for name in figures}
        assert shown == approximately(figures), line["line_code"]
        assert given["figures"] == {name: line[name] for name in given["figures"]}
    shown = answer["total"] | {"flags": sorted(answer["total"]["flags"])}
    assert {name: shown[name] for name in computed["total"]} == approximately(computed["total"])
    assert explained["total"]["figures"] == answer["total"]
    assert explained["total"]["sums"] == approximately(computed["sums"])
    for given, expected in zip([*explained["lines"], explained["total"]], computed["weight_efficiency"]):
        told = given["weight_efficiency"]
        assert {name: told[name] for name in expected} == approximately(expected)
        assert (told["reason"] is None) == (told["value"] is not None)
    assert answer["downtime_by_category"] == approximately(computed["downtime_by_category"])
    assert explained["downtime_by_category"] == answer["downtime_by_category"]
    return explained


QUERIES = {
    "a day": "from=2026-03-04&to=2026-03-04",
    "two days": "from=2026-03-04&to=2026-03-05",
    "cut minutes": "from=2026-03-04T12:30:10.25Z&to=2026-03-05T04:00:45.5Z",
    "within a minute": "from=2026-03-04T12:30:10Z&to=2026-03-04T12:30:40Z",
    "local times": "from=2026-03-04T09:17&to=2026-03-04T15:10",
    "no time": "from=2026-03-04T09:17&to=2026-03-04T09:17",
    "before commissioning": "from=2026-03-01&to=2026-03-01&line_id={dual}&line_id={single}",
    "one line": "from=2026-03-04&to=2026-03-04&line_id={dual}",
    "the line without a rate": "from=2026-03-04&to=2026-03-04&line_id={unrated}",
    "lines of two zones": "from=2026-03-04&to=2026-03-05&line_id={dual}&line_id={north}",
    "a night taken whole": "from=2026-03-04&to=2026-03-04&shift_id={night}",
    "a night that is cut": "from=2026-03-04T23:00&to=2026-03-05T04:10&shift_id={night}",
    "a shift of two versions": "from=2026-03-04&to=2026-03-05&shift_id={morning}",
    "a lower threshold": "from=2026-03-04&to=2026-03-05&threshold_seconds=7",
    "a higher threshold": "from=2026-03-04&to=2026-03-05&threshold_seconds=1799",
    "a weekend": "from=2026-03-07&to=2026-03-08",
    "a period to come": "from=2040-01-02&to=2040-01-03",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_the_figures_can_be_computed_from_the_explanation_alone(plant, query):
    check(plant, query.format(**plant.lines, **plant.shifts))


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_the_figures_of_edited_stops_can_be_computed_from_the_explanation_alone(edited, query):
    check(edited, query.format(**edited.lines, **edited.shifts))


def test_the_explanation_of_edited_stops_has_every_edit(edited):
    explained = check(edited, QUERIES["two days"])
    lines = {line["line_code"]: line["stops"] for line in explained["lines"]}
    dual = lines["dual"]

    def within(item: dict) -> list[tuple]:
        """The stops that lie in the time a calculated one had: source, seconds, category."""
        return [(stop["source"], stop["duration_seconds"], stop["loss_category"]) for stop in dual
                if instant(item["start"]) <= instant(stop["start"]) and instant(stop["end"]) <= instant(item["end"])]

    length = edited.split["duration_seconds"]
    assert within(edited.split) == [
        ("registered", 200.5, "breakdown"), ("registered", length - 200.5, "planned")]
    assert within(edited.trimmed) == [("registered", 240.25, "breakdown")]
    assert within(edited.deleted) == []
    length = edited.covered["duration_seconds"]
    assert within(edited.covered) == [
        ("calculated", 100, "breakdown"), ("registered", 150, "no_demand"), ("calculated", length - 250, "breakdown")]
    merged = next(stop for stop in dual if stop["start"] == edited.merged["start"])
    assert merged["source"] == "registered" and instant(merged["end"]) > instant(edited.merged["end"])
    across = next(stop for stop in dual if stop["duration_seconds"] == 1_500.125)
    # Of it the break from 10:00 to 10:15 is not planned.
    assert across["planned_seconds"] == 600.125
    before_extra = next(stop for stop in dual if stop["duration_seconds"] == 2_400)
    assert before_extra["planned_seconds"] == 600 and before_extra["loss_category"] == "changeover"
    assert explained["downtime_by_category"]["changeover"] == 600
    assert any(stop["duration_seconds"] == 5.5 * 3_600 for stop in lines["single"])
    endless = lines["unrated"][-1]
    assert endless["status"] == "ongoing" and endless["source"] == "registered"
    assert len([stop for stop in dual if stop["source"] == "registered"]) == 7


def test_the_explanation_is_of_what_is_hard(plant):
    """The plant has what the computation is to be tried with: this keeps the tests above from becoming easy."""
    explained = check(plant, QUERIES["two days"])
    lines = {line["line_code"]: line for line in explained["lines"]}
    dual = lines["dual"]
    assert {stop["kind"] for stop in dual["stops"]} == {"stop", "micro", "remainder"}
    assert len({stop["threshold_seconds"] for stop in dual["stops"]}) == 2
    assert {item["kind"] for item in dual["calendar_exceptions"]} == {"closed", "extra"}
    assert {item["shift_name"] for item in dual["shift_instances"]} >= {"morning", "overlapping", "night", "later"}
    assert dual["figures"]["unplanned_production"] > 0
    heavy = next(item for item in dual["products"] if item["product_code"] == "heavy")
    assert [item["weight_kg"] for item in heavy["weights"]] == [25, 26.5]
    assert all(item["output"] > 0 for item in heavy["weights"])
    # The product's own rate wins over the line's throughout, and both have changed.
    assert [item["product_rate_per_minute"] for item in heavy["rates"]] == [8, 9, 9]
    assert [item["line_rate_per_minute"] for item in heavy["rates"]] == [10, 10, 12]
    light = next(item for item in dual["products"] if item["product_code"] == "light")
    assert [item["product_rate_per_minute"] for item in light["rates"]] == [None, None]
    assert lines["unrated"]["figures"]["ideal_seconds"] is None
    assert lines["north"]["continuous_schedule"] and lines["north"]["period"]["timezone"] == "America/New_York"
    assert explained["period"]["from"] is None
    assert 0 < explained["total"]["sums"]["lines_with_rate"] < explained["total"]["sums"]["lines"]


def test_what_kpis_refuses_is_refused_here(plant):
    client = plant.tenant.client("VIEWER")
    for query in ("from=2026-03-04", "from=2026-03-05&to=2026-03-04",
                  "from=2026-03-04&to=2026-03-04&line_id=2147483647"):
        refused = check_problem(client.get(f"/api/v1/explain/kpis?{query}"), 422, "invalid")
        same = client.get(f"/api/v1/kpis?{query}").json()
        assert refused["errors"] == same["errors"]
