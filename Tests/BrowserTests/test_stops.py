"""The page of stops: causes in two taps, edits with what they do to the figures, and nothing lost on the way."""

import re

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from running_line import RunningLine, text

PICKS = "#stop [data-step]:not([hidden]) .pick"
ORDERS = iter(range(1, 1000))


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("floor")


@pytest.fixture
def line(company):
    """A line with three stops of its own that have ended, and one that runs."""
    made = RunningLine(company, code=f"B{next(ORDERS)}")
    for first, last in ((230, 180), (160, 120), (110, 70), (40, 12)):
        made.run(first, last)
    assert [stop["status"] for stop in made.stops()][-4:] == ["closed", "closed", "closed", "ongoing"]
    return made


@pytest.fixture
def visit(open_browser, company):
    """A browser that is signed in and shows a line's stops of the last days."""

    def open_stops(line, who="MANAGER", period="7d", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), f"/downtimes?period={period}&line_id={line.id}")
        browser.shown("#stops-list .stop")
        browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
        return browser

    return open_stops


def row(browser, stop):
    """The row of a stop in the list; None while there is none."""
    found = browser.driver.find_elements("css selector", f'#stops-list [data-start="{stop["start"]}"]')
    return found[0] if found else None


def listed(browser, stop, *words):
    """Waits until the list shows these words for a stop, as the server has it; a part that was just made comes with the next list."""

    def shown():
        found = row(browser, stop)
        return found is not None and all(word in found.text for word in words) and "Sin enviar" not in found.text

    browser.until(shown, f"{words} are not listed")


def open_stop(browser, stop):
    browser.until(lambda: row(browser, stop), "the stop is not listed")
    browser.script(f"""document.querySelector('#stops-list [data-start="{stop["start"]}"]').scrollIntoView({{block: "center"}})""")
    browser.press(lambda: row(browser, stop), "#stop[open]")
    browser.shown("#stop[open]")


def tap(browser, text):
    """Taps what is offered under that name."""
    browser.until(
        lambda: next((one for one in browser.driver.find_elements("css selector", PICKS)
                      if one.is_displayed() and one.text.split("\n")[0] == text), None),
        f"{text} is not offered").click()


def stored(line, stop) -> dict:
    return next(one for one in line.stops() if one["start"] == stop["start"])


def toast(browser, part):
    browser.until(lambda: part in browser.find("#toast p").text, f"{part} is not told")


def facts(line) -> int:
    """How many edits of the line were ever made."""
    return int(line.tenant.system.psql(
        line.tenant.database, f"SELECT count(*) FROM downtime_fact WHERE line_id = {line.id}"))


def check_no_script_failed(browser):
    """As `check_quiet`, where the network is meant to fail."""
    assert browser.script("return window.policyViolations") == []
    assert browser.script("return window.scriptErrors") == []


def offline(browser, is_offline: bool):
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})


# Causes


@pytest.mark.parametrize("width,who", [(390, "OPERATOR"), (1440, "MANAGER")])
def test_a_stop_gets_its_cause_in_two_taps_and_it_is_taken_back_in_one(visit, line, width, who):
    stop = line.stops()[-2]
    browser = visit(line, who, width=width)
    open_stop(browser, stop)
    tap(browser, "Motor")
    tap(browser, "Fusible")
    toast(browser, "Motor · Fusible")
    listed(browser, stop, "Motor · Fusible")
    assert stored(line, stop)["incident_id"] == line.incidents["Fusible"]
    browser.find("#toast [data-undo]").click()
    listed(browser, stop, "Sin justificar")
    assert stored(line, stop)["incident_id"] is None
    browser.check_quiet()


