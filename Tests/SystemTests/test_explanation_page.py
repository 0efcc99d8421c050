"""What a tile's figure is made of, as the dashboard shows it: equal to GET /kpis, down to single detections."""

import html
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest

from page_visitor import signed_in
from running_system import PASSWORD, PlantData
from stopped_line import DAY, FIRST, QUERY, SECOND, Line, at, post

PERIOD = f"period=custom&from={DAY}&to={DAY}"
NOBODYS = 2147483647
NAME = "<script>window.ran = 1</script>\"'&"
# Of each tile with a figure: the figure's name in GET /kpis.
FIGURES = {
    "KpiOee": "oee", "KpiAvailability": "availability", "KpiPerformance": "performance", "KpiQuality": "quality",
    "KpiTotalProduction": "total_production", "KpiTotalWeight": "weight_kg", "KpiTotalDowntime": "downtime_seconds",
    "ProductionTimeChart": "total_production", "DowntimeTable": "downtime_seconds", "OeeTrendChart": "oee",
    "MetricsSummary": "total_production",
}
WITHOUT = ["LineStatusIndicator", "HourByHour", "EventFeed", "AreaDetectionChart"]


class Dual:
    """A line with entry and output, of which some units are lost, and a product with a weight."""

    def __init__(self, tenant):
        self.plant = PlantData(tenant.client("MANAGER"), code="DUAL", commissioned_at=at("06:00:00"))
        self.id = self.plant.line
        answer = tenant.client("MANAGER").put(f"/api/v1/products/{self.plant.product}", {
            "product_code": self.plant.product_code, "product_name": "Dual", "weight_kg": 1.25})
        assert answer.status_code == 200, answer.text
        rows = [self.plant.detection(at(f"{hour:02}:{minute:02}:{second:02}"), area=area)
                for hour in range(6, 14) for minute in range(60) for second in (5, 35)
                for area in ("input", "output") if area == "input" or minute % 10]
        post(tenant, rows)


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("explained-page")


@pytest.fixture(scope="module")
def lines(tenant):
    made = {"single": Line(tenant), "dual": Dual(tenant)}
    made["single"].recalculate()
    return made


@pytest.fixture
def visit(system, tenant):
    return lambda who="MANAGER", language="es": signed_in(system, tenant, who, language)


def explanation(visitor, widget: str, line: int | None = None) -> str:
    more = "" if line is None else f"&line_id={line}"
    answer = visitor.get(f"/dashboard/explanation?{PERIOD}&widget_id={widget}{more}")
    assert answer.status_code == 200, answer.text
    return answer.text


def results(content: str) -> list[str]:
    """What the equations come to."""
    return [html.unescape(value).replace("\N{NO-BREAK SPACE}", " ")
            for value in re.findall(r'sum-result"><strong>([^<]*)<', content)]


def sums(content: str, part: str) -> list[str]:
    """The last line of a table."""
    section = content[content.index(f'data-part="{part}"'):]
    foot = section[section.index("<tfoot>"):section.index("</tfoot>")]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", foot)
    return [html.unescape(value).replace("\N{NO-BREAK SPACE}", " ") for value in cells]


def number(value, digits: int = 0) -> str:
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def written(figures: dict, name: str) -> str:
    """A figure of GET /kpis as a person reads it in Spanish."""
    value = figures[name]
    if value is None:
        return "—"
    if name == "weight_kg":
        return f"{number(value, 1)} kg"
    if name == "total_production":
        return number(value)
    if name == "downtime_seconds":
        if value < 600:
            return f"{number(value)} s"
        minutes = Decimal(str(value)) / 60
        return f"{number(minutes, 0 if minutes == int(minutes) else 1)} min"
    return f"{number(Decimal(str(value)) * 100, 1)} %"


def faults(answer) -> set[str]:
    assert answer.status_code == 422, answer.text
    return set(re.findall(r"<code>([a-z_]{1,23})</code>", answer.text))


@pytest.mark.parametrize("which", [None, "single", "dual"])
@pytest.mark.parametrize("widget,name", FIGURES.items())
def test_the_figure_is_that_of_the_api(visit, tenant, lines, widget, name, which):
    line = None if which is None else lines[which].id
    query = QUERY if line is None else f"{QUERY}&line_id={line}"
    kpis = tenant.client("VIEWER").read(f"/api/v1/kpis?{query}")
    content = explanation(visit("VIEWER"), widget, line)
    assert written(kpis["total"], name) in results(content)
    if which is None:
        row = sums(content, "lines")
        assert written(kpis["total"], name) == row[-1]


