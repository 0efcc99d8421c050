"""A shared tablet at a line: enrolled by its code, unlocked by a PIN, used with big targets, and nothing lost without a connection."""

import base64
import re
import subprocess

import pytest

from cut_wire import CutWire
from page_visitor import PageVisitor
from running_line import RunningLine
from running_system import sign_in
from shop_floor import set_pin
from test_stops import check_no_script_failed, facts, offline, stored, tap, toast

PIN = "2580"
ORDERS = iter(range(1, 1000))


@pytest.fixture(scope="module")
def company(system):
    made = system.make_tenant("tablets")
    set_pin(made.client("OPERATOR"), PIN)
    set_pin(made.client("MANAGER"), PIN)
    return made


@pytest.fixture
def line(company):
    """A line with two stops of its own that have ended, and one that runs."""
    made = RunningLine(company, code=f"T{next(ORDERS)}")
    for first, last in ((200, 120), (110, 70), (40, 12)):
        made.run(first, last)
    return made


@pytest.fixture
def link(system, company):
    """Makes the link of a station by the page of the administration, read off its picture as a tablet's camera would."""

    def make(line, language="es", look="system") -> str:
        admin = PageVisitor(system.base)
        assert admin.sign_in(company.user("MANAGER")).status_code == 303
        token = re.search(r'name="csrf_token" value="([^"]+)"', admin.get("/admin/devices").text)[1]
        answer = admin.send("POST", "/admin/devices", data={
            "csrf_token": token, "kind": "station", "name": f"Mesa {line.plant.code}", "line_ids": [str(line.id)],
            "look": look, "language": language})
        assert answer.status_code == 201, answer.text
        return answer.text

    return make


@pytest.fixture
def tablet(open_browser, system, link):
    """A browser that has become the station of a line."""

    def open_station(line, language="es", look="system", base=None, **size):
        page = link(line, language, look)
        address = re.search(r'id="device-address">([^<]+)<', page)[1]
        browser = open_browser(**({"width": 1024, "height": 768} | size))
        browser.base = base or system.base
        browser.open(address.removeprefix(system.base))
        browser.find("form button[type=submit]").click()
        browser.shown(f"#line-{line.id}")
        browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
        return browser

    return open_station


def enter(browser, pin=PIN):
    browser.shown("#who-pin .pin-pad")
    for digit in pin:
        browser.find(f'#who-pin [data-digit="{digit}"]').click()
    browser.find("#who-pin button[type=submit]").click()


def unlock(browser, company, who="OPERATOR"):
    browser.shown("#who-people .pick")
    name = company.user(who)
    next(one for one in browser.driver.find_elements("css selector", "#who-people .pick") if one.text == name).click()
    enter(browser)
    browser.until(lambda: browser.find("#at-work").is_displayed(), "nobody is there")


def row(browser, stop):
    found = browser.driver.find_elements("css selector", f'#board [data-stop][data-start="{stop["start"]}"]')
    return found[0] if found else None


def open_stop(browser, stop):
    """Taps a stop: it is shown, or somebody is asked for first."""
    browser.until(lambda: row(browser, stop), "the stop is not shown")
    browser.press(lambda: row(browser, stop), "dialog[open]")


def gone(browser, stop):
    browser.until(lambda: row(browser, stop) is None, "the stop is still to be explained")