def test_the_panel_follows_the_steps_back_and_on(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    listed_at = browser.driver.current_url
    open_stop(browser, stop)
    opened_at = browser.driver.current_url
    assert opened_at.startswith(f"{listed_at}#stop={line.id}-")
    browser.driver.back()
    browser.until(lambda: not browser.driver.find_elements("css selector", "#stop[open]"), "a step back leaves it open")
    assert browser.driver.current_url == listed_at
    browser.driver.forward()
    browser.shown("#stop[open]")
    assert browser.driver.current_url == opened_at
    browser.check_quiet()


def test_the_cause_given_last_is_one_tap(visit, line):
    first, second = line.stops()[-4:-2]
    browser = visit(line)
    open_stop(browser, first)
    tap(browser, "Formato")
    tap(browser, "Cambio de molde")
    toast(browser, "Cambio de molde")
    open_stop(browser, second)
    assert browser.shown("#stop .latest .pick").text.split("\n")[0] == "Formato · Cambio de molde"
    tap(browser, "Formato · Cambio de molde")
    listed(browser, second, "Cambio de molde")
    browser.check_quiet()


def test_the_keyboard_alone_suffices(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    keys = ActionChains(browser.driver)

    def press(*wanted):
        for key in wanted:
            keys.send_keys(key).perform()
            keys.reset_actions()

    def focused(attribute):
        return browser.script(f"return document.activeElement.getAttribute('{attribute}')")

    for _ in range(80):
        press(Keys.TAB)
        if focused("data-start") == stop["start"] and browser.script(
                "return document.activeElement.closest('#stops-list') !== null"):
            break
    assert focused("data-start") == stop["start"], "no row can be reached"
    press(Keys.ENTER)
    browser.shown("#stop[open]")
    assert focused("data-failure"), "nothing to choose has the focus"
    press(Keys.ARROW_RIGHT, Keys.ENTER)
    browser.until(lambda: focused("data-incident"), "the incidents are not reached")
    press(Keys.ESCAPE)
    browser.until(lambda: focused("data-failure"), "there is no way back")
    press("3")
    browser.until(lambda: focused("data-incident"), "a digit chooses nothing")
    press("2")
    listed(browser, stop, "Motor · Rodamiento")
    assert focused("data-start") == stop["start"], "the focus is lost"
    browser.check_quiet()


def test_a_note_is_kept_with_the_cause_and_alone(visit, line):
    first, second = line.stops()[-4:-2]
    browser = visit(line, "OPERATOR")
    open_stop(browser, first)
    browser.find("#note-form textarea").send_keys("<b>se trabó</b>")
    tap(browser, "Motor")
    tap(browser, "Rodamiento")
    listed(browser, first, "<b>se trabó</b>")
    open_stop(browser, second)
    browser.find("#note-form textarea").send_keys("limpieza")
    browser.find("#note-form button").click()
    listed(browser, second, "limpieza")
    assert (stored(line, second)["incident_id"], stored(line, second)["reason"]) == (None, "limpieza")
    browser.check_quiet()


def test_a_running_stop_gets_its_cause_ends_by_itself_and_is_in_the_pareto(visit, line):
    stop = line.stops()[-1]
    browser = visit(line, "OPERATOR", width=390)
    age = browser.until(lambda: row(browser, stop).find_element("css selector", "time").text, "its age is not told")
    browser.until(lambda: row(browser, stop).find_element("css selector", "time").text != age, "it does not count up")
    open_stop(browser, stop)
    tap(browser, "Materiales")
    tap(browser, "Sin cartón")
    listed(browser, stop, "Sin cartón", "En curso")
    line.unit()
    browser.until(lambda: "En curso" not in row(browser, stop).text, "it does not end")
    listed(browser, stop, "Sin cartón")
    ended = stored(line, stop)
    assert (ended["status"], ended["incident_id"]) == ("closed", line.incidents["Sin cartón"])
    browser.until(lambda: "Falta de material" in browser.find("#stops-pareto").text, "the Pareto does not show it")
    browser.check_quiet()


# Edits


def test_a_stop_is_split_by_dragging_and_put_together_again(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    browser.find("#split summary").click()
    browser.shown("#split .effect .is-changed")
    before = browser.find("#cut-time").get_attribute("value")
    bar = browser.find("#cut")
    ActionChains(browser.driver).move_to_element(browser.find(".cut-handle")).click_and_hold().move_by_offset(
        -bar.size["width"] // 4, 0).release().perform()
    browser.until(lambda: browser.find("#cut-time").get_attribute("value") < before, "the mark does not move")
    assert facts(line) == 0
    button = browser.find('[data-do="split"]')
    browser.until(button.is_enabled, "it cannot be saved")
    assert "Paradas" in browser.find("#split .effect").text
    button.click()
    toast(browser, "Parada dividida")
    halves = [one for one in line.stops() if stop["start"] <= one["start"] < stop["end"]]
    assert [one["source"] for one in halves] == ["registered", "registered"]
    assert halves[0]["end"] == halves[1]["start"] and halves[1]["end"] == stop["end"]
    assert halves[0]["duration_seconds"] < halves[1]["duration_seconds"]
    browser.until(lambda: row(browser, halves[1]), "the second part is not listed")
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, halves[1]) is None, "the parts stay")
    assert stored(line, stop)["end"] == stop["end"]
    browser.check_quiet()


def test_a_stop_is_split_where_a_time_is_typed_or_the_mark_is_moved_by_keys(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    browser.find("#split summary").click()
    browser.shown("#split .effect .is-changed")

    def typed(value):
        browser.script(f"""const input = document.getElementById("cut-time"); input.value = "{value}";
                           input.dispatchEvent(new Event("input"))""")

    value = browser.find("#cut-time").get_attribute("value")
    typed("2001-01-01T00:00:00")
    browser.until(lambda: "dentro de la parada" in browser.find("#stop-fault").text, "nothing is said")
    assert not browser.find('[data-do="split"]').is_enabled()
    typed(value)
    browser.until(lambda: browser.find('[data-do="split"]').is_enabled(), "it cannot be saved")
    browser.find(".cut-handle").send_keys(Keys.ARROW_RIGHT)
    moved = browser.find("#cut-time").get_attribute("value")
    assert moved > value
    browser.until(lambda: browser.find('[data-do="split"]').is_enabled(), "it cannot be saved")
    browser.find('[data-do="split"]').click()
    toast(browser, "Parada dividida")
    assert len([one for one in line.stops() if stop["start"] <= one["start"] < stop["end"]]) == 2
    browser.check_quiet()


def test_stops_are_merged_and_the_edit_is_taken_back(visit, line):
    first, second = line.stops()[-4:-2]
    browser = visit(line)
    open_stop(browser, first)
    browser.find("#merge summary").click()
    browser.shown("#neighbours .pick")
    picks = browser.driver.find_elements("css selector", "#neighbours .pick")
    picks[-2 if len(picks) > 2 else -1].click()
    browser.shown("#merge .effect .is-changed")
    assert facts(line) == 0
    button = browser.find('[data-do="merge"]')
    browser.until(button.is_enabled, "it cannot be saved")
    button.click()
    toast(browser, "Paradas unidas")
    merged = stored(line, first)
    assert merged["source"] == "registered" and merged["end"] >= second["end"]
    browser.until(lambda: row(browser, second) is None, "the second stop is still listed")
    open_stop(browser, merged)
    browser.find("#take-back summary").click()
    browser.shown("#take-back .effect .is-changed")
    button = browser.find('[data-do="undo"]')
    browser.until(button.is_enabled, "it cannot be taken back")
    button.click()
    browser.until(lambda: row(browser, second), "the second stop is not back")
    assert stored(line, first)["end"] == first["end"]
    browser.check_quiet()


# Live, and others who do the same


def test_new_stops_appear_and_what_is_being_typed_stays(visit, line):
    stop, running = line.stops()[-2:]
    browser = visit(line, "OPERATOR")
    open_stop(browser, stop)
    field = browser.find("#note-form textarea")
    field.send_keys("a medio escri")
    line.unit()
    browser.until(lambda: "En curso" not in row(browser, running).text, "the board does not follow")
    field.send_keys("bir")
    assert field.get_attribute("value") == "a medio escribir"
    assert browser.script("return document.activeElement.name") == "reason"
    assert browser.find("#stop").is_displayed()
    browser.check_quiet()


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_a_stop_that_somebody_else_justified_meanwhile_is_asked_about(visit, line, keep):
    stop = line.stops()[-2]
    browser = visit(line, "OPERATOR")
    open_stop(browser, stop)
    answer = line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": stop["start"], "end": stop["end"], "incident_id": line.incidents["Fusible"]})
    assert answer.status_code == 200
    browser.until(lambda: "Motor · Fusible" in browser.find("#stop-notice").text, "the change is not told")
    tap(browser, "Formato")
    tap(browser, "Cambio de molde")
    dialog = browser.shown("#conflict[open]")
    assert "Formato · Cambio de molde" in dialog.text and "Motor · Fusible" in dialog.text
    assert stored(line, stop)["incident_id"] == line.incidents["Fusible"]
    browser.find(f'#conflict [data-keep="{keep}"]').click()
    name = {"mine": "Cambio de molde", "theirs": "Fusible"}[keep]
    listed(browser, stop, name)
    assert stored(line, stop)["incident_id"] == line.incidents[name]
    assert not browser.find("#undecided").is_displayed()
    # The refused try is told by the console, and by nothing else.
    assert [entry for entry in browser.console() if "412" not in entry] == []
    check_no_script_failed(browser)


def test_a_cause_for_a_stop_that_somebody_split_meanwhile_is_asked_about(visit, line):
    stop = line.stops()[-2]
    line.manager.post("/api/v1/downtimes/recalculate", {
        "line_id": line.id, "from": text(line.ago(300)), "to": text(line.ago(0))})
    number = stored(line, stop)["event_id"]
    browser = visit(line, "OPERATOR")
    open_stop(browser, stop)
    answer = line.manager.post(f"/api/v1/downtimes/{line.id}/{number}/split", {"at": text(line.ago(60))})
    assert answer.status_code == 200, answer.text
    halves = answer.json()["items"]
    tap(browser, "Motor")
    tap(browser, "Fusible")
    dialog = browser.shown("#conflict[open]")
    assert "ya no existe" in dialog.text and "Motor · Fusible" in dialog.text
    assert [stored(line, half)["incident_id"] for half in halves] == [None, None]
    browser.find('#conflict [data-keep="mine"]').click()
    # The part that shares most time with the stop as it was.
    longer = max(halves, key=lambda half: half["duration_seconds"])
    listed(browser, longer, "Motor · Fusible")
    assert [half["start"] for half in halves if stored(line, half)["incident_id"]] == [longer["start"]]
    check_no_script_failed(browser)


def test_what_is_entered_without_a_connection_is_kept_and_sent_once(visit, line):
    first, second = line.stops()[-4:-2]
    browser = visit(line, "OPERATOR", width=390)
    offline(browser, True)
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "offline", "the loss is not shown")
    for stop in (first, second):
        open_stop(browser, stop)
        tap(browser, "Motor")
        tap(browser, "Fusible")
        browser.until(lambda: "Sin enviar" in row(browser, stop).text, "it is not marked")
    assert "2 sin enviar" in browser.shown("#unsent").text
    browser.picture("stops-unsent-390")
    assert facts(line) == 0
    offline(browser, False)
    for stop in (first, second):
        listed(browser, stop, "Motor · Fusible")
    browser.until(lambda: not browser.find("#unsent").is_displayed(), "it is still called unsent")
    assert [stored(line, stop)["incident_id"] for stop in (first, second)] == [line.incidents["Fusible"]] * 2
    assert facts(line) == 2
    check_no_script_failed(browser)


def test_what_is_not_sent_outlives_the_page_and_is_nobody_elses(visit, line, company):
    stop = line.stops()[-2]
    browser = visit(line, "OPERATOR")
    browser.driver.execute_cdp_cmd("Network.enable", {})
    block = {"urls": ["*/api/v1/downtimes*"]}
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", block)
    open_stop(browser, stop)
    tap(browser, "Motor")
    tap(browser, "Rodamiento")
    assert "1 sin enviar" in browser.shown("#unsent").text
    browser.driver.refresh()
    assert "1 sin enviar" in browser.shown("#unsent").text
    # Another person of the same browser has another box.
    browser.shown("#stops-list .stop")
    browser.find(".menu-account > summary").click()
    browser.shown(".menu-end button").click()
    browser.until(lambda: "/login" in browser.driver.current_url, "still signed in")
    browser.open_as(company.user("MANAGER"), f"/downtimes?period=7d&line_id={line.id}")
    browser.shown("#stops-list .stop")
    assert not browser.find("#unsent").is_displayed()
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    browser.find(".menu-account > summary").click()
    browser.shown(".menu-end button").click()
    browser.until(lambda: "/login" in browser.driver.current_url, "still signed in")
    assert facts(line) == 0
    browser.open_as(company.user("OPERATOR"), f"/downtimes?period=7d&line_id={line.id}")
    browser.shown("#stops-list .stop")
    listed(browser, stop, "Motor · Rodamiento")
    assert facts(line) == 1
    check_no_script_failed(browser)


# The address, rights and looks


def test_the_address_is_the_view(visit, line):
    browser = visit(line)
    browser.find('.tabs [data-tab="ongoing"]').click()
    browser.until(lambda: len(browser.driver.find_elements("css selector", "#stops-list .stop")) == 1, "not narrowed")
    address = browser.driver.current_url
    assert f"line_id={line.id}" in address and "state=ongoing" in address
    browser.driver.get(address)
    browser.shown("#stops-list .stop")
    assert len(browser.driver.find_elements("css selector", "#stops-list .stop")) == 1
    assert browser.find('.tabs [aria-current="page"]').text == "En curso"
    browser.check_quiet()


def test_a_viewer_looks_and_changes_nothing(visit, line):
    browser = visit(line, "VIEWER")
    open_stop(browser, line.stops()[-2])
    assert "Sin justificar" in browser.find("#stop").text
    assert browser.driver.find_elements("css selector", "#stop .pick, #stop textarea, #stop [data-do]") == []
    browser.check_quiet()


@pytest.mark.parametrize("language,words", [("es", "¿Qué falló?"), ("en", "What failed?")])
def test_a_stop_is_opened_on_the_timeline_in_both_languages(visit, line, language, words):
    browser = visit(line)
    browser.script(f"document.cookie = 'camet_language={language}; Path=/'")
    browser.driver.refresh()
    browser.shown("#stops-list .stop")
    stop = line.stops()[-2]
    mark = browser.find(f'[data-open="{line.id}:{stop["start"]}"]')
    browser.script(f"document.querySelector('[data-open=\"{line.id}:{stop['start']}\"]').scrollIntoView()")
    ActionChains(browser.driver).move_to_element(mark).click().perform()
    browser.shown("#stop[open]")
    assert words in browser.find("#stop").text
    # The address names it.
    address = browser.driver.current_url
    assert f"#stop={line.id}-" in address
    browser.driver.refresh()
    browser.shown("#stop[open]")
    assert browser.driver.current_url == address
    browser.find("#stop [data-close]").click()
    browser.until(lambda: "#" not in browser.driver.current_url, "the address still names it")
    browser.check_quiet()


@pytest.mark.parametrize("width,height", [(390, 844), (1440, 1000)])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_board_and_panel_fit_the_window_in_both_looks(visit, line, width, height, dark):
    look = "dark" if dark else "light"
    line.manager.post("/api/v1/downtimes/justify", {
        "line_id": line.id, "start": line.stops()[-3]["start"], "end": line.stops()[-3]["end"],
        "incident_id": line.incidents["Cambio de molde"], "reason": "Cambio a botella de 500 ml"})
    browser = visit(line, width=width, height=height, dark=dark)
    browser.picture(f"stops-{width}-{look}")
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, "the page scrolls sideways"
    open_stop(browser, line.stops()[-2])
    browser.picture(f"stops-panel-{width}-{look}")
    browser.find("#split summary").click()
    browser.shown("#split .effect .is-changed")
    browser.script("document.getElementById('split').scrollIntoView()")
    browser.picture(f"stops-split-{width}-{look}")
    wide, window = browser.script("const one = document.getElementById('stop'); return [one.scrollWidth, one.clientWidth]")
    assert wide <= window, "the panel scrolls sideways"
    back = [int(part) for part in re.findall(r"\d+", browser.script(
        "return getComputedStyle(document.getElementById('stop')).backgroundColor"))[:3]]
    assert (sum(back) < 3 * 128) == dark, back
    browser.check_quiet()