def test_products_and_areas_narrow_the_amounts_that_are_told(visit, tenant, lines):
    visitor, dual, single = visit(), lines["dual"], lines["single"]

    def told(widget: str, query: str) -> str:
        answer = visitor.get(f"/dashboard/explanation?{PERIOD}&widget_id={widget}&{query}")
        assert answer.status_code == 200, answer.text
        return answer.text

    made = tenant.client("VIEWER").read(f"/api/v1/kpis?{QUERY}&line_id={dual.id}")["total"]["total_production"]
    assert 0 < made < tenant.client("VIEWER").read(f"/api/v1/kpis?{QUERY}")["total"]["total_production"]
    own = told("KpiTotalProduction", f"product_ids={dual.plant.product}")
    assert number(made) in results(own) and sums(own, "lines")[-1] == number(made)
    # Of two products scrap is that of the chosen one, as the tile has it, and the other adds none.
    tile = tenant.client("VIEWER").post("/api/v1/dashboard/data", {
        "daterange": {"start_date": DAY, "end_date": DAY}, "interval": "day", "line_id": "all",
        "product_ids": [dual.plant.product], "widget_ids": ["KpiTotalProduction"]}).json()["widgets"]
    scrap = tile["KpiTotalProduction"]["data"]["scrap"]
    assert scrap > 0 and results(own) == [number(made), number(scrap)]
    assert results(told("KpiTotalProduction", f"product_ids={single.plant.product}"))[1:] == []
    entered = told("KpiTotalProduction", f"line_id={dual.id}&area_ids={dual.plant.areas['input']}")
    assert results(entered) == [number(8 * 60 * 2), number(scrap)] and sums(entered, "made")[-1] == number(8 * 60 * 2)
    none = told("KpiTotalProduction", f"line_id={single.id}&product_ids={dual.plant.product}")
    assert results(none)[0] == "0"
    # What they do not change is told to be of all.
    ratio = told("KpiOee", f"line_id={dual.id}&product_ids={dual.plant.product}")
    assert "Sin filtrar por producto ni área" in ratio and "Sin filtrar" not in told("KpiOee", f"line_id={dual.id}")
    assert results(ratio) == results(told("KpiOee", f"line_id={dual.id}"))
    unknown = visitor.get(f"/dashboard/explanation?{PERIOD}&widget_id=KpiOee&product_ids={NOBODYS}&line_id={dual.id}")
    assert faults(unknown) == {"product_ids"}


def test_a_threshold_that_is_asked_with_is_that_of_the_stops_told(visit, lines):
    def told(query: str) -> str:
        answer = visit().get(
            f"/dashboard/explanation?{PERIOD}&widget_id=KpiTotalDowntime&line_id={lines['single'].id}{query}")
        assert answer.status_code == 200, answer.text
        return sums(answer.text, "stops")[-1] if "<tfoot>" in answer.text.split('data-part="stops"', 1)[1] else "none"

    assert told("") == "50 min"
    assert told("&downtime_threshold=86400") == "none"
    assert told("&downtime_threshold=1") not in ("none", "50 min")


def test_availability_is_an_equation_of_actual_numbers(visit, lines):
    content = explanation(visit(), "KpiAvailability", lines["single"].id)
    terms = re.findall(r'class="sum-term[^>]*><strong>([^<]*)</strong><span>([^<]*)</span>', content)
    assert [(html.unescape(value), label) for value, label in terms[:6]] == [
        ("480 min", "Planificado"), ("50 min", "Parado"), ("430 min", "En marcha"),
        ("430 min", "En marcha"), ("480 min", "Planificado"), ("89,6\N{NO-BREAK SPACE}%", "Disponibilidad")]
    english = explanation(visit(language="en"), "KpiAvailability", lines["single"].id)
    assert "89.6%" in english and "Planned" in english


def test_the_parts_of_one_line_come_to_its_figures(visit, tenant, lines):
    visitor = visit()
    figures = {name: tenant.client("VIEWER").read(f"/api/v1/kpis?{QUERY}&line_id={line.id}")["total"]
               for name, line in lines.items()}
    content = explanation(visitor, "KpiOee", lines["single"].id)
    assert sums(content, "plan") == ["480 min"]
    assert sums(content, "stops")[-1] == written(figures["single"], "downtime_seconds") == "50 min"
    assert sums(content, "rates")[0] == number(figures["single"]["produced"])
    dual = explanation(visitor, "KpiQuality", lines["dual"].id)
    assert sums(dual, "entered") == [number(figures["dual"]["produced"]), number(figures["dual"]["good"])]
    weights = explanation(visitor, "KpiTotalWeight", lines["dual"].id)
    assert sums(weights, "weights")[-1] == written(figures["dual"], "weight_kg") != "0,0 kg"


