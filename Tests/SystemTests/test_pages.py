"""The dashboard's address is the view: what it names is shown, and what cannot be shown is told."""

import html
import re

import pytest

from page_visitor import PageVisitor
from running_system import PlantData

SHELL = 'id="panel-produccion"'
TODAY = "period=today"


class Company:
    """Two plants with a line and a shift each, a group over both and one of the first."""

    def __init__(self, tenant):
        self.tenant = tenant
        manager = tenant.client("MANAGER")
        self.first, self.second = PlantData(manager, code="V1"), PlantData(manager, code="V2", shift=("14:00", "22:00"))
        self.both = manager.make("line-groups", group_name="Both", line_ids=[self.first.line, self.second.line])
        self.one = manager.make("line-groups", group_name="One", line_ids=[self.first.line])
        self.names = {
            "one": self.one["line_group_id"], "both": self.both["line_group_id"], "line": self.first.line,
            "other": self.second.line, "plant": self.first.plant, "shift": self.first.shift,
            "other_shift": self.second.shift, "area": self.first.areas["output"], "product": self.first.product,
            "other_area": self.second.areas["output"],
        }


@pytest.fixture(scope="module")
def company(system):
    return Company(system.make_tenant("viewed"))


@pytest.fixture(scope="module")
def foreign(system):
    """What another company has under numbers that this one has not."""
    manager = system.make_tenant("foreign").client("MANAGER")
    return [PlantData(manager, code=code) for code in ("F1", "F2", "F3")][-1]


@pytest.fixture(scope="module")
def visitor(system, company):
    made = PageVisitor(system.base)
    assert made.sign_in(company.tenant.user("MANAGER")).status_code == 303
    return made


def selected(page: str, name: str) -> str:
    """The value of the chosen option of a select; the first one's where none is marked."""
    select = re.search(rf'<select name="{name}">(.*?)</select>', page, re.S)[1]
    values = re.findall(r'<option value="([^"]*)"[^>]*?( selected)?>', select)
    return next((value for value, mark in values if mark), values[0][0])


@pytest.mark.parametrize("query,line", [
    ("", ""), (TODAY, ""), ("line_id=all", ""), ("line_id={line}", "{line}"),
    ("line_id=group_line_{one}", "group_line_{one}"), ("line_id=group_shop_{one}", "group_line_{one}"),
    ("line_id=group_line_{both}&plant_id={plant}", "group_line_{both}"), ("line_id={line}&shift_id={shift}", "{line}"),
    ("line_id=group_line_{both}&shift_id={other_shift}", "group_line_{both}"),
    ("line_id=&shift_id=&interval=&plant_id=&from=&to=", ""),
    ("area_ids=&product_ids=&downtime_threshold=&show_downtime=&highlight_peaks=&curve_type=&search=", ""),
    ("line_id={line}&area_ids={area}&product_ids={product}&downtime_threshold=86400&show_downtime=false&highlight_peaks=true"
     "&curve_type=stacked&search=%C3%B1%26", "{line}"),
])
def test_the_page_shows_what_its_address_names(visitor, company, query, line):
    query = query.format(**company.names)
    for path, mark in ((f"/?{query}", SHELL), (f"/dashboard/tiles?{query}", "data-tile")):
        answer = visitor.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/html") and mark in answer.text
    assert selected(visitor.get(f"/?{query}").text, "line_id") == line.format(**company.names)


def test_the_lines_are_offered_by_group_and_plant(visitor, company):
    page = visitor.get("/").text
    select = re.search(r'<select name="line_id">(.*?)</select>', page, re.S)[1]
    offered = re.findall(r'<optgroup label="([^"]*)">|<option value="([^"]*)"', select)
    names = company.names
    assert [label or value for label, value in offered] == [
        "", "Grupos de líneas", f"group_line_{names['both']}", f"group_line_{names['one']}",
        "Plant of V1", str(names["line"]), "Plant of V2", str(names["other"])]


def test_the_tiles_of_a_group_are_those_of_its_lines(visitor, company):
    """The group of one line shows that line alone; all lines show both."""
    def lines(query: str) -> set[str]:
        tiles = visitor.get(f"/dashboard/tiles?{query}").text
        return {code for code in ("Line V1", "Line V2") if code in tiles}

    both = lines(TODAY)
    one = lines(f"{TODAY}&line_id=group_line_{company.names['one']}")
    assert (one, both) == ({"Line V1"}, {"Line V1", "Line V2"})


