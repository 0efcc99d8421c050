"""The page of stops: who sees what of it, what its address may say, and that nothing in it is more than text."""

import html
import re

import pytest

from page_visitor import PageVisitor, signed_in
from running_line import RunningLine, text
from running_system import PASSWORD, check_problem
from stopped_line import DAY, FIRST, SECOND, Line

PERIOD = f"period=custom&from={DAY}&to={DAY}"
NOBODYS = 2147483647
NAME = "<script>window.ran = 1</script>\"'&"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("page-of-stops")


@pytest.fixture(scope="module")
def line(tenant):
    """A line with its two stops of a Wednesday, stored."""
    made = Line(tenant)
    made.recalculate()
    return made


@pytest.fixture
def visit(system, tenant):
    """Signs a person of a role in; his browser."""
    return lambda who="MANAGER", language="es": signed_in(system, tenant, who, language)


def board(visitor, query="") -> str:
    answer = visitor.get(f"/downtimes/board?{PERIOD}&{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(content: str, section: str = "stops-list") -> list[dict]:
    """The stops of a section of the board, as its buttons tell them."""
    part = content[content.index(f'id="{section}"'):]
    part = part[:part.index("</section>")]
    return [{name: html.unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', button)}
            for button in re.findall(r'<button class="stop"[^>]*>', part)]


def faults(answer) -> set[str]:
    assert answer.status_code == 422, answer.text
    # The request's own name stands there too: 24 letters and digits, and one in 150 has no digit.
    return set(re.findall(r"<code>([a-z_]{1,23})</code>", answer.text))


@pytest.mark.parametrize("role,justifies,merges", [
    ("VIEWER", False, False), ("OPERATOR", True, False), ("MANAGER", True, True), ("ADMIN", True, True),
    ("SUPER_ADMIN", True, True)])
def test_each_role_is_offered_what_it_may_do(visit, line, role, justifies, merges):
    page = visit(role).get("/downtimes")
    assert page.status_code == 200
    assert 'href="/downtimes" aria-current="true"' in page.text
    assert (f'data-incident="{line.incident}"' in page.text) == justifies
    assert ('id="split"' in page.text) == justifies
    assert ('id="enter"' in page.text) == justifies
    assert ("data-enter" in board(visit(role), f"line_id={line.id}")) == justifies
    # Operators end what they have entered themselves; whose a stop is the panel finds out.
    assert ('id="change-times"' in page.text) == justifies
    for part in ("merge", "delete"):
        assert (f'id="{part}"' in page.text) == merges, part


def test_the_board_lists_the_stops_of_the_period_with_all_an_edit_needs(visit, line):
    found = rows(board(visit("VIEWER"), f"line_id={line.id}"))
    assert [(row["start"], row["end"], row["source"]) for row in found] == [SECOND, FIRST]
    listed = {stop["start"]: stop for stop in line.stops()}
    for row in found:
        stop = listed[row["start"]]
        assert (row["event"], row["version"], row["line"]) == (str(stop["event_id"]), stop["version"], str(line.id))
        assert row["zone"] == "America/Argentina/Buenos_Aires"


def test_a_stop_of_the_list_is_demanded_by_its_version(visit, line):
    stop = line.stops()[0]
    path = f"/downtimes/{line.id}/{stop['event_id']}"
    read = line.manager.get(f"/api/v1{path}")
    assert read.headers["ETag"].strip('"').split(".")[0] == stop["version"] == read.json()["version"]
    for version, status in ((f"{stop['version']}", 200), ("0123456789abcdef", 412)):
        answer = line.manager.send(
            "PATCH", f"/api/v1{path}?dry_run=true", json={"reason": "seen"}, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == status, answer.text
    changed = line.manager.send("PATCH", f"/api/v1{path}", json={"reason": "jam"})
    assert changed.json()["version"] != stop["version"]
    line.manager.post(f"/api/v1{path}/undo")
    assert line.stops()[0]["version"] == stop["version"]


def test_only_the_stops_of_the_state_asked_for_are_listed(visit, tenant):
    line = Line(tenant)
    line.recalculate()
    line.justify("08:00:00", "08:20:00", reason="jam")
    visitor = visit("OPERATOR")
    starts = {state: [row["start"] for row in rows(board(visitor, f"line_id={line.id}&state={state}"))]
              for state in ("stops", "justified", "unjustified", "ongoing", "micro")}
    assert starts == {"stops": [SECOND[0], FIRST[0]], "justified": [FIRST[0]], "unjustified": [SECOND[0]],
                      "ongoing": [], "micro": []}
    backlog = rows(board(visitor, f"line_id={line.id}&state=justified"), "stops-backlog")
    assert [row["start"] for row in backlog] == [SECOND[0]]


def test_the_pareto_is_that_of_the_figures(visit, line):
    content = board(visit(), f"line_id={line.id}")
    kpis = line.kpis()["downtime_by_category"]
    assert kpis["breakdown"] == 50 * 60 and sum(kpis.values()) == 50 * 60
    pareto = content[content.index('id="stops-pareto"'):]
    assert "<strong>Avería</strong><span>50 min · 100,0\N{NO-BREAK SPACE}%</span>" in pareto
    assert "Sin justificar" in pareto
    english = board(visit(language="en"), f"line_id={line.id}")
    assert "<strong>Breakdown</strong><span>50 min · 100.0%</span>" in english


def test_the_timeline_has_a_track_for_each_day_or_working_of_the_shift(visit, line):
    visitor = visit()
    by_day = board(visitor, f"line_id={line.id}")
    assert by_day.count('class="track-bar"') == 1
    # 08:00 to 08:20 of a day that begins at midnight, and of a shift that begins at 06:00 and lasts eight hours.
    assert re.findall(r'data-open="[^"]*" x="([\d.]+)%" width="([\d.]+)%"', by_day) == [
        ("41.667", "2.083"), ("33.333", "1.389")]
    by_shift = board(visitor, f"line_id={line.id}&shift_id={line.plant.shift}")
    assert re.findall(r'data-open="[^"]*" x="([\d.]+)%" width="([\d.]+)%"', by_shift) == [
        ("50.0", "6.25"), ("25.0", "4.167")]
    answer = visitor.get(f"/downtimes/board?period=custom&from=2026-01-01&to=2026-03-31&line_id={line.id}")
    assert answer.status_code == 200 and 'class="track-bar"' not in answer.text
    assert rows(answer.text), "the list has no such limit"


def test_a_faulty_address_is_told_whole(visit, line):
    visitor = visit()
    for path in ("/downtimes", "/downtimes/board"):
        assert visitor.get(f"{path}?{PERIOD}&line_id={line.id}&state=micro").status_code == 200
        answer = visitor.get(f"{path}?state=broken&tab=oee&interval=day&from=2026-03-04&shift_id=x&other=1")
        assert faults(answer) == {"state", "tab", "interval", "from", "shift_id", "other"}
        assert faults(visitor.get(f"{path}?{PERIOD}&line_id={NOBODYS}")) == {"line_id"}
        assert faults(visitor.get(f"{path}?state=stops&state=micro")) == {"state"}


def test_another_tenants_numbers_are_unknown_ones(visit, south_plant, south, line):
    incident = south.client("MANAGER").make(
        "failures", failure_code="page-of-stops", failure_name="Southern failure")["failure_id"]
    south.client("MANAGER").make(
        "incidents", failure_id=incident, incident_code="page-of-stops", incident_name="Southern incident")
    visitor = visit()
    assert "Southern" not in visitor.get("/downtimes").text
    for path in ("/downtimes", "/downtimes/board"):
        unknown = visitor.get(f"{path}?{PERIOD}&line_id={NOBODYS}")
        # Lines of tenants may have the same number; this one is of nobody here.
        theirs = visitor.get(f"{path}?{PERIOD}&line_id={line.id + 1_000_000}")
        assert faults(unknown) == faults(theirs) == {"line_id"}
    page = PageVisitor(visitor.base)
    assert page.sign_in(south.user("MANAGER")).status_code == 303
    assert "Southern incident" in page.get("/downtimes").text
    assert line.plant.code not in page.get("/downtimes").text


def test_whoever_has_some_plants_sees_the_stops_of_those(visit, tenant, line):
    other = Line(tenant)
    other.recalculate()
    made = tenant.client("ADMIN").post("/api/v1/users", {
        "username": "page-of-stops-one-plant", "email": "page-of-stops-one-plant@example.com", "role": "OPERATOR",
        "password": PASSWORD, "plant_ids": [line.plant.plant]})
    assert made.status_code == 201, made.text
    visitor = visit("page-of-stops-one-plant")
    assert {row["line"] for row in rows(board(visitor))} == {str(line.id)}
    page = visitor.get("/downtimes").text
    assert line.plant.code in page and other.plant.code not in page
    assert faults(visitor.get(f"/downtimes/board?{PERIOD}&line_id={other.id}")) == {"line_id"}
    assert {row["line"] for row in rows(board(visit()))} >= {str(line.id), str(other.id)}


def test_a_stop_may_be_entered_on_each_line_with_the_clock_of_its_plant(visit, tenant, line):
    group = line.manager.make("line-groups", group_name="By hand", line_ids=[line.id])["line_group_id"]
    page = visit("OPERATOR").get(f"/downtimes?{PERIOD}&line_id={line.id}").text
    option = re.search(rf'<option value="{line.id}" data-code="([^"]*)" data-plant="(\d+)" data-groups="([^"]*)" '
                       r'data-zone="([^"]*)" data-clock="([^"]*)">', page)
    assert option[1] == line.plant.code and option[2] == str(line.plant.plant)
    assert option[3].endswith(f"_{group}") and f'value="{option[3]}"' in page, "as the filter of lines has it"
    assert option[4] == "America/Argentina/Buenos_Aires" and "Buenos Aires (UTC−3)" in option[5]


def test_an_edit_needs_the_token_of_the_page(visit, tenant):
    line = Line(tenant)
    line.recalculate()
    visitor = visit("OPERATOR")
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', visitor.get("/downtimes").text)[1]
    path = f"/api/v1/downtimes/{line.id}/{line.stops()[0]['event_id']}"
    body = {"incident_id": line.incident}
    for headers in ({}, {"X-CSRF-Token": "another"}, {"X-CSRF-Token": token, "Origin": "https://elsewhere.example"}):
        check_problem(visitor.send("PATCH", path, json=body, headers=headers), 403, "csrf_failed")
    assert line.stops()[0]["incident_id"] is None
    assert visitor.send("PATCH", path, json=body, headers={"X-CSRF-Token": token}).status_code == 200
    assert line.stops()[0]["incident_id"] == line.incident


def test_names_and_reasons_are_text(visit, tenant):
    line = Line(tenant)
    line.recalculate()
    failure = line.manager.make("failures", failure_code=NAME, failure_name=NAME)["failure_id"]
    incident = line.manager.make(
        "incidents", failure_id=failure, incident_code=NAME, incident_name=NAME)["incident_id"]
    answer = line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": FIRST[0], "end": FIRST[1], "incident_id": incident, "reason": NAME})
    assert answer.status_code == 200, answer.text
    visitor = visit()
    page, content = visitor.get("/downtimes").text, board(visitor, f"line_id={line.id}")
    for told in (page, content):
        assert "<script>window" not in told and html.escape("<script>window.ran = 1</script>") in told
    shown = next(row for row in rows(content) if row["start"] == FIRST[0])
    assert (shown["reason"], shown["cause"]) == (NAME, f"{NAME} · {NAME}")


def test_the_causes_given_last_on_a_line_come_first(visit, tenant):
    line = RunningLine(tenant, code="LATEST")
    line.run(60, 50)
    line.run(40, 30)
    line.run(20, 0)
    first, second = [stop for stop in line.stops() if stop["status"] == "closed" and stop["end"] > text(line.ago(45))]
    names = ["Rodamiento", "Sin etiquetas"]
    for stop, name in zip((second, first), names):
        answer = line.manager.post("/api/v1/downtimes/justify", {
            "line_id": line.id, "start": stop["start"], "end": stop["end"], "incident_id": line.incidents[name]})
        assert answer.status_code == 200, answer.text
    page = visit("OPERATOR").get("/downtimes").text
    latest = re.search(rf'<li data-line="{line.id}" data-incidents="([\d ]+)">', page)[1]
    assert latest.split() == [str(line.incidents[name]) for name in reversed(names)]


def test_a_stop_that_runs_still_is_counted_from_its_start(visit, tenant):
    line = RunningLine(tenant, code="OPEN")
    line.run(30, 10)
    answer = visit("OPERATOR").get(f"/downtimes/board?period=7d&line_id={line.id}&state=ongoing")
    assert answer.status_code == 200
    (row,) = rows(answer.text)
    assert (row["status"], row["end"], row["start"]) == ("ongoing", "", text(line.ago(10)).replace(".000Z", "Z"))
    assert re.search(rf'<time data-since="{row["start"]}">1\d:\d\d</time>', answer.text)