def test_the_efficiency_by_weight_is_that_of_the_tile(visit, tenant, lines):
    for which in (None, "single", "dual"):
        line = None if which is None else lines[which].id
        body = {"daterange": {"start_date": DAY, "end_date": DAY}, "interval": "day",
                "widget_ids": ["KpiWeightEfficiency"]} | ({} if line is None else {"line_id": line})
        tile = tenant.client("VIEWER").post("/api/v1/dashboard/data", body).json()["widgets"]["KpiWeightEfficiency"]
        content = explanation(visit(), "KpiWeightEfficiency", line)
        assert written(tile["data"], "value") in results(content)
        query = QUERY if line is None else f"{QUERY}&line_id={line}"
        told = tenant.client("VIEWER").read(f"/api/v1/explain/kpis?{query}")["total"]["weight_efficiency"]
        assert told["value"] == tile["data"]["value"]


def test_each_stop_leads_to_its_page_and_to_the_detections_at_its_edges(visit, lines):
    visitor, line = visit(), lines["single"]
    content = explanation(visitor, "KpiTotalDowntime", line.id)
    addresses = re.findall(r'href="(/stop/[^"]+)"', content)
    assert len(addresses) == 2
    for address, stop in zip(addresses, (SECOND, FIRST)):
        led = visitor.get(address)
        assert led.status_code == 303 and f"line_id={line.id}#stop=" in led.headers["Location"]
    edges = [html.unescape(address) for address in re.findall(r'data-detections="([^"]+)"', content)]
    # Those of the two stops, the newest first, then those of the period.
    shown = re.findall(r'<time datetime="([^"]+)"', visitor.get(edges[0]).text)
    assert SECOND[0] in shown and SECOND[1] in shown and shown == sorted(shown, reverse=True)
    assert not [time for time in shown if SECOND[0] < time < SECOND[1]]


def test_the_longest_stop_comes_first(system):
    tenant = system.make_tenant("explained-longest")
    line = Line(tenant)
    for start, end in (("07:00:00", "07:45:00"), ("13:00:00", "13:05:00")):
        line.enter(start, end, reason="Meeting")
    content = explanation(signed_in(system, tenant, "VIEWER", "en"), "KpiTotalDowntime", line.id)
    begun = [int(number, 36) for number in re.findall(r'href="/stop/\d+-([0-9a-z]+)', content)]
    longest = [datetime.fromisoformat(at(time)) for time in ("07:00:00", "10:00:00", "08:00:00", "13:00:00")]
    assert begun == [int(moment.timestamp()) for moment in longest]


def detections(visitor, content: str) -> tuple[list[int], int]:
    """The detections of the period of an explanation, page after page, and how many pages they fill."""
    address = html.unescape(re.findall(r'data-detections="([^"]+)"', content)[-1])
    seen, pages = [], 0
    while address:
        page = visitor.get(address)
        assert page.status_code == 200, page.text
        seen += [int(number) for number in re.findall(r'data-detection="(\d+)"', page.text)]
        older = re.search(r'data-older="([^"]+)"', page.text)
        address, pages = html.unescape(older[1]) if older else None, pages + 1
    return seen, pages


def test_the_detections_are_those_of_the_api_page_by_page(visit, tenant, lines):
    visitor, line = visit(), lines["dual"]
    content = explanation(visitor, "KpiTotalProduction", line.id)
    seen, pages = detections(visitor, content)
    listed, cursor = [], ""
    while cursor is not None:
        answer = tenant.client("MANAGER").read(f"/api/v1/detections?{QUERY}&line_id={line.id}&limit=1000{cursor}")
        listed += [item["detection_id"] for item in answer["items"]]
        cursor = answer["next_cursor"] and f"&cursor={answer['next_cursor']}"
    assert pages > 1 and seen == listed
    zoned = f"/dashboard/detections?line_id={line.id}&from={DAY}T00:00:00%2B03:00&to={DAY}T23:00:00%2B03:00"
    older = re.search(r'data-older="([^"]+)"', visitor.get(zoned).text)
    assert visitor.get(html.unescape(older[1])).status_code == 200
    last = visitor.get(html.unescape(re.findall(r'data-detections="([^"]+)"', content)[-1])).text
    assert "13:59:35" in last and "1,250 kg" in last and "DUAL" in last


