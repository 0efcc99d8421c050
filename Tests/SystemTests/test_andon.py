"""The wall: what each tile says of its line, who sees which lines, and that its figures are those of everything else."""

import re
import threading
from datetime import datetime, timedelta, timezone

import pytest

from page_visitor import signed_in
from running_line import RunningLine, text
from running_system import PASSWORD, PlantData

NOBODYS = 2147483647


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("wall")


@pytest.fixture(scope="module")
def line(tenant):
    """Stopped for some minutes, after two hours of running with one stop."""
    made = RunningLine(tenant, code="W1")
    made.run(150, 100)
    made.run(80, 12)
    return made


@pytest.fixture(scope="module")
def resting(tenant):
    """A line outside its only shift, which ended or begins far from now."""
    start = (datetime.now(timezone.utc) - timedelta(hours=3 + 6)).strftime("%H:00")
    end = (datetime.now(timezone.utc) - timedelta(hours=3 + 5)).strftime("%H:00")
    return PlantData(tenant.client("MANAGER"), code="W2", dual=False, shift=(start, end))


@pytest.fixture
def visit(system, tenant):
    """Signs a person of a role in; his browser."""
    return lambda who="VIEWER", language="en": signed_in(system, tenant, who, language)


def tiles(visitor, query="") -> dict:
    """The tiles by the codes of their lines, in their order."""
    answer = visitor.get(f"/andon/data{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return {tile["code"]: tile for tile in answer.json()["tiles"]}


def figures(tile) -> dict:
    return {figure["label"]: f"{figure['before']}{figure['text']}{figure['after']}" for figure in tile["figures"]}


def shift_of(line) -> dict:
    """The figures of a line's shift of today, as GET /kpis has them."""
    today = datetime.now(timezone(timedelta(hours=-3))).date()
    query = f"from={today}&to={today}&line_id={line.id}&shift_id={line.plant.shift}"
    return line.manager.read(f"/api/v1/kpis?{query}")["lines"][0]


@pytest.mark.parametrize("role", ["VIEWER", "OPERATOR", "MANAGER", "ADMIN", "SUPER_ADMIN"])
def test_the_page_comes_with_its_first_tiles_drawn(visit, line, resting, role):
    page = visit(role).get("/andon")
    assert page.status_code == 200
    assert f'data-look="stopped" data-line="{line.id}"' in page.text
    assert f'data-look="idle" data-line="{resting.line}"' in page.text
    assert page.text.count('class="wall-tile"') == 12


def test_a_stopped_line_says_since_when_and_what_its_shift_has_made(visit, line):
    before = shift_of(line)
    tile = tiles(visit())["W1"]
    after = shift_of(line)
    stop = line.stops()[-1]
    assert stop["status"] == "ongoing"
    assert (tile["look"], tile["state"], tile["note"]) == ("stopped", "Stopped", "No cause")
    assert tile["stopped_since"] == tile["figures"][0]["since"] == stop["start"]
    local = datetime.fromisoformat(stop["start"]).astimezone(timezone(timedelta(hours=-3)))
    assert tile["figures"][0]["label"].startswith("since ") and tile["figures"][0]["label"].endswith(f"{local:%H:%M}")
    label, made = next((label, text) for label, text in figures(tile).items() if label.startswith("Nominal "))
    made, target = made.replace(",", ""), label.removeprefix("Nominal ").replace(",", "")
    assert int(made) == before["total_production"] == after["total_production"]
    # 10 a minute over what was planned of the shift by then.
    assert before["planned_seconds"] / 6 - 1 <= int(target) <= after["planned_seconds"] / 6 + 1
    oee = float(figures(tile)["OEE"].rstrip("%")) / 100
    assert after["oee"] - 0.001 <= oee <= before["oee"] + 0.001
    assert len(tile["figures"]) == 3


def test_the_units_are_those_of_the_shift_and_not_of_its_day(visit, tenant):
    line = RunningLine(tenant, code="W14")

    def local(minutes: float) -> str:
        return (line.ago(minutes) - timedelta(hours=3)).strftime("%H:%M")

    # The shift it works began 30 minutes ago, when the one before it ended.
    answer = line.manager.put(f"/api/v1/shifts/{line.plant.shift}", {
        "plant_id": line.plant.plant, "shift_name": "Now", "days": [1, 2, 3, 4, 5, 6, 7],
        "start_time": local(30), "end_time": local(-120), "breaks": []})
    assert answer.status_code == 200, answer.text
    line.manager.make("shifts", plant_id=line.plant.plant, shift_name="Before", days=[1, 2, 3, 4, 5, 6, 7],
                      start_time=local(200), end_time=local(30), breaks=[])
    line.run(120, 60)
    line.run(20, 5)
    tile = tiles(visit())["W14"]
    assert tile["shift"].startswith("Now"), tile
    assert next(text for label, text in figures(tile).items() if "ominal" in label) == "31", tile


def test_a_cause_and_a_stop_that_a_person_entered_look_different(visit, tenant):
    line = RunningLine(tenant, code="W3")
    line.run(60, 12)
    stop = line.stops()[-1]
    assert tiles(visit())["W3"]["look"] == "stopped"
    line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": stop["start"], "end": None, "incident_id": line.incidents["Fusible"]})
    tile = tiles(visit())["W3"]
    assert (tile["look"], tile["state"], tile["note"]) == ("justified", "Stopped", "Motor · Fusible")
    entered = RunningLine(tenant, code="W4")
    entered.run(60, 12)
    answer = entered.manager.post("/api/v1/downtimes", {
        "line_id": entered.id, "start": text(entered.ago(11)), "end": None, "reason": "cleaning"})
    assert answer.status_code == 201, answer.text
    tile = tiles(visit())["W4"]
    assert (tile["look"], tile["note"]) == ("registered", "Registered: cleaning")


def test_a_unit_sets_a_line_running_and_silence_makes_it_wait(visit, tenant):
    line = RunningLine(tenant, code="W5")
    line.run(60, 12)
    assert tiles(visit())["W5"]["look"] == "stopped"
    line.unit()
    tile = tiles(visit())["W5"]
    assert (tile["look"], tile["state"], tile["stopped_since"], tile["code_of_stop"]) == ("running", "Running", None, None)
    last = line.manager.read("/api/v1/line-status")["lines"]
    last = next(one for one in last if one["line_id"] == line.id)["last_detection"]
    assert tile["figures"][2] == {"label": "Last unit", "before": "", "text": "", "after": " ago", "since": last}
    waiting = RunningLine(tenant, code="W6")
    # A cycle is 6 s: from 18 s on it no longer runs, from 60 s on it is stopped.
    waiting.units(datetime.now(timezone.utc) - timedelta(seconds=30))
    tile = tiles(visit())["W6"]
    assert (tile["look"], tile["state"]) == ("waiting", "Waiting")
    assert tile["figures"][0]["label"].startswith("no units since")


def test_a_line_outside_its_shifts_says_until_when(visit, resting):
    tile = tiles(visit())["W2"]
    assert (tile["look"], tile["state"]) == ("idle", "Idle")
    assert tile["note"].startswith("Outside shifts, until ")
    assert figures(tile)["OEE"] == "—" or figures(tile)["OEE"].endswith("%")


def test_both_languages(visit, line):
    spanish, english = tiles(visit(language="es"))["W1"], tiles(visit(language="en"))["W1"]
    assert (spanish["state"], english["state"]) == ("Parada", "Stopped")
    assert (spanish["note"], english["note"]) == ("Sin causa", "No cause")
    assert re.fullmatch(r"\d+,\d %|\d+,\d\u00a0%", figures(spanish)["OEE"])
    assert re.fullmatch(r"\d+\.\d%", figures(english)["OEE"])
    assert 'lang="es"' in visit(language="es").get("/andon").text


def test_the_address_chooses_lines_their_order_and_the_look(visit, line, resting):
    assert list(tiles(visit(), f"?lines={resting.line},{line.id}")) == ["W2", "W1"]
    assert list(tiles(visit(), f"?lines={resting.line}&lines={line.id}")) == ["W2", "W1"]
    assert list(tiles(visit(), f"?plant_id={resting.plant}")) == ["W2"]
    assert 'data-theme="dark"' in visit().get("/andon?look=dark").text
    assert 'data-theme="system"' in visit().get("/andon").text
    assert 'data-alarm-minutes="5"' in visit().get("/andon?alarm_minutes=5").text
    assert "data-alarm-minutes" not in visit().get("/andon?alarm_minutes=").text


@pytest.mark.parametrize("query,names", [
    (f"?lines={NOBODYS}", {"lines"}), ("?lines=x", {"lines"}), ("?look=blue", {"look"}),
    ("?alarm_minutes=0", {"alarm_minutes"}), ("?alarm_minutes=x", {"alarm_minutes"}), ("?hold=1", {"hold"}),
    (f"?plant_id={NOBODYS}", {"plant_id"}), ("?line=1&look=blue", {"line", "look"}),
])
def test_an_address_that_is_no_view_is_told_with_every_fault(visit, line, query, names):
    for path in ("/andon", "/andon/data"):
        answer = visit().session.get(f"{visit().base}{path}{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422, answer.text
        assert {fault["param"] for fault in answer.json()["errors"]} == names
    assert visit().get(f"/andon/data?lines={line.id}").status_code == 200


@pytest.fixture(scope="module")
def limited(tenant, line, resting):
    """A person who may see the plant of one line only."""
    answer = tenant.client("ADMIN").post("/api/v1/users", {
        "username": "wall-limited", "email": "wall-limited@example.com", "role": "VIEWER", "password": PASSWORD,
        "plant_ids": [line.plant.plant]})
    assert answer.status_code == 201, answer.text
    return "wall-limited"


def test_a_person_limited_to_plants_sees_their_lines_and_no_other(visit, line, resting, limited):
    assert list(tiles(visit(limited))) == ["W1"]
    other = visit(limited).get(f"/andon/data?lines={resting.line}")
    unknown = visit(limited).get(f"/andon/data?lines={NOBODYS}")
    assert other.status_code == unknown.status_code == 422
    page = visit(limited).get("/andon").text
    assert "W1" in page and "W2" not in page and "Plant of W2" not in page
    assert visit().get(f"/andon/data?lines={resting.line}").status_code == 200


def test_another_companys_line_is_as_if_there_were_none(system, visit, tenant, line):
    other = system.make_tenant("wall-other")
    # Numbers are each company's own: one that is nobody's here.
    theirs = max(PlantData(other.client("MANAGER"), code=f"X{number}").line for number in range(12))
    own = tenant.client("MANAGER").read("/api/v1/production-lines")["items"]
    assert theirs not in [one["line_id"] for one in own]
    assert visit().get(f"/andon/data?lines={theirs}").status_code == 422
    assert visit().get(f"/stop/{theirs}-1").status_code == 404
    assert visit(other.user("VIEWER")).get(f"/andon/data?lines={theirs}").status_code == 200


def test_an_answer_is_sent_again_only_when_it_is_another(visit, line, resting):
    visitor = visit()
    path = f"/andon/data?lines={resting.line}"
    first = visitor.get(path)
    again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visitor.get(path, headers={"If-None-Match": '"0123456789abcdef"'}).status_code == 200
    assert first.json()["version"] in visitor.get("/andon").text


def test_the_code_leads_to_the_page_of_stops_with_that_stop(system, visit, line):
    stop = line.stops()[-1]
    began = datetime.fromisoformat(stop["start"])
    second, digits = int(began.timestamp()), ""
    while second:
        second, digit = divmod(second, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    answer = visit().get(f"/stop/{line.id}-{digits}")
    assert answer.status_code == 303
    date = began.astimezone(timezone(timedelta(hours=-3))).date()
    assert answer.headers["Location"] == (
        f"/downtimes?period=custom&from={date}&to={date}&line_id={line.id}#stop={line.id}-{digits}")
    micro = visit().get(f"/stop/{line.id}-{digits}?state=micro")
    assert micro.headers["Location"] == answer.headers["Location"].replace("#", "&state=micro#")
    assert visit().get(f"/stop/{line.id}-{digits}?state=all").status_code == 422
    for path in ("1", "x-1", "1-", f"{line.id}-zzzzzzzzzz", f"{NOBODYS}-1", f"0{line.id}-1", f"{line.id}-1-1"):
        assert visit().get(f"/stop/{path}").status_code == 404, path


def test_events_are_those_of_the_lines_shown(visit, tenant):
    one, two = RunningLine(tenant, code="W7"), RunningLine(tenant, code="W8")
    visitor = visit()
    answer = visitor.session.get(f"{visitor.base}/andon/events?lines={two.id}", stream=True, timeout=30)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
    seen, opened, done = [], threading.Event(), threading.Event()

    def read():
        for row in answer.iter_lines(chunk_size=1):
            opened.set()
            if row.startswith(b"data: {"):
                seen.append(row.decode())
            if f'"line_id":{two.id}'.encode() in row:
                done.set()
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    # The head may come before the worker looks for what is new.
    assert opened.wait(10)
    one.unit()
    two.unit()
    assert done.wait(30), seen
    assert not any(f'"line_id":{one.id},' in row for row in seen)
    answer.close()