def test_the_code_on_the_screen_is_the_link(open_browser, system, company, line, tmp_path):
    browser = open_browser()
    browser.open_as(company.user("MANAGER"), "/admin/devices")
    browser.shown("#new-device")
    browser.script("document.getElementById('device-kind').value = 'station'")
    browser.find("#device-name").send_keys("Mesa del código")
    browser.find(f'input[name=line_ids][value="{line.id}"]').click()
    browser.find("#new-device button[type=submit]").click()
    address = browser.shown("#device-address").text
    picture = browser.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
    (tmp_path / "page.png").write_bytes(base64.b64decode(picture["data"]))
    read = subprocess.run(["zbarimg", "-q", "--raw", tmp_path / "page.png"], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == address and address.startswith(f"{system.base}/device/")
    browser.picture("administration-devices")
    browser.check_quiet()


@pytest.mark.parametrize("width,height,look,language", [
    (1024, 768, "light", "es"), (1024, 768, "dark", "en"), (390, 844, "dark", "es"), (390, 844, "light", "en")])
def test_a_stop_gets_its_cause_within_taps_and_it_is_taken_back(tablet, company, line, width, height, look, language):
    stop = line.stops()[-2]
    browser = tablet(line, language=language, look=look, width=width, height=height)
    assert browser.script("return document.documentElement.dataset.theme") == look
    browser.picture(f"station-{width}-{look}-{language}")
    open_stop(browser, stop)
    unlock(browser, company)
    browser.shown("#stop[open]")
    browser.picture(f"station-panel-{width}-{look}-{language}")
    tap(browser, "Motor")
    tap(browser, "Fusible")
    toast(browser, "Motor · Fusible")
    gone(browser, stop)
    told = stored(line, stop)
    user = company.client("OPERATOR").read("/auth/me")["user"]["user_id"]
    assert (told["incident_id"], told["justified_by"]) == (line.incidents["Fusible"], user)
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, stop), "it is not taken back")
    assert stored(line, stop)["incident_id"] is None
    browser.check_quiet()


@pytest.mark.parametrize("width,height", [(1024, 768), (390, 844)])
def test_targets_are_big_and_nothing_is_cut_off(tablet, company, line, width, height):
    browser = tablet(line, width=width, height=height)

    def small(scope):
        return browser.script(f"""
            return [...document.querySelectorAll('{scope} :is(button, summary, textarea, a[href])')]
                .filter((one) => one.offsetParent !== null && !one.closest('.skip'))
                .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 56 || box.width < 56).map(([text]) => text)""")

    assert small("body") == []
    assert browser.script("return document.documentElement.scrollWidth <= innerWidth")
    browser.find("#unlock").click()
    browser.shown("#who-people .pick")
    assert small("#who") == []
    browser.find("#who-people .pick").click()
    browser.shown("#who-pin .pin-pad")
    assert small("#who") == []
    browser.picture(f"station-pin-{width}")
    enter(browser)
    browser.until(lambda: browser.find("#at-work").is_displayed(), "nobody is there")
    open_stop(browser, line.stops()[-1])
    browser.shown("#stop[open]")
    assert small("#stop") == []
    assert browser.script("const box = document.getElementById('stop'); return box.scrollWidth <= box.clientWidth")
    browser.check_quiet()


def test_a_note_that_was_typed_stays_with_whoever_typed_it(tablet, company, line):
    stop = line.stops()[-2]
    browser = tablet(line)

    def note_of(who) -> str:
        open_stop(browser, stop)
        unlock(browser, company, who)
        browser.shown("#stop[open]")
        return browser.find("#note-form [name=reason]").get_attribute("value")

    def leave():
        browser.find("#stop [data-close]").click()
        browser.find("#lock").click()
        browser.until(lambda: browser.find("#unlock").is_displayed(), "somebody is still there")

    assert note_of("OPERATOR") == ""
    browser.script("const note = document.querySelector('#note-form [name=reason]'); note.value = 'mía';"
                   "note.dispatchEvent(new Event('input', {bubbles: true}));")
    leave()
    assert note_of("MANAGER") == ""
    leave()
    assert note_of("OPERATOR") == "mía"
    browser.check_quiet()