def test_every_line_of_the_states_leads_to_its_own_page(visitor, company):
    """Also a line of another plant than the shift's, whose page is not of that shift."""
    tiles = visitor.get(f"/dashboard/tiles?{TODAY}&widget_ids=LineStatusIndicator&shift_id={company.first.shift}").text
    ways = {html.unescape(way) for way in re.findall(r'href="(/\?[^"]*line_id=\d+[^"]*)"', tiles)}
    shown = {line: f"shift_id={company.first.shift}" in way for way in ways
             for line in re.findall(r"line_id=(\d+)", way)}
    assert shown == {str(company.first.line): True, str(company.second.line): False}
    for way in ways:
        assert visitor.get(way).status_code == 200, way


def test_some_tiles_of_the_tab_are_asked_for_by_their_names(visitor):
    def tiles(query: str) -> list[str]:
        answer = visitor.get(f"/dashboard/tiles?{TODAY}&{query}")
        assert answer.status_code == 200, answer.text
        return re.findall(r'<section [^>]*data-widget="([A-Za-z]+)"(?! data-waiting)', answer.text)

    assert {"KpiTotalProduction", "LineStatusIndicator"} < set(tiles("widget_ids="))
    assert tiles("widget_ids=KpiTotalProduction") == ["KpiTotalProduction"]
    assert tiles("widget_ids=KpiTotalProduction,KpiTotalProduction") == ["KpiTotalProduction"]
    assert set(tiles("widget_ids=LineStatusIndicator,KpiTotalProduction,KpiOee")) == {
        "KpiTotalProduction", "LineStatusIndicator"}
    for path in (f"/dashboard/tiles?{TODAY}&widget_ids=KpiTotalProduction,KpiLuck", f"/?{TODAY}&widget_ids=KpiTotalProduction"):
        answer = visitor.get(path)
        assert answer.status_code == 422 and "<code>widget_ids</code>" in answer.text


WRONG = {
    "an unknown line": ("line_id=2147483647", {"line_id"}),
    "a line that is no number": ("line_id=L1", {"line_id"}),
    "an unknown group": ("line_id=group_line_2147483647", {"line_id"}),
    "a line of another plant": ("line_id={other}&plant_id={plant}", {"line_id"}),
    "another company's line": ("line_id={foreign_line}", {"line_id"}),
    "another company's shift": ("shift_id={foreign_shift}", {"shift_id"}),
    "another company's plant": ("plant_id={foreign_plant}", {"plant_id"}),
    "an unknown shift": ("shift_id=2147483647", {"shift_id"}),
    "a shift of another plant": ("shift_id={other_shift}&plant_id={plant}", {"shift_id"}),
    "a shift of another plant than the line's": ("shift_id={other_shift}&line_id={line}", {"shift_id"}),
    "a shift of none of a group's plants": ("shift_id={other_shift}&line_id=group_line_{one}", {"shift_id"}),
    "an unknown parameter": ("utm_source=mail", {"utm_source"}),
    "an unknown parameter without a value": ("lines", {"lines"}),
    "two lines": ("line_id={line}&line_id={other}", {"line_id"}),
    "what cannot be decoded": ("line_id=%zz", {"line_id"}),
    "an unknown period": ("period=always", {"period"}),
    "dates without their period": ("from=2026-03-01&to=2026-03-02", {"from", "to"}),
    "half a period of dates": ("period=custom&from=2026-03-01", {"to"}),
    "a day that is none": ("period=custom&from=2026-02-30&to=2026-03-02", {"from"}),
    "a period that ends before it starts": ("period=custom&from=2026-03-02&to=2026-03-01", {"to"}),
    "a period too long for its interval": ("period=30d&interval=minute", {"interval"}),
    "a period too long for any": ("period=custom&from=2010-01-01&to=2026-03-01", {"to"}),
    "an unknown tab": ("tab=x", {"tab"}),
    "several at once": ("tab=x&line_id=x&colour=red", {"tab", "line_id", "colour"}),
    "several the plants do not have": (
        "line_id=2147483647&shift_id=2147483647&plant_id=2147483647", {"line_id", "shift_id", "plant_id"}),
    "an area without its line": ("area_ids={area}", {"area_ids"}),
    "an area of another line": ("line_id={line}&area_ids={area}&area_ids={other_area}", {"area_ids"}),
    "areas that there are not": ("line_id={line}&area_ids=2147483646&area_ids=2147483647", {"area_ids"}),
    "an area twice": ("line_id={line}&area_ids={area}&area_ids={area}", {"area_ids"}),
    "an unknown product": ("product_ids={product}&product_ids=2147483647", {"product_ids"}),
    "another company's product": ("product_ids={foreign_product}", {"product_ids"}),
    "products that are no numbers": ("product_ids={product},{product}", {"product_ids"}),
    "no threshold": ("downtime_threshold=0", {"downtime_threshold"}),
    "a threshold over a day": ("downtime_threshold=86401", {"downtime_threshold"}),
    "a threshold that is no number": ("downtime_threshold=1e3", {"downtime_threshold"}),
    "no such curve": ("curve_type=wavy", {"curve_type"}),
    "stops neither shown nor hidden": ("show_downtime=0", {"show_downtime"}),
    "peaks neither marked nor not": ("highlight_peaks=yes", {"highlight_peaks"}),
    "a search too long": (f"search={'x' * 201}", {"search"}),
    "a search for nothing": ("search=%20", {"search"}),
    "a search over lines": ("search=a%0Ab", {"search"}),
    "every filter at once": (
        "line_id={line}&area_ids=0&product_ids=x&downtime_threshold=-1&show_downtime=x&highlight_peaks=x&curve_type=x&search=%00",
        {"area_ids", "product_ids", "downtime_threshold", "show_downtime", "highlight_peaks", "curve_type", "search"}),
    "markup": ("<b>=1", {"<b>"}),
}


