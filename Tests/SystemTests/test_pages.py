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
            "other_shift": self.second.shift,
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
    ("line_id=&shift_id=&interval=&plant_id=&from=&to=", ""),
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
    "markup": ("<b>=1", {"<b>"}),
}


@pytest.mark.parametrize("query,names", WRONG.values(), ids=WRONG.keys())
def test_an_address_it_cannot_show_is_told_by_its_parameters(visitor, company, foreign, query, names):
    query = query.format(
        foreign_line=foreign.line, foreign_shift=foreign.shift, foreign_plant=foreign.plant, **company.names)
    answer = visitor.get(f"/?{query}")
    assert answer.status_code == 422, query
    assert answer.headers["Content-Type"].startswith("text/html")
    told = re.findall(r"<li><code>([^<]*)</code><span>([^<]+)</span></li>", answer.text)
    assert {html.unescape(name) for name, _ in told} == names and len(told) == len(names)
    assert SHELL not in answer.text and 'href="/"' in answer.text
    assert visitor.get(f"/dashboard/tiles?{query}").status_code == 422


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
