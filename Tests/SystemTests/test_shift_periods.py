"""The periods of this shift and the last one: which shift is meant, what is said of it, and that the figures are its own."""

import html
import re
from datetime import datetime, timedelta

import pytest

from page_visitor import signed_in
from shift_floor import EARLY, LATE, NOW, TOKYO, Floor, early_in_an_hour, zone_at

WEEK = 7 * 24


@pytest.fixture(scope="module")
def floor(system):
    return Floor(system.make_tenant("by-shift"))


@pytest.fixture
def visit(system, floor):
    return lambda who="OPERATOR", language="en", tenant=None: signed_in(system, tenant or floor.tenant, who, language)


def shown(visitor, query="") -> tuple[int, str]:
    """The units of the tile of total production, and what is said of the shift."""
    answer = visitor.get(f"/dashboard/tiles?widget_ids=KpiTotalProduction{query}")
    assert answer.status_code == 200, answer.text
    tile = re.search(r'data-widget="KpiTotalProduction".*?</section>', answer.text, re.DOTALL)[0]
    units = int(re.search(r'class="figure">([0-9,]+)', tile)[1].replace(",", ""))
    note = re.search(r'class="meta-shift">([^<]*)', answer.text)
    return units, html.unescape(note[1]) if note else ""


def compared(visitor, query: str, widget: str = "KpiTotalProduction") -> str | None:
    """What the figure of a tile is compared with, as it is written; None where there is nothing to compare with."""
    answer = visitor.get(f"/dashboard/tiles?widget_ids={widget}&{query}")
    assert answer.status_code == 200, answer.text
    tile = re.search(rf'data-widget="{widget}".*?</section>', answer.text, re.DOTALL)[0]
    trend = re.search(r'class="trend .*?class="muted">(.*?)</span></p>', tile, re.DOTALL)
    if not trend:
        return None
    said = re.search(r"\((.*)\)$|^(.*) in the period before$", re.sub(r"\s", " ", html.unescape(trend[1])))
    return said[1] or said[2]


def periods(page: str) -> dict[str, bool]:
    """The periods a page offers, and whether each is the chosen one."""
    return {value: bool(mark) for value, mark in re.findall(r'name="period" value="([^"]*)"( checked)?', page)}


def test_an_operator_opens_with_the_shift_that_is_on(visit, floor):
    visitor = visit()
    assert [value for value, is_chosen in periods(visitor.get("/").text).items() if is_chosen] == ["this_shift"]
    assert shown(visitor) == (NOW[2], f"{floor.span(NOW)}, under way")
    assert shown(visitor, "&period=this_shift") == shown(visitor)
    assert floor.kpis(2, -2)["total_production"] == NOW[2]


def test_the_last_shift_is_the_one_before(visit, floor):
    assert shown(visit("MANAGER"), "&period=last_shift") == (LATE[2], floor.span(LATE))
    assert floor.kpis(6, 2)["total_production"] == LATE[2]


@pytest.mark.parametrize("period,shift,expected,running", [
    ("this_shift", NOW, NOW, True), ("this_shift", LATE, LATE, False), ("this_shift", EARLY, EARLY, False),
])
def test_of_a_chosen_shift_its_own_workings_count(visit, floor, period, shift, expected, running):
    units, note = shown(visit(), f"&period={period}&shift_id={floor.shifts[shift[0]]}")
    assert units == expected[2] == floor.kpis(*expected[:2], shift_id=floor.shifts[shift[0]])["total_production"]
    assert note == f"{floor.span(expected)}, " + (
        "under way" if running else "the last one: no shift is under way now")


def test_the_working_before_of_a_chosen_shift_is_the_day_before(visit, floor):
    units, note = shown(visit(), f"&period=last_shift&shift_id={floor.shifts[2]}")
    assert (units, note) == (0, floor.span(NOW))


def board(visitor, query: str) -> list[tuple[str, str, str, bool]]:
    """Of each hour of the tile: when it is, its target, what was made, and whether it is to come."""
    answer = visitor.get(f"/dashboard/tiles?widget_ids=HourByHour&{query}")
    assert answer.status_code == 200, answer.text
    tile = re.search(r'data-widget="HourByHour".*?</section>', answer.text, re.DOTALL)[0]
    return [(*re.findall(r'data-value="([^"]*)"', row)[:3], "hour-to-come" in look)
            for look, row in re.findall(r'<tr role="row" class="([^"]*)">(.*?)</tr>', tile, re.DOTALL)]