def test_a_wrong_pin_is_told_and_the_turn_ends_by_its_button(tablet, company, line):
    browser = tablet(line, language="en")
    browser.find("#unlock").click()
    browser.shown("#who-people .pick")
    name = company.user("OPERATOR")
    next(one for one in browser.driver.find_elements("css selector", "#who-people .pick") if one.text == name).click()
    enter(browser, "9999")
    browser.until(lambda: "PIN is wrong" in browser.find("#pin-fault").text, "nothing is said")
    enter(browser)
    browser.until(lambda: browser.find("#at-work").is_displayed(), "nobody is there")
    assert company.user("OPERATOR") in browser.text("#at-work")
    browser.find("#lock").click()
    browser.shown("#unlock")
    open_stop(browser, line.stops()[-2])
    browser.shown("#who-people .pick")
    assert not browser.find("#stop").is_displayed()
    # The refused try is told by the console, and by nothing else.
    assert [entry for entry in browser.console() if "403" not in entry] == []
    check_no_script_failed(browser)


def test_a_turn_ends_by_itself_and_closes_what_is_open(tablet, company, line):
    browser = tablet(line)
    open_stop(browser, line.stops()[-2])
    unlock(browser, company)
    browser.shown("#stop[open]")
    # Two minutes go by at once, for the page.
    browser.script("const now = performance.now.bind(performance); performance.now = () => now() + 121000")
    browser.until(lambda: browser.find("#unlock").is_displayed(), "the turn goes on")
    assert not browser.find("#stop").is_displayed()
    browser.check_quiet()


def test_a_running_stop_ends_by_itself_with_the_next_unit(tablet, company, line):
    stop = line.stops()[-1]
    browser = tablet(line)
    state = f"#line-{line.id} .line"
    assert browser.find(state).get_attribute("data-state") == "stopped"
    assert row(browser, stop).get_attribute("data-status") == "ongoing"
    line.unit()
    browser.until(lambda: browser.find(state).get_attribute("data-state") == "running", "the line does not run")
    browser.until(lambda: row(browser, stop).get_attribute("data-status") == "closed", "the stop does not end")
    open_stop(browser, stop)
    unlock(browser, company)
    tap(browser, "Materiales")
    tap(browser, "Sin cartón")
    gone(browser, stop)
    assert stored(line, stop)["incident_id"] == line.incidents["Sin cartón"]
    browser.check_quiet()


def test_a_stop_is_split_here_and_minutes_beside_it(tablet, company, line):
    running = line.stops()[-1]
    browser = tablet(line)
    open_stop(browser, running)
    unlock(browser, company, "MANAGER")
    browser.shown("#stop[open]")
    tap(browser, "Motor")
    tap(browser, "Fusible")
    # It has its cause and still runs, so it is still shown.
    browser.until(lambda: "Fusible" in row(browser, running).text and row(browser, running).get_attribute("data-event"),
                  "the cause is not shown")
    open_stop(browser, running)
    button = browser.shown("#split-do")
    before = browser.find("#split-time").text
    for step in ("-5", "1"):
        browser.find(f'[data-move="{step}"]').click()
    assert browser.find("#split-time").text != before
    button.click()
    toast(browser, "Parada dividida")
    parts = [one for one in line.stops() if one["start"] >= running["start"]]
    assert len(parts) == 2 and 200 < parts[1]["duration_seconds"] < 330
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: len([one for one in line.stops() if one["start"] >= running["start"]]) == 1, "the parts stay")
    # Whoever changes no times is offered none of it.
    browser.find("#lock").click()
    open_stop(browser, running)
    unlock(browser, company)
    browser.shown("#stop[open]")
    assert not browser.find("#station-split").is_displayed()
    browser.check_quiet()


def test_what_is_entered_without_a_connection_is_sent_once(tablet, company, line):
    first, second = line.stops()[-3:-1]
    browser = tablet(line, language="es")
    open_stop(browser, first)
    unlock(browser, company)
    browser.find("#stop [data-close]").click()
    offline(browser, True)
    for stop, failure, incident in ((first, "Motor", "Fusible"), (second, "Formato", "Cambio de molde")):
        open_stop(browser, stop)
        tap(browser, failure)
        tap(browser, incident)
    browser.until(lambda: "2" in browser.find("#unsent p").text, "what is not sent is not told")
    assert "sin enviar" in browser.text("#unsent p").lower()
    assert facts(line) == 0
    browser.picture("station-unsent")
    offline(browser, False)
    browser.until(lambda: not browser.find("#unsent").is_displayed(), "it is not sent")
    for stop, incident in ((first, "Fusible"), (second, "Cambio de molde")):
        gone(browser, stop)
        assert stored(line, stop)["incident_id"] == line.incidents[incident]
    assert facts(line) == 2
    check_no_script_failed(browser)