@pytest.mark.parametrize("query,names", WRONG.values(), ids=WRONG.keys())
def test_an_address_it_cannot_show_is_told_by_its_parameters(visitor, company, foreign, query, names):
    query = query.format(
        foreign_line=foreign.line, foreign_shift=foreign.shift, foreign_plant=foreign.plant,
        foreign_product=foreign.product, **company.names)
    answer = visitor.get(f"/?{query}")
    assert answer.status_code == 422, query
    assert answer.headers["Content-Type"].startswith("text/html")
    told = re.findall(r"<li><code>([^<]*)</code><span>([^<]+)</span></li>", answer.text)
    assert {html.unescape(name) for name, _ in told} == names and len(told) == len(names)
    assert SHELL not in answer.text and 'href="/"' in answer.text
    assert visitor.get(f"/dashboard/tiles?{query}").status_code == 422


def test_only_the_tiles_asked_for_are_drawn(visitor):
    def waiting(query: str) -> dict[str, bool]:
        page = visitor.get(f"/dashboard/tiles?{TODAY}&{query}").text
        return {name: bool(mark) for name, mark in re.findall(r'id="tile-(\w+)" data-tile data-widget="\w+"( data-waiting)?', page)}

    every = waiting("")
    assert not any(every.values()) and {"KpiTotalProduction", "EventFeed"} <= every.keys()
    # One of the other tab is left out in silence.
    some = waiting("widget_ids=KpiTotalProduction,KpiOee")
    assert list(some) == list(every) and [name for name, waits in some.items() if not waits] == ["KpiTotalProduction"]


@pytest.mark.parametrize("path", ["/dashboard/tiles?widget_ids=KpiOee,Nothing", "/?widget_ids=KpiOee"])
def test_tiles_that_there_are_not_are_told(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 422 and "<code>widget_ids</code>" in answer.text


def test_what_is_wrong_is_told_in_the_persons_language(system, company, visitor):
    def text(language: str | None, chosen: str | None = None) -> str:
        visitor = PageVisitor(system.base, language=language)
        assert visitor.sign_in(company.tenant.user("MANAGER")).status_code == 303
        cookies = {"camet_language": chosen} if chosen else None
        return visitor.get("/?line_id=0", cookies=cookies).text

    spanish, english = "No existe esa línea.", "This address is not valid"
    assert spanish in text(None) and english not in text(None)
    # Whoever chose a language on the page keeps it, as the page itself does.
    chosen = text("es", chosen="en")
    assert english in chosen and '<html lang="en"' in chosen and spanish not in chosen