def test_the_hours_of_the_shift_go_on_to_its_end(visit, floor):
    visitor = visit("MANAGER")
    early_in_an_hour()
    following = datetime.now(floor.zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    rows = board(visitor, "period=this_shift")
    start, end = (floor.now.astimezone(floor.zone) + timedelta(hours=hours) for hours in (-2, 2))
    first = start.replace(minute=0)
    count = (end.replace(minute=0) - first) // timedelta(hours=1) + (end.minute > 0)
    assert [row[0] for row in rows] == [
        f"{first + timedelta(hours=hour):%H:%M}–{first + timedelta(hours=hour + 1):%H:%M}" for hour in range(count)]
    assert sum(int(made) for _, _, made, is_later in rows if not is_later) == NOW[2]
    later = [(target, made) for _, target, made, is_later in rows if is_later]
    assert later and {made for _, made in later} == {""}
    # A unit a minute, from the next full hour on.
    assert sum(float(target) for target, _ in later) == (end - following) // timedelta(minutes=1)
    # The last shift is over, and nothing of it is to come.
    assert not any(is_later for *_, is_later in board(visitor, "period=last_shift"))


def test_the_hours_of_a_night_shift_begin_before_midnight(system, visit):
    tenant = system.make_tenant("night-hours")
    Floor(tenant, "H", zone_at(1), shifts=((4, -4, 2),))
    rows = board(visit("MANAGER", tenant=tenant), "period=this_shift")
    assert rows[0][0] == "21:00–22:00" and rows[-1][3], "it is no board of the whole shift"
    # What was made on the day before counts, and is told at its hour.
    assert sum(int(made) for *_, made, is_later in rows if not is_later) == 2 == sum(int(row[2]) for row in rows[:3])
    assert {"23:00–00:00", "00:00–01:00"} <= {row[0] for row in rows}


def test_the_stops_are_those_of_the_shift(visit, floor):
    board = visit().get("/downtimes/board?period=last_shift")
    assert board.status_code == 200
    assert floor.span(LATE) in html.unescape(board.text)
    page = visit().get("/downtimes").text
    assert periods(page)["this_shift"] and not periods(page)["today"]


def test_the_language_is_the_persons(visit, floor):
    assert shown(visit(language="es"))[1] == f"{floor.span(NOW)}, en curso"
    page = visit(language="es").get("/").text
    assert "Turno actual" in page and "Turno anterior" in page


def test_lines_with_different_shifts_are_shown_from_the_first_start_of_those_that_are_on(system, visit):
    tenant = system.make_tenant("two-floors")
    # In another zone, where the shift began an hour before the other one's.
    first, second = Floor(tenant, "A"), Floor(tenant, "B", TOKYO, shifts=((3, -1, 4),))
    visitor = visit(tenant=tenant)
    units, note = shown(visitor)
    # What was made in the hour before the first one's shift began is none of its shift, but of the period.
    expected = first.kpis(3, -2)["total_production"] + second.kpis(3, -2)["total_production"]
    assert units == expected == NOW[2] + 4
    assert note == f"{first.span(NOW)}; {second.span((3, -1, 4))}, under way"
    assert shown(visitor, f"&line_id={second.line}") == (4, f"{second.span((3, -1, 4))}, under way")


def test_where_no_shift_is_on_the_last_one_is_shown_and_it_is_said(system, visit):
    tenant = system.make_tenant("idle-floor")
    floor = Floor(tenant, "I", shifts=(EARLY, LATE))
    assert shown(visit(tenant=tenant)) == (
        LATE[2], f"{floor.span(LATE)}, the last one: no shift is under way now")
    assert shown(visit(tenant=tenant), "&period=last_shift") == (EARLY[2], floor.span(EARLY))


def test_without_shifts_today_is_shown_and_no_shift_is_offered(system, visit):
    tenant = system.make_tenant("no-shifts")
    Floor(tenant, "N", shifts=())
    visitor = visit(tenant=tenant)
    offered = periods(visitor.get("/").text)
    assert list(offered) == ["today", "yesterday", "7d", "30d", "custom"] and offered["today"]
    assert shown(visitor) == shown(visitor, "&period=last_shift") == (0, "")


def test_a_line_without_a_shift_is_told_by_its_day(system, visit):
    tenant = system.make_tenant("part-shifts")
    Floor(tenant, "P")
    other = Floor(tenant, "Q", shifts=())
    assert shown(visit(tenant=tenant), f"&line_id={other.line}")[1] == "Whole day, under way"


@pytest.mark.parametrize("query", ["line_id=2147483647", "shift_id=2147483647", "plant_id=2147483647"])
def test_what_the_plants_do_not_have_is_told_as_of_any_period(visit, query):
    answer = visit().get(f"/?period=this_shift&{query}")
    assert answer.status_code == 422 and f"<code>{query.split('=')[0]}</code>" in answer.text
    assert visit().get("/?period=this_shift").status_code == 200


def test_a_night_shift_is_compared_with_as_much_of_it_a_week_before(system, visit):
    tenant = system.make_tenant("weekly-nights")
    # One hour of the night from nine to five.
    floor = Floor(tenant, "N", zone_at(22), shifts=((1, -7, 0),), since=WEEK + 48)
    # It stood for days.
    floor.make(floor.at(WEEK + 45), floor.at(WEEK - 20))
    day = floor.now.astimezone(floor.zone).date()
    before = day - timedelta(days=7)
    whole = floor.kpis(0, 0, **{"from": before, "to": before}, shift_id=floor.shifts[1])
    assert whole["downtime_seconds"] == 8 * 3_600
    visitor = visit(tenant=tenant)

    def stood(query: str) -> str:
        return compared(visitor, f"{query}&compare=week", "KpiTotalDowntime")

    assert stood(f"period=custom&from={day}&to={day}&shift_id={floor.shifts[1]}").startswith("1 h")
    assert stood("period=this_shift").startswith("1 h")
    assert stood("period=last_shift").startswith("8 h")


def test_each_plant_is_compared_by_its_own_clock(system, visit):
    tenant = system.make_tenant("weekly-zones")
    early_in_an_hour()
    # Today has not begun where it is still eleven at night.
    first = Floor(tenant, "A", zone_at(1), shifts=(), since=WEEK + 48)
    second = Floor(tenant, "B", zone_at(1, -2), shifts=(), since=WEEK + 48)
    for floor in (first, second):
        floor.make(floor.at(WEEK + 0.5), floor.at(WEEK - 0.5))
    visitor = visit(tenant=tenant)
    assert compared(visitor, "period=today&compare=week") == "1"
    assert compared(visitor, f"period=today&compare=week&line_id={second.line}") == "1"
    assert compared(visitor, f"period=yesterday&compare=week&line_id={second.line}") == "0"
    assert compared(visitor, "period=7d&compare=week") == "2"
    assert visitor.get("/?period=today&compare=week").status_code == 200


def test_what_has_not_begun_is_compared_with_nothing(system, visit):
    tenant = system.make_tenant("weekly-later")
    floor = Floor(tenant, "L", shifts=(), since=WEEK + 48)
    today = floor.now.astimezone(floor.zone).date()
    later = today + timedelta(days=2)
    visitor = visit(tenant=tenant)
    assert compared(visitor, f"period=custom&from={later}&to={later}&compare=week") is None
    assert compared(visitor, f"period=custom&from={today}&to={later}&compare=week") == "0"


def test_dates_to_compare_with_have_the_limit_of_the_interval(visit):
    query = "period=today&interval=minute&compare=custom&compare_from=2026-03-01&compare_to=2026-03-{}"
    visitor = visit("MANAGER")
    for path in ("/", "/dashboard/tiles"):
        answer = visitor.get(f"{path}?{query.format('08')}")
        assert answer.status_code == 422 and "<code>compare_to</code>" in answer.text
        assert visitor.get(f"{path}?{query.format('07')}").status_code == 200


def test_a_row_of_the_explanation_leads_to_its_own_figures(system, visit):
    tenant = system.make_tenant("two-explained")
    first, second = Floor(tenant, "A"), Floor(tenant, "B", TOKYO, shifts=((3, -1, 4),))
    # In the hour before the first one's shift, which the period of both has.
    first.make(first.at(2.5), first.at(2.25))
    visitor = visit(tenant=tenant)
    path = "/dashboard/explanation?widget_id=KpiTotalProduction&period=this_shift"
    every = visitor.get(path).text
    rows = dict(re.findall(r'href="#explain=KpiTotalProduction&amp;line=(\d+)".*?<td[^>]*>[^<]*</td>\s*<td[^>]*>[^<]*</td>'
                           r'\s*<td[^>]*>([^<]*)</td>', every, re.DOTALL))
    assert rows == {str(first.line): str(NOW[2] + 2), str(second.line): "4"}
    for line, units in rows.items():
        one = visitor.get(f"{path}&of_line={line}").text
        assert re.findall(r'sum-result"><strong>([^<]*)<', one)[-1] == units
    # Of the line alone the period is its own shift's.
    alone = visitor.get(f"{path}&line_id={first.line}").text
    assert re.findall(r'sum-result"><strong>([^<]*)<', alone)[-1] == str(NOW[2])


def test_a_row_of_other_lines_is_none(system, visit):
    tenant = system.make_tenant("rows-of-others")
    first, second = Floor(tenant, "A"), Floor(tenant, "B", shifts=())
    visitor = visit(tenant=tenant)
    path = "/dashboard/explanation?widget_id=KpiTotalProduction&period=today&"
    for other in ("of_line=2147483647", "of_line=x", f"line_id={first.line}&of_line={second.line}",
                  f"plant_id={first.plant}&of_line={second.line}"):
        answer = visitor.get(path + other)
        assert answer.status_code == 422 and "<code>of_line</code>" in answer.text, other
    for own in (f"of_line={second.line}", f"line_id={first.line}&of_line={first.line}",
                f"plant_id={first.plant}&of_line={first.line}"):
        assert visitor.get(path + own).status_code == 200, own