def test_the_detections_of_some_areas_and_products_are_as_many_as_are_counted(visit, lines):
    visitor, dual, single = visit(), lines["dual"], lines["single"]
    entry, output = dual.plant.areas["input"], dual.plant.areas["output"]

    def listed(widget: str, query: str) -> tuple[int, int, str]:
        answer = visitor.get(f"/dashboard/explanation?{PERIOD}&widget_id={widget}&line_id={dual.id}&{query}")
        assert answer.status_code == 200, answer.text
        seen, pages = detections(visitor, answer.text)
        assert len(set(seen)) == len(seen)
        return len(seen), pages, results(answer.text)[0]

    made, pages, told = listed("KpiTotalProduction", f"product_ids={dual.plant.product}")
    assert 0 < made < 8 * 60 * 2 and pages > 1 and told == number(made)
    entered, _, told = listed("KpiTotalWeight", f"area_ids={entry}&product_ids={dual.plant.product}")
    assert entered == 8 * 60 * 2 and told == f"{number(entered * 1.25, 1)} kg"
    assert listed("KpiTotalProduction", f"area_ids={output}&product_ids={single.plant.product}") == (0, 1, "0")
    # What they do not change is made of all.
    assert listed("KpiOee", f"area_ids={entry}")[0] == made + entered
    path = f"/dashboard/detections?line_id={dual.id}&from={DAY}&to={DAY}"
    assert faults(visitor.get(f"{path}&area_ids=x&product_ids=0")) == {"area_ids", "product_ids"}
    unknown = f"{path}&area_ids={entry}&area_ids={single.plant.areas['output']}&product_ids={NOBODYS}"
    assert faults(visitor.get(unknown)) == {"area_ids", "product_ids"}


def test_every_role_sees_the_explanation_and_only_managers_the_detections(visit, lines):
    for role, reads in (("VIEWER", False), ("OPERATOR", False), ("MANAGER", True), ("ADMIN", True)):
        visitor = visit(role)
        content = explanation(visitor, "KpiOee", lines["single"].id)
        assert ("data-detections=" in content) == reads, role
        answer = visitor.get(f"/dashboard/detections?line_id={lines['single'].id}&from={DAY}&to={DAY}")
        assert answer.status_code == (200 if reads else 403), role


def test_a_faulty_address_is_told_whole(visit, lines):
    visitor = visit()
    path = f"/dashboard/explanation?{PERIOD}"
    assert visitor.get(f"{path}&widget_id=KpiOee").status_code == 200
    assert faults(visitor.get(path)) == {"widget_id"}
    for widget in ("KpiNothing", *WITHOUT):
        assert faults(visitor.get(f"{path}&widget_id={widget}")) == {"widget_id"}
    assert faults(visitor.get(f"{path}&widget_id=x&line_id=x&other=1")) == {"widget_id", "line_id", "other"}
    assert faults(visitor.get(f"{path}&widget_id=KpiOee&line_id={NOBODYS}")) == {"line_id"}
    assert faults(visitor.get("/dashboard/detections?line_id=x&from=y&other=1")) == {"line_id", "from", "to", "other"}


def test_another_tenants_line_is_an_unknown_one(visit, system, lines):
    other = system.make_tenant("explained-page-other")
    foreign = Line(other)
    visitor = visit()
    number_of_nobody = foreign.id + 1_000_000
    for number_asked in (NOBODYS, number_of_nobody):
        assert faults(visitor.get(
            f"/dashboard/explanation?{PERIOD}&widget_id=KpiOee&line_id={number_asked}")) == {"line_id"}
        assert faults(visitor.get(
            f"/dashboard/detections?line_id={number_asked}&from={DAY}&to={DAY}")) == {"line_id"}
    content = explanation(visitor, "KpiOee")
    assert lines["single"].plant.code in content
    assert len(re.findall(r'href="#explain=KpiOee&amp;line=\d+"', content)) == 2


def test_whoever_has_some_plants_sees_the_lines_of_those(visit, tenant, lines):
    made = tenant.client("ADMIN").post("/api/v1/users", {
        "username": "explained-one-plant", "email": "explained-one-plant@example.com", "role": "MANAGER",
        "password": PASSWORD, "plant_ids": [lines["single"].plant.plant]})
    assert made.status_code == 201, made.text
    visitor = visit("explained-one-plant")
    assert "DUAL" not in explanation(visitor, "KpiOee")
    assert "DUAL" in explanation(visit(), "KpiOee")
    assert faults(visitor.get(f"/dashboard/detections?line_id={lines['dual'].id}&from={DAY}&to={DAY}")) == {"line_id"}


def test_names_are_text(visit, tenant):
    line = Line(tenant)
    line.recalculate()
    manager = line.manager
    for path, body in (
        (f"production-lines/{line.id}", {
            "plant_id": line.plant.plant, "line_code": NAME, "line_name": NAME, "commissioned_at": at("06:00:00")}),
        (f"products/{line.plant.product}", {"product_code": NAME, "product_name": NAME}),
    ):
        answer = manager.put(f"/api/v1/{path}", body)
        assert answer.status_code == 200, answer.text
    line.justify("08:00:00", "08:20:00", incident_id=None, reason=NAME)
    visitor = visit()
    content = explanation(visitor, "KpiOee", line.id)
    detections = visitor.get(f"/dashboard/detections?line_id={line.id}&from={DAY}&to={DAY}").text
    every = explanation(visitor, "KpiOee")
    for text in (content, detections, every):
        assert "<script>" not in text and html.escape("<script>") in text