def test_what_waits_is_sent_only_by_its_author(tablet, company, line, system):
    stop = line.stops()[-2]
    browser = tablet(line, language="en")
    open_stop(browser, stop)
    unlock(browser, company)
    offline(browser, True)
    tap(browser, "Motor")
    tap(browser, "Fusible")
    browser.until(lambda: browser.find("#unsent").is_displayed(), "it is not told")
    browser.find("#lock").click()
    offline(browser, False)
    # A page loaded anew still has it, and sends nothing for nobody.
    browser.driver.refresh()
    browser.shown(f"#line-{line.id}")
    browser.until(lambda: "1 not sent" in browser.find("#unsent p").text, "it is forgotten")
    assert facts(line) == 0
    browser.find("#unsent [data-send]").click()
    enter(browser)
    gone(browser, stop)
    user = company.client("OPERATOR").read("/auth/me")["user"]["user_id"]
    assert stored(line, stop)["justified_by"] == user
    check_no_script_failed(browser)


def test_who_comes_next_sends_his_own_and_not_what_waits_of_another(tablet, company, line):
    first, second = line.stops()[-3:-1]
    browser = tablet(line, language="en")
    open_stop(browser, first)
    unlock(browser, company)
    offline(browser, True)
    tap(browser, "Motor")
    tap(browser, "Fusible")
    browser.until(lambda: "1 not sent" in browser.find("#unsent p").text, "it is not told")
    browser.find("#lock").click()
    offline(browser, False)
    open_stop(browser, second)
    unlock(browser, company, "MANAGER")
    tap(browser, "Formato")
    tap(browser, "Cambio de molde")
    gone(browser, second)
    people = {who: company.client(who).read("/auth/me")["user"]["user_id"] for who in ("OPERATOR", "MANAGER")}
    assert stored(line, second)["justified_by"] == people["MANAGER"]
    assert stored(line, first)["incident_id"] is None and facts(line) == 1
    assert "1 not sent" in browser.text("#unsent p")
    browser.find("#unsent [data-send]").click()
    enter(browser)
    gone(browser, first)
    assert stored(line, first)["justified_by"] == people["OPERATOR"] and facts(line) == 2
    check_no_script_failed(browser)


def test_what_is_on_its_way_when_its_author_leaves_is_not_sent_by_who_comes_next(tablet, company, line):
    """What the stop is now is asked first; the author goes while that answer is on its way."""
    stop = line.stops()[-2]
    browser = tablet(line, language="en")
    open_stop(browser, stop)
    unlock(browser, company)
    browser.script("""
        const real = window.fetch;
        window.held = [];
        window.given = [];
        window.fetch = (address, what) => {
            if ((what?.method ?? "GET") !== "GET" && String(address).includes("/downtimes")) window.given.push(String(address));
            if (!String(address).includes("/downtimes?")) return real(address, what);
            return new Promise((go) => window.held.push(() => go(real(address, what))));
        };""")
    tap(browser, "Motor")
    tap(browser, "Fusible")
    browser.until(lambda: browser.script("return window.held.length") > 0, "what the stop is now is not asked")
    browser.find("#lock").click()
    browser.find("#unlock").click()
    unlock(browser, company, "MANAGER")
    browser.script("const held = window.held.splice(0); held.forEach((go) => go());")
    browser.until(lambda: "1 not sent" in browser.find("#unsent p").text, "it is not told")
    assert browser.script("return window.given") == [] and facts(line) == 0
    # The control: its author comes back, and it is sent as his.
    browser.script("setInterval(() => window.held.splice(0).forEach((go) => go()), 50)")
    browser.find("#unsent [data-send]").click()
    enter(browser)
    gone(browser, stop)
    assert stored(line, stop)["justified_by"] == company.client("OPERATOR").read("/auth/me")["user"]["user_id"]
    assert len(browser.script("return window.given")) > 0 and facts(line) == 1
    check_no_script_failed(browser)


