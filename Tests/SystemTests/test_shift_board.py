"""The shift board: hour by hour, whose shift it is, and that its figures are those of the dashboard and of a hand that counts."""

import html
import re
from datetime import datetime, timedelta, timezone

import pytest

from page_visitor import signed_in
from running_line import RunningLine
from running_system import PASSWORD, PlantData
from shift_floor import early_in_an_hour
from stopped_line import DAY, Line, at, post

NOBODYS = 2147483647


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("board")


@pytest.fixture(scope="module")
def line(tenant):
    """06:00-14:00 of a Wednesday, 10 a minute planned, 6 a minute made, but for 08:00-08:20 and 10:00-10:30."""
    return Line(tenant)


@pytest.fixture
def visit(system, tenant):
    """Signs a person of a role in; his browser."""
    return lambda who="VIEWER", language="en": signed_in(system, tenant, who, language)


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def boards(visitor, query="") -> list[dict]:
    """Each board's head and the cells of its rows."""
    answer = visitor.get(f"/shift-board/boards{query}")
    assert answer.status_code == 200, answer.text
    found = []
    for section in re.findall(r'<section class="board-shift">.*?</section>', answer.text, re.DOTALL):
        rows = {}
        for row in re.findall(r"<tr class=.*?</tr>", section, re.DOTALL):
            cells = [words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            rows[cells[0]] = cells[1:]
        found.append({"head": words(section[:section.index("</header>")]), "rows": rows})
    return found


def hours(tenant, line_id, date, shift) -> dict:
    body = {"daterange": {"start_date": date, "end_date": date}, "line_id": line_id, "widget_ids": ["HourByHour"]}
    if shift:
        body["shift_id"] = shift
    answer = tenant.client("VIEWER").post("/api/v1/dashboard/data", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["widgets"]["HourByHour"]["data"]


def number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-").replace("+", ""))


def test_the_hours_of_a_shift_as_counted_by_hand(visit, line):
    board, = boards(visit(), f"?lines={line.id}&date={DAY}&shift_id={line.plant.shift}")
    rows = board["rows"]
    assert list(rows) == [f"{hour:02}:00–{hour + 1:02}:00" for hour in range(6, 14)]
    # A unit every 10 s: 360 an hour; 120 fewer from 08:00 to 08:20 and 180 from 10:00 to 10:30, each with a unit at both ends.
    made = [360, 360, 241, 360, 181, 360, 360, 360]
    assert [number(cells[1]) for cells in rows.values()] == made
    assert {cells[0] for cells in rows.values()} == {"600"}
    assert [number(cells[2]) for cells in rows.values()] == [count - 600 for count in made]
    sums = [sum(made[:count]) for count in range(1, 9)]
    assert [cells[3] for cells in rows.values()] == [
        f"{total:,} / {600 * count:,}" for count, total in enumerate(sums, 1)]
    assert [number(cells[4]) for cells in rows.values()] == [
        total - 600 * count for count, total in enumerate(sums, 1)]
    # 10 units a minute in the nominal time of 6 s each: an hour of 360 units lost 24 minutes to pace.
    assert rows["06:00–07:00"][5] == "Slow pace 24 min"
    assert rows["10:00–11:00"][5] == "Stop without cause 30 min"
    assert "2,582 / 4,800" in board["head"] and "−2,218" in board["head"]
    assert f"Shift of {line.plant.code}" in board["head"] and "Mar 4, 2026, 06:00–14:00" in board["head"]
    assert "Buenos Aires (UTC−3)" in board["head"]


def test_the_figures_are_those_of_the_dashboard(visit, tenant, line):
    data = hours(tenant, line.id, DAY, line.plant.shift)
    board, = boards(visit(), f"?lines={line.id}&date={DAY}&shift_id={line.plant.shift}")
    for hour, cells in zip(data["hours"], board["rows"].values(), strict=True):
        assert number(cells[0]) == round(hour["target"])
        assert number(cells[1]) == hour["actual"]
        assert number(cells[4]) == round(hour["cumulative_difference"])
    assert data["to_come"] == []


def test_a_cause_is_named_with_its_minutes(visit, tenant):
    line = Line(tenant)
    line.justify("10:00:00", "10:30:00")
    board, = boards(visit(), f"?lines={line.id}&date={DAY}")
    assert board["rows"]["10:00–11:00"][5] == "Tool change 30 min"
    loss = hours(tenant, line.id, DAY, line.plant.shift)["hours"][4]["largest_loss"]
    assert (loss["incident_name"], loss["seconds"]) == ("Tool change", 1_800)


def test_lines_of_two_plants_have_boards_of_their_own(visit, tenant):
    manager = tenant.client("MANAGER")
    plants = [PlantData(manager, code=code, commissioned_at=at("00:00:00"), dual=False) for code in ("T1", "T2")]
    for plant in plants:
        # Both work around the clock, so on the same day.
        assert manager.delete(f"/api/v1/shifts/{plant.shift}").status_code == 204
    one, two = boards(visit(), f"?lines={plants[0].line},{plants[1].line}&date={DAY}")
    assert "Plant of T1" in one["head"] and "T2" not in one["head"]
    assert "Plant of T2" in two["head"] and "T1" not in two["head"]


def test_boards_of_plants_in_other_zones_go_by_their_own_clocks(visit, tenant):
    """One instant is another hour, and may be another day, on each board."""
    manager = tenant.client("MANAGER")
    lines = {}
    for code, zone in (("Z1", "America/Argentina/Buenos_Aires"), ("Z2", "Europe/Madrid"), ("Z3", "Asia/Tokyo")):
        plant = manager.make("plants", plant_code=code, plant_name=f"Plant of {code}", timezone=zone)["plant_id"]
        line = manager.make(
            "production-lines", plant_id=plant, line_code=code, line_name=code, rate_per_minute=1,
            commissioned_at="2026-03-01T00:00:00Z")["line_id"]
        area = manager.make("areas", line_id=line, area_name="Out", area_type="output")["area_id"]
        product = manager.make("products", product_code=code, product_name=code)["product_id"]
        lines[code] = line
        post(tenant, [{"line_id": line, "area_id": area, "product_id": product, "detected_at": f"{DAY}T{time}Z"}
                      for time in ("05:30:00", "20:15:00")])
    query = f"?lines={','.join(map(str, lines.values()))}&date={DAY}"
    shown = {next(code for code in lines if f"Plant of {code}" in board["head"]): board for board in boards(visit(), query)}
    assert set(shown) == set(lines)
    made = {code: [label for label, cells in board["rows"].items() if cells[1] == "1"] for code, board in shown.items()}
    assert made == {
        "Z1": ["02:00–03:00", "17:00–18:00"], "Z2": ["06:00–07:00", "21:00–22:00"],
        # The second one was made on the day after there.
        "Z3": ["14:00–15:00"]}
    assert all(len(board["rows"]) == 24 for board in shown.values())
    zones = {code: board["head"] for code, board in shown.items()}
    assert "(UTC−3)" in zones["Z1"] and "(UTC+1)" in zones["Z2"] and "(UTC+9)" in zones["Z3"], zones
    later, = boards(visit(), f"?lines={lines['Z3']}&date=2026-03-05")
    assert [label for label, cells in later["rows"].items() if cells[1] == "1"] == ["05:00–06:00"]


def test_lines_of_one_shift_share_a_board_unless_asked_otherwise(visit, tenant):
    first = PlantData(tenant.client("MANAGER"), code="S1", commissioned_at=at("00:00:00"), dual=False)
    second = tenant.client("MANAGER").make(
        "production-lines", plant_id=first.plant, line_code="S2", line_name="Line S2", rate_per_minute=5,
        commissioned_at=at("00:00:00"), target_oee=0.5)["line_id"]
    query = f"?lines={first.line},{second}&date={DAY}"
    shared, = boards(visit(), query)
    assert "S1, S2" in shared["head"]
    assert shared["rows"]["06:00–07:00"][0] == "750"
    assert shared["rows"]["06:00–07:00"][5] == "S1: Stop without cause 1 h"
    one, two = boards(visit(), query + "&by_line=true")
    assert "S1 · Line S1" in one["head"] and "S2 · Line S2" in two["head"]
    assert (one["rows"]["06:00–07:00"][0], two["rows"]["06:00–07:00"][0]) == ("600", "150")


def test_breaks_and_closures_say_so(visit, tenant):
    manager = tenant.client("MANAGER")
    plant = PlantData(manager, code="S3", commissioned_at=at("00:00:00"), dual=False)
    answer = manager.put(f"/api/v1/shifts/{plant.shift}", {
        "plant_id": plant.plant, "shift_name": "With a break", "days": [1, 2, 3, 4, 5], "start_time": "06:00",
        "end_time": "14:00", "breaks": [{"name": "Lunch", "start_time": "09:30", "end_time": "11:00"}]})
    assert answer.status_code == 200, answer.text
    post(tenant, [plant.detection(at("06:30:00"))])
    board, = boards(visit(), f"?lines={plant.line}&date={DAY}")
    rows = board["rows"]
    assert "09:00–10:00 30 min planned" in rows and rows["09:00–10:00 30 min planned"][0] == "300"
    assert rows["10:00–11:00 not planned"][0] == "—" and rows["10:00–11:00 not planned"][2] == "—"


def test_a_night_is_one_board_and_clocks_make_it_longer_or_shorter(visit, tenant):
    manager = tenant.client("MANAGER")
    plant = manager.make(
        "plants", plant_code="madrid", plant_name="Madrid", timezone="Europe/Madrid")["plant_id"]
    line = manager.make(
        "production-lines", plant_id=plant, line_code="N1", line_name="Night", rate_per_minute=1,
        commissioned_at="2025-01-01T00:00:00Z")["line_id"]
    shift = manager.make(
        "shifts", plant_id=plant, shift_name="Night", days=[1, 2, 3, 4, 5, 6, 7], start_time="22:00", end_time="06:00",
        breaks=[])["shift_id"]
    for date, count in (("2026-03-03", 8), ("2026-03-28", 7), ("2025-10-25", 9)):
        board, = boards(visit(), f"?lines={line}&date={date}&shift_id={shift}")
        rows = list(board["rows"])
        assert len(rows) == count and rows[0] == "22:00–23:00" and rows[-1] == "05:00–06:00", date
        assert {cells[0] for cells in board["rows"].values()} == {"60"}
        assert f"/ {60 * count}" in board["head"]
        assert len(hours(tenant, line, date, shift)["hours"]) == count
    assert rows[4:6] == ["02:00–03:00", "02:00–03:00 (again)"]
    board, = boards(visit(), f"?lines={line}&date=2026-03-28&shift_id={shift}")
    assert list(board["rows"])[3:5] == ["01:00–02:00", "03:00–04:00"]


def test_the_shift_at_work_is_shown_and_so_is_what_is_to_come(visit, tenant):
    line = RunningLine(tenant, code="S4")
    line.run(60, 0)
    visitor = visit()
    early_in_an_hour()
    board, = boards(visitor, f"?lines={line.id}")
    today = datetime.now(timezone(timedelta(hours=-3)))
    data = hours(tenant, line.id, str(today.date()), line.plant.shift)
    made = sum(hour["actual"] for hour in data["hours"])
    assert data["to_come"] or today.hour == 23
    rows = list(board["rows"].items())
    assert len(rows) == len(data["hours"]) + len(data["to_come"])
    assert sum(number(cells[1]) for _, cells in rows[:len(data["hours"])]) == made
    for label, cells in rows[len(data["hours"]):]:
        assert cells[1] == "" and cells[5] == "to come" and cells[0] == "600", label
    current = [label for label, _ in rows if "now" in label]
    assert len(current) == 1 and current[0].startswith(f"{datetime.now(timezone(timedelta(hours=-3))):%H}:")


def test_one_goes_from_shift_to_shift_and_back_to_the_present(visit, line):
    visitor = visit()
    fragment = visitor.get(f"/shift-board/boards?lines={line.id}&date={DAY}&shift_id={line.plant.shift}").text
    links = dict(reversed(pair) for pair in re.findall(
        r'<a class="button" href="([^"]+)">(?:<svg.*?</svg>)?([^<]+)', fragment))
    assert set(links) == {"Previous shift", "Next shift", "Current shift"}
    before = visitor.get(html.unescape(links["Next shift"]))
    assert before.status_code == 200 and "Mar 5, 2026, 06:00–14:00" in before.text
    assert "date=2026-03-04" in before.text
    assert html.unescape(links["Current shift"]) == f"/shift-board?lines={line.id}"


@pytest.mark.parametrize("role", ["VIEWER", "OPERATOR", "MANAGER", "ADMIN", "SUPER_ADMIN"])
def test_the_page_comes_with_its_board_for_every_role(visit, line, role):
    page = visit(role).get(f"/shift-board?lines={line.id}&date={DAY}")
    assert page.status_code == 200
    assert 'href="/shift-board" aria-current="true"' in page.text
    assert "06:00–07:00" in page.text and 'scope="row"' in page.text and "<caption" in page.text


def test_both_languages(visit, line):
    query = f"?lines={line.id}&date={DAY}"
    spanish, english = boards(visit(language="es"), query)[0], boards(visit(language="en"), query)[0]
    assert "2.582 / 4.800" in spanish["head"] and "2,582 / 4,800" in english["head"]
    assert spanish["rows"]["10:00–11:00"][5] == "Parada sin causa 30 min"
    assert "4 mar 2026" in spanish["head"]


@pytest.mark.parametrize("query,names", [
    (f"?lines={NOBODYS}", {"lines"}), ("?lines=all,1", {"lines"}), ("?date=yesterday", {"date"}),
    ("?shift_id=1", {"date"}), (f"?date={DAY}&shift_id={NOBODYS}", {"shift_id"}), ("?by_line=1", {"by_line"}),
    ("?period=today", {"period"}), (f"?plant_id={NOBODYS}", {"plant_id"}),
])
def test_an_address_that_is_no_view_is_told(visit, line, query, names):
    visitor = visit()
    for path in ("/shift-board", "/shift-board/boards"):
        answer = visitor.session.get(f"{visitor.base}{path}{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422, answer.text
        assert {fault["param"] for fault in answer.json()["errors"]} == names
    assert visitor.get(f"/shift-board?lines={line.id}").status_code == 200


def test_a_line_that_does_not_work_the_shift_is_named(visit, line, tenant):
    other = PlantData(tenant.client("MANAGER"), code="S5", commissioned_at=at("00:00:00"))
    answer = visit().get(f"/shift-board/boards?lines={line.id},{other.line}&date={DAY}&shift_id={line.plant.shift}")
    assert "Not working this shift: S5" in answer.text
    saturday = visit().get(f"/shift-board/boards?lines={line.id}&date=2026-03-07&shift_id={line.plant.shift}")
    assert saturday.status_code == 200 and "There is nothing to show" in saturday.text


def test_a_person_limited_to_plants_sees_their_lines_and_no_other(visit, tenant, line):
    other = PlantData(tenant.client("MANAGER"), code="S6")
    answer = tenant.client("ADMIN").post("/api/v1/users", {
        "username": "board-limited", "email": "board-limited@example.com", "role": "VIEWER", "password": PASSWORD,
        "plant_ids": [line.plant.plant]})
    assert answer.status_code == 201, answer.text
    visitor = visit("board-limited")
    page = visitor.get("/shift-board").text
    assert line.plant.code in page and "S6" not in page
    assert visitor.get(f"/shift-board/boards?lines={other.line}").status_code == 422
    assert visit().get(f"/shift-board/boards?lines={other.line}").status_code == 200


def test_an_answer_is_sent_again_only_when_it_is_another(visit, line):
    visitor = visit()
    path = f"/shift-board/boards?lines={line.id}&date={DAY}"
    first = visitor.get(path)
    again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visitor.get(path, headers={"If-None-Match": '"0123456789abcdef"'}).status_code == 200


def test_a_name_is_never_more_than_text(visit, tenant):
    name = "<script>window.ran = 1</script>\"'&"
    manager = tenant.client("MANAGER")
    plant = manager.make("plants", plant_code="hostile", plant_name=name, timezone="UTC")["plant_id"]
    line = manager.make(
        "production-lines", plant_id=plant, line_code="H1", line_name=name, rate_per_minute=10)["line_id"]
    manager.make(
        "shifts", plant_id=plant, shift_name=name, days=[1, 2, 3, 4, 5, 6, 7], start_time="00:00", end_time="00:00",
        breaks=[])
    for path in ("/shift-board", "/andon"):
        page = visit("MANAGER").get(f"{path}?lines={line}").text
        assert "<script>window.ran" not in page and "&lt;script&gt;window.ran" in page