@pytest.fixture
def wire(system):
    made = CutWire(system.base)
    yield made
    made.close()


def test_a_page_loaded_without_a_connection_is_shown_with_what_waits(tablet, company, line, wire):
    stop = line.stops()[-2]
    browser = tablet(line, language="en", base=wire.base)
    kept = "return caches.open('camet-station').then((cache) => cache.keys()).then((all) => all.map((one) => one.url))"

    def is_kept():
        paths = browser.script(kept)
        return all(any(path.endswith(name) for path in paths) for name in ("/station", "/station.js", "/station.css"))

    browser.until(is_kept, "the page is not kept")
    assert not any(path.endswith("/board") for path in browser.script(kept))
    open_stop(browser, stop)
    unlock(browser, company)
    wire.cut()
    tap(browser, "Motor")
    tap(browser, "Fusible")
    browser.until(lambda: "1 not sent" in browser.find("#unsent p").text, "it is not told")
    browser.driver.refresh()
    browser.until(lambda: "1 not sent" in browser.find("#unsent p").text, "the page is not shown")
    assert facts(line) == 0 and browser.driver.find_elements("css selector", f"#line-{line.id}") == []
    wire.mend()
    browser.shown(f"#line-{line.id}")
    browser.find("#unsent [data-send]").click()
    enter(browser)
    gone(browser, stop)
    assert stored(line, stop)["incident_id"] == line.incidents["Fusible"]
    check_no_script_failed(browser)


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_a_stop_that_somebody_else_changed_meanwhile_is_asked_about(tablet, company, line, keep):
    stop = line.stops()[-2]
    browser = tablet(line)
    open_stop(browser, stop)
    unlock(browser, company)
    offline(browser, True)
    tap(browser, "Formato")
    tap(browser, "Cambio de molde")
    answer = line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": stop["start"], "end": stop["end"], "incident_id": line.incidents["Fusible"]})
    assert answer.status_code == 200
    offline(browser, False)
    dialog = browser.shown("#conflict[open]")
    assert "Formato · Cambio de molde" in dialog.text and "Motor · Fusible" in dialog.text
    browser.picture(f"station-conflict-{keep}")
    browser.find(f'#conflict [data-keep="{keep}"]').click()
    name = {"mine": "Cambio de molde", "theirs": "Fusible"}[keep]
    browser.until(lambda: stored(line, stop)["incident_id"] == line.incidents[name], "it is not done")
    browser.until(lambda: not browser.find("#undecided").is_displayed(), "it is asked about again")
    check_no_script_failed(browser)


def test_a_revoked_tablet_says_so(tablet, company, line):
    browser = tablet(line, language="en")
    assert len(browser.find("body").text) > len(browser.find("#board").text) > 0
    manager = company.client("MANAGER")
    device = next(one for one in manager.read("/api/v1/devices?limit=1000")["items"]
                  if one["name"] == f"Mesa {line.plant.code}")
    assert manager.delete(f"/api/v1/devices/{device['device_id']}").status_code == 204
    # Nothing happens on the line, and without events the page asks only once a minute.
    browser.until(lambda: "not enrolled any more" in browser.find("#banner").text, "nothing is said", 5 * 5)
    # What says so stays alone.
    assert browser.find("body").text == browser.find("#banner").text
    browser.open("/station")
    # Whose device it was is not known any more: the page speaks the language of the browser.
    assert "Este dispositivo no está habilitado" in browser.find("main").text
    check_no_script_failed(browser)
