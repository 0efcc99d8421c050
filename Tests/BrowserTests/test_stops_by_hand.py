"""Stops that people enter, whose times they change and that they delete: what it does is seen first, and nothing is done twice."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from running_line import RunningLine, text
from test_stops import check_no_script_failed, facts, listed, offline, open_stop, row, stored, toast

ORDERS = iter(range(1, 1000))
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("by-hand")


@pytest.fixture
def line(company):
    """A line with two stops of its own that have ended, and one that runs."""
    made = RunningLine(company, code=f"H{next(ORDERS)}")
    for first, last in ((200, 120), (110, 70), (40, 12)):
        made.run(first, last)
    return made


@pytest.fixture
def visit(open_browser, company):
    """A browser that is signed in and shows the stops of the last days, of one line or of all."""

    def open_stops(line=None, who="MANAGER", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), "/downtimes?period=7d" + (f"&line_id={line.id}" if line else ""))
        browser.shown("#stops-list .stop")
        browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
        return browser

    return open_stops


def clock(moment: datetime) -> str:
    """A moment as the fields have it, on the plant's clock."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def fill(browser, selector: str, value: str) -> None:
    browser.driver.execute_script(
        "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}));", selector, value)


def open_form(browser):
    browser.press(lambda: browser.shown("[data-enter]"), "#enter[open]")
    browser.shown("#enter[open]")


def type_times(browser, start: datetime, end: datetime | None, form: str = "#enter") -> None:
    fill(browser, f"{form} [name=start]", clock(start))
    if end is not None:
        fill(browser, f"{form} [name=end]", clock(end))


def effect(browser, place: str = "#enter"):
    """What is told of the figures, once it is."""
    browser.until(lambda: browser.find(f"{place} .effect .is-changed").is_displayed(), "no effect is told")
    return browser.find(f"{place} .effect")


def fault(browser, name: str, form: str = "#enter") -> str:
    return browser.shown(f'{form} [data-fault="{name}"]').text


def cause(browser, failure: str, incident: str) -> None:
    for name in (failure, incident):
        browser.until(
            lambda: next(one for one in browser.driver.find_elements("css selector", "#enter .pick")
                         if one.is_displayed() and one.text.split("\n")[0] == name), f"{name} is not offered").click()


def unfold(browser, part: str) -> None:
    """Opens a part of the panel; what it begins with is there then."""
    browser.driver.execute_async_script("""
        const [selector, done] = arguments;
        const part = document.querySelector(selector);
        part.scrollIntoView({block: "center"});
        part.addEventListener("toggle", () => done(), {once: true});
        part.querySelector("summary").click();""", part)


def press_done(browser, edit: str) -> None:
    button = browser.find(f'[data-do="{edit}"]')
    browser.until(button.is_enabled, "it cannot be done")
    browser.script(f"""document.querySelector('[data-do="{edit}"]').scrollIntoView({{block: "center"}})""")
    button.click()


# What is in the way of times is told by a request of its own: its answer is held, and is all there when it is let go.
HOLD_WHAT_IS_IN_THE_WAY = """
    const real = window.fetch;
    window.fetch = async (address, options) => {
        const answer = await real(address, options);
        if (options?.method !== "GET" || !String(address).includes("/downtimes?line_id=")) return answer;
        const text = await answer.text();
        answer.text = async () => text;
        await new Promise((go) => { window.letGo = go; });
        return answer;
    };"""


def comes_late(browser) -> None:
    """Lets go what is held; what comes of it is done when this ends."""
    browser.driver.execute_async_script("window.letGo(); setTimeout(arguments[0]);")


def registered(line) -> list[dict]:
    return [stop for stop in line.stops() if stop["source"] == "registered"]


# Entering


@pytest.mark.parametrize("width,who", [(390, "OPERATOR"), (1440, "MANAGER")])
def test_a_stop_is_entered_after_its_effect_was_seen_and_taken_back(visit, line, width, who):
    browser = visit(line, who, width=width)
    open_form(browser)
    assert browser.find("#enter [name=line_id]").get_attribute("value") == str(line.id)
    assert "Buenos Aires (UTC−3)" in browser.find("#enter [data-times] [data-clock]").text
    names = browser.script("return [...document.querySelectorAll('#enter option')].map((one) => one.text)")
    assert f"{line.plant.code} · Line {line.plant.code}" in names and all(" · " in name for name in names[1:]), names
    start, end = line.ago(100), line.ago(95)
    type_times(browser, start, end)
    told = effect(browser).text
    assert all(word in told for word in ("Disponibilidad", "OEE", "Tiempo parado")), told
    cause(browser, "Motor", "Fusible")
    browser.find("#enter textarea").send_keys("<b>se trabó</b>")
    assert facts(line) == 0, "nothing is stored yet"
    browser.find("#enter [type=submit]").click()
    toast(browser, "Parada registrada")
    (made,) = registered(line)
    assert (made["start"], made["end"]) == tuple(text(one).replace(".000Z", "Z") for one in (start, end))
    assert (made["incident_id"], made["reason"]) == (line.incidents["Fusible"], "<b>se trabó</b>")
    listed(browser, made, "Motor · Fusible")
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, made) is None, "it is still listed")
    assert registered(line) == []
    browser.check_quiet()


def test_a_stop_is_entered_by_the_keyboard_alone(visit, line):
    browser = visit(line, "OPERATOR")
    active = lambda: browser.driver.switch_to.active_element  # noqa: E731

    def tab_to(selector: str, most: int = 80) -> None:
        for _ in range(most):
            ActionChains(browser.driver).send_keys(Keys.TAB).perform()
            if browser.script(f"return document.activeElement.matches('{selector}')"):
                return
        raise AssertionError(f"{selector} is not reached")

    tab_to("[data-enter]")
    active().send_keys(Keys.ENTER)
    browser.shown("#enter[open]")
    assert active().get_attribute("name") == "start", "the line is chosen, so the start comes first"
    before = active().get_attribute("value")
    tab_to('#enter [data-move="-5"]')
    active().send_keys(Keys.SPACE)
    assert browser.find("#enter [name=start]").get_attribute("value") < before
    tab_to("#enter [data-failure]")
    ActionChains(browser.driver).send_keys("2").perform()
    browser.until(lambda: active().get_attribute("data-incident"), "the incidents are not reached")
    active().send_keys(Keys.ESCAPE)
    browser.until(lambda: active().get_attribute("data-failure"), "there is no way back")
    ActionChains(browser.driver).send_keys("3").perform()
    ActionChains(browser.driver).send_keys("2").perform()
    assert "Motor · Rodamiento" in browser.shown("#enter .given").text
    tab_to("#enter textarea")
    active().send_keys("a mano")
    tab_to("#enter [type=submit]")
    active().send_keys(Keys.ENTER)
    toast(browser, "Parada registrada")
    (made,) = registered(line)
    assert (made["incident_id"], made["reason"]) == (line.incidents["Rodamiento"], "a mano")
    assert browser.script("return document.activeElement.matches('[data-enter]')"), "the focus is lost"
    browser.check_quiet()


def test_what_is_wrong_is_said_beside_its_field(visit, line, company):
    RunningLine(company, code=f"H{next(ORDERS)}")
    browser = visit(None, "OPERATOR")
    open_form(browser)
    # Sent before what was typed is tried out, which would be after 400 ms; timers end in their order.
    browser.driver.execute_async_script("""
        const done = arguments[0];
        const field = document.querySelector("#enter [name=start]");
        field.value = "";
        field.dispatchEvent(new Event("input", {bubbles: true}));
        setTimeout(done, 401);
        document.querySelector("#enter [type=submit]").click();""")
    assert fault(browser, "line_id") == "Elija una línea"
    assert fault(browser, "start") == "Escriba el día y la hora."
    assert browser.script("return document.activeElement.name") == "line_id"
    browser.script(f"""const field = document.querySelector("#enter [name=line_id]"); field.value = "{line.id}";
                       field.dispatchEvent(new Event("change", {{bubbles: true}}))""")
    type_times(browser, line.ago(95), line.ago(100))
    assert fault(browser, "end") == "El fin tiene que ser posterior al inicio."
    assert browser.find("#enter [name=end]").get_attribute("aria-invalid") == "true"
    type_times(browser, line.ago(100), datetime.now(ZONE) + timedelta(hours=2))
    browser.until(lambda: fault(browser, "end") == "Esa hora todavía no llegó.", "a time to come is taken")
    assert facts(line) == 0
    # What is right is taken.
    type_times(browser, line.ago(100), line.ago(95))
    effect(browser)
    assert not browser.find('#enter [data-fault="end"]').is_displayed()
    assert browser.find("#enter [name=end]").get_attribute("aria-invalid") is None
    browser.check_quiet()


def test_only_lines_that_are_shown_are_offered(visit, line, company):
    other = RunningLine(company, code=f"H{next(ORDERS)}")
    other.run(30, 10)
    browser = visit(line)

    def offered() -> set[str]:
        open_form(browser)
        found = browser.script("return [...document.querySelectorAll('#enter [name=line_id] option')]"
                               ".filter((one) => one.value && !one.disabled).map((one) => one.value)")
        browser.find("#enter [data-close]").click()
        return set(found)

    assert offered() == {str(line.id)}
    browser.script("const all = document.querySelector('#filters [name=line_id]'); all.value = '';"
                   "all.dispatchEvent(new Event('change', {bubbles: true}))")
    # The page is another one then, and nothing moves under the pointer any more.
    browser.shown(f'#stops-list [data-line="{other.id}"]')
    assert {str(line.id), str(other.id)} <= offered()


def test_the_times_offered_are_on_the_clock_of_the_plant_unless_somebody_typed(visit, line, company):
    # Of one line alone it would be the form's from the beginning.
    RunningLine(company, code=f"H{next(ORDERS)}").run(30, 10)
    browser = visit()
    browser.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    open_form(browser)

    def end() -> str:
        return browser.find("#enter [name=end]").get_attribute("value")

    def choose(value: str) -> None:
        browser.driver.execute_script(
            "const field = document.querySelector('#enter [name=line_id]'); field.value = arguments[0];"
            "for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, {bubbles: true}));", value)

    def is_now() -> bool:
        return abs(datetime.fromisoformat(end()).replace(tzinfo=ZONE) - datetime.now(ZONE)) < timedelta(minutes=10)

    assert not is_now()
    choose(str(line.id))
    browser.until(is_now, "the times stay on the clock of the device")
    # What was typed stays.
    browser.find("#enter [data-close]").click()
    open_form(browser)
    choose("")
    type_times(browser, line.ago(90), line.ago(85))
    choose(str(line.id))
    assert end() in (clock(line.ago(85)), clock(line.ago(85)).removesuffix(":00"))
    browser.check_quiet()


def test_another_stop_in_that_time_is_named_and_opened(visit, line):
    answer = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95)), "incident_id": line.incidents["Fusible"]})
    assert answer.status_code == 201
    browser = visit(line, "OPERATOR")
    open_form(browser)
    type_times(browser, line.ago(97), line.ago(90))
    browser.until(lambda: "Otra parada registrada" in browser.find("#enter-fault").text, "the other one is not named")
    told = browser.find("#enter-fault").text
    assert "Motor · Fusible" in told and line.ago(100).astimezone(ZONE).strftime("%H:%M") in told
    browser.find("#enter-fault a").click()
    browser.shown("#stop[open]")
    assert "Motor · Fusible" in browser.find("#stop").text and not browser.find("#enter").is_displayed()
    # What was typed is still there, and may be put right.
    browser.find("#stop [data-close]").click()
    open_form(browser)
    assert browser.find("#enter [name=end]").get_attribute("value").startswith(clock(line.ago(90))[:16])
    fill(browser, "#enter [name=start]", clock(line.ago(95)))
    effect(browser)
    assert not browser.find("#enter-fault").is_displayed()
    browser.find("#enter [type=submit]").click()
    toast(browser, "Parada registrada")
    assert len(registered(line)) == 2
    # The refused trials are told by the console, and by nothing else.
    assert [entry for entry in browser.console() if "409" not in entry] == []
    check_no_script_failed(browser)


def test_what_is_in_the_way_of_other_times_is_not_said_of_those_typed_since(visit, line):
    line.manager.post("/api/v1/downtimes", {"line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))})
    browser = visit(line, "OPERATOR")
    open_form(browser)
    browser.script(HOLD_WHAT_IS_IN_THE_WAY)
    type_times(browser, line.ago(97), line.ago(90))
    browser.until(lambda: browser.script("return Boolean(window.letGo)"), "nobody asks what is in the way")
    type_times(browser, line.ago(90), line.ago(85))
    effect(browser)
    comes_late(browser)
    assert not browser.find("#enter-fault").is_displayed()
    assert browser.find("#enter .effect .is-changed").is_displayed()
    assert [entry for entry in browser.console() if "409" not in entry] == []
    check_no_script_failed(browser)


def test_a_stop_of_another_day_that_is_in_the_way_is_opened_too(visit, line):
    line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))})
    browser = visit(line)
    browser.find('.tabs [data-tab="ongoing"]').click()
    browser.until(lambda: len(browser.driver.find_elements("css selector", "#stops-list .stop")) == 1, "not narrowed")
    # The board has it in none of its parts.
    browser.script("document.getElementById('stops-backlog').remove()")
    open_form(browser)
    type_times(browser, line.ago(97), line.ago(90))
    browser.until(lambda: browser.find("#enter-fault a").is_displayed(), "the other one is not named")
    browser.find("#enter-fault a").click()
    browser.shown("#stop[open]")
    assert f"line_id={line.id}" in browser.driver.current_url and "state=" not in browser.driver.current_url


def test_a_line_that_still_stands_is_entered_without_an_end_and_closed_later(visit, line):
    line.unit()
    browser = visit(line)
    open_form(browser)
    type_times(browser, line.ago(5), None)
    browser.find("#enter [name=open]").click()
    assert "un responsable" in browser.shown("#enter [data-while-open]").text
    assert not browser.find("#enter [name=end]").is_enabled()
    effect(browser)
    browser.find("#enter [type=submit]").click()
    toast(browser, "hasta ahora")
    (made,) = registered(line)
    assert (made["status"], made["end"]) == ("ongoing", None)
    line.unit()
    open_stop(browser, made)
    unfold(browser, "#change-times")
    browser.find("#change-times [name=open]").click()
    fill(browser, "#change-times [name=end]", clock(line.ago(2)))
    effect(browser, "#change-times")
    press_done(browser, "times")
    toast(browser, "Horas corregidas")
    assert [one["end"] for one in registered(line)] == [text(line.ago(2)).replace(".000Z", "Z")]
    browser.check_quiet()


def test_who_entered_a_stop_that_is_open_closes_it(visit, line):
    line.unit()
    answer = line.tenant.client("OPERATOR").post(
        "/api/v1/downtimes", {"line_id": line.id, "start": text(line.ago(5)), "end": None})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    others = line.stops()[-2]
    browser = visit(line, "OPERATOR", width=390)
    open_stop(browser, others)
    assert not browser.find("#change-times").is_displayed()
    browser.find("#stop [data-close]").click()
    line.unit()
    open_stop(browser, made)
    unfold(browser, "#change-times")
    assert browser.find("#change-times [name=start]").get_attribute("readonly")
    browser.find("#change-times [name=open]").click()
    fill(browser, "#change-times [name=end]", clock(line.ago(2)))
    effect(browser, "#change-times")
    press_done(browser, "times")
    toast(browser, "Horas corregidas")
    (closed,) = registered(line)
    assert (closed["start"], closed["end"]) == (made["start"], text(line.ago(2)).replace(".000Z", "Z"))
    browser.check_quiet()


def test_without_a_connection_it_is_refused_and_what_was_typed_stays(visit, line):
    browser = visit(line, "OPERATOR", width=390)
    open_form(browser)
    type_times(browser, line.ago(100), line.ago(95))
    effect(browser)
    offline(browser, True)
    browser.find("#enter [type=submit]").click()
    browser.until(lambda: "Sin conexión" in browser.find("#enter-fault").text, "nothing is said")
    assert facts(line) == 0
    offline(browser, False)
    browser.find("#enter [type=submit]").click()
    toast(browser, "Parada registrada")
    assert facts(line) == 1
    check_no_script_failed(browser)


def test_an_answer_that_was_lost_enters_no_second_stop(visit, line):
    browser = visit(line, "OPERATOR")
    open_form(browser)
    type_times(browser, line.ago(100), line.ago(95))
    effect(browser)
    browser.script("""
        const real = window.fetch;
        window.fetch = async (address, options) => {
          if (options?.method !== "POST" || !String(address).endsWith("/downtimes")) return real(address, options);
          window.fetch = real;
          await real(address, options);
          throw new TypeError("lost");
        };""")
    browser.find("#enter [type=submit]").click()
    browser.until(lambda: "Sin conexión" in browser.find("#enter-fault").text, "nothing is said")
    assert facts(line) == 1
    browser.find("#enter [type=submit]").click()
    toast(browser, "Parada registrada")
    assert facts(line) == 1 and len(registered(line)) == 1
    # Another one is another one.
    open_form(browser)
    type_times(browser, line.ago(90), line.ago(85))
    effect(browser)
    browser.find("#enter [type=submit]").click()
    browser.until(lambda: facts(line) == 2, "the second one is not entered")
    browser.check_quiet()


def test_what_was_entered_and_taken_back_is_entered_again(visit, line):
    browser = visit(line, "OPERATOR")
    start, end = line.ago(100), line.ago(95)
    for _ in range(2):
        open_form(browser)
        type_times(browser, start, end)
        effect(browser)
        browser.find("#enter [type=submit]").click()
        toast(browser, "Parada registrada")
        browser.until(lambda: len(registered(line)) == 1, "it is not stored")
        (made,) = registered(line)
        listed(browser, made)
        browser.find("#toast [data-undo]").click()
        browser.until(lambda: registered(line) == [], "it is not taken back")
        browser.until(lambda: row(browser, made) is None, "it is still listed")
    browser.check_quiet()


# Other times


def test_times_are_changed_by_typing_and_by_minutes_and_taken_back(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#change-times")
    assert "Buenos Aires (UTC−3)" in browser.find("#change-times [data-times] [data-clock]").text
    fill(browser, "#change-times [name=start]", clock(line.ago(65)))
    browser.find('#change-times .field-and-fault:nth-of-type(2) [data-move="-5"]').click()
    told = effect(browser, "#change-times").text
    assert "Disponibilidad" in told and "Tiempo parado" in told
    assert facts(line) == 0
    press_done(browser, "times")
    toast(browser, "Horas corregidas")
    (changed,) = registered(line)
    assert changed["start"] == text(line.ago(65)).replace(".000Z", "Z")
    assert changed["end"] == text(line.ago(45)).replace(".000Z", "Z")
    browser.until(lambda: row(browser, changed), "it is not listed")
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, stop), "the times are not back")
    assert registered(line) == [] and stored(line, stop)["end"] == stop["end"]
    browser.check_quiet()


def test_wrong_times_are_said_beside_their_field_and_nothing_is_sent(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#change-times")
    fill(browser, "#change-times [name=end]", clock(line.ago(80)))
    assert fault(browser, "end", "#change-times") == "El fin tiene que ser posterior al inicio."
    assert not browser.find('[data-do="times"]').is_enabled()
    fill(browser, "#change-times [name=end]", clock(line.ago(50)))
    effect(browser, "#change-times")
    assert not browser.find('#change-times [data-fault="end"]').is_displayed()
    # Times as they are change nothing.
    fill(browser, "#change-times [name=end]", clock(line.ago(40)))
    browser.until(lambda: not browser.find("#change-times .effect").is_displayed(), "an effect is told of nothing")
    for step in ("1", "-1"):
        browser.find(f'#change-times .field-and-fault:nth-of-type(1) [data-move="{step}"]').click()
    browser.until(lambda: not browser.find("#change-times .effect").is_displayed(), "an effect is told of nothing")
    assert not browser.find('[data-do="times"]').is_enabled()
    assert facts(line) == 0
    browser.check_quiet()


def test_times_over_another_stop_name_it(visit, line):
    line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95)), "incident_id": line.incidents["Fusible"]})
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#change-times")
    fill(browser, "#change-times [name=start]", clock(line.ago(96)))
    browser.until(lambda: "Motor · Fusible" in browser.find("#stop-fault").text, "the other one is not named")
    assert not browser.find('[data-do="times"]').is_enabled()
    browser.find("#stop-fault a").click()
    browser.until(lambda: "Motor · Fusible" in browser.find('#stop [data-show="cause"]').text, "it is not opened")
    assert [entry for entry in browser.console() if "409" not in entry] == []
    check_no_script_failed(browser)


def test_what_is_in_the_way_of_a_stop_is_not_said_of_the_times_typed_since(visit, line):
    line.manager.post("/api/v1/downtimes", {"line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))})
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(90)), "end": text(line.ago(85))}).json()
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#change-times")
    browser.script(HOLD_WHAT_IS_IN_THE_WAY)
    fill(browser, "#change-times [name=start]", clock(line.ago(97)))
    browser.until(lambda: browser.script("return Boolean(window.letGo)"), "nobody asks what is in the way")
    fill(browser, "#change-times [name=start]", clock(line.ago(92)))
    effect(browser, "#change-times")
    comes_late(browser)
    assert not browser.find("#stop-fault").is_displayed()
    assert browser.find('[data-do="times"]').is_enabled()
    assert [entry for entry in browser.console() if "409" not in entry] == []
    check_no_script_failed(browser)


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_times_that_somebody_else_changed_meanwhile_are_asked_about(visit, line, keep):
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))}).json()
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#change-times")
    fill(browser, "#change-times [name=end]", clock(line.ago(90)))
    effect(browser, "#change-times")
    answer = line.manager.send("PATCH", f"/api/v1/downtimes/{line.id}/{made['event_id']}", json={"end": text(line.ago(97))})
    assert answer.status_code == 200, answer.text
    browser.until(lambda: "cambió" in browser.find("#stop-notice").text, "the change is not told")
    press_done(browser, "times")
    dialog = browser.shown("#conflict[open]")
    mine, theirs = (line.ago(minutes).astimezone(ZONE).strftime("%H:%M") for minutes in (90, 97))
    assert mine in dialog.find_element("css selector", '[data-show="mine"]').text
    assert theirs in dialog.find_element("css selector", '[data-show="theirs"]').text
    before = facts(line)
    browser.find(f'#conflict [data-keep="{keep}"]').click()
    if keep == "mine":
        toast(browser, "Horas corregidas")
        assert facts(line) == before + 1
    else:
        browser.until(lambda: not browser.find("#conflict").is_displayed(), "it still asks")
        assert facts(line) == before
    expected = text(line.ago(90 if keep == "mine" else 97)).replace(".000Z", "Z")
    assert [one["end"] for one in registered(line)] == [expected]
    assert [entry for entry in browser.console() if "412" not in entry] == []
    check_no_script_failed(browser)


def test_a_running_stop_that_ends_while_its_start_is_changed_keeps_its_end(visit, line):
    stop = line.stops()[-1]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#change-times")
    assert browser.find("#change-times [name=open]").is_selected()
    line.unit()
    browser.until(lambda: "terminó" in browser.find("#stop-notice").text, "the end is not told")
    ended = stored(line, stop)
    fill(browser, "#change-times [name=start]", clock(line.ago(10)))
    effect(browser, "#change-times")
    assert not browser.find("#change-times [name=open]").is_selected()
    press_done(browser, "times")
    toast(browser, "Horas corregidas")
    (changed,) = registered(line)
    assert (changed["start"], changed["end"]) == (text(line.ago(10)).replace(".000Z", "Z"), ended["end"])
    browser.check_quiet()


# Deleting


def test_a_stop_is_deleted_after_its_effect_was_told_and_comes_back(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#delete")
    assert "deja de contar como parada" in browser.shown("#delete [data-of=calculated]").text
    assert not browser.find("#delete [data-of=registered]").is_displayed()
    effect(browser, "#delete")
    assert facts(line) == 0
    press_done(browser, "delete")
    toast(browser, "Parada eliminada")
    browser.until(lambda: row(browser, stop) is None, "it is still listed")
    assert stop["start"] not in [one["start"] for one in line.stops()]
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, stop), "it does not come back")
    assert stored(line, stop)["end"] == stop["end"]
    browser.check_quiet()


def test_a_deleted_stop_comes_back_over_the_calculated_one_that_took_its_number(visit, line):
    under = line.stops()[-2]
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(75)), "end": text(line.ago(35))}).json()
    assert under["start"] not in [stop["start"] for stop in line.stops()]
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#delete")
    press_done(browser, "delete")
    toast(browser, "Parada eliminada")
    assert stored(line, under)["event_id"] == made["event_id"]
    browser.find("#toast [data-undo]").click()
    browser.until(lambda: row(browser, made), "it does not come back")
    assert [(stop["start"], stop["end"]) for stop in registered(line)] == [(made["start"], made["end"])]
    browser.check_quiet()


def test_what_can_no_longer_be_taken_back_says_so(visit, line):
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))}).json()
    path = f"/api/v1/downtimes/{line.id}/{made['event_id']}"
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#delete")
    press_done(browser, "delete")
    toast(browser, "Parada eliminada")
    # Somebody enters another one there meanwhile.
    answer = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(99)), "end": text(line.ago(96))})
    assert answer.status_code == 201
    browser.find("#toast [data-undo]").click()
    toast(browser, "ocupa ese tiempo")
    assert line.manager.get(path).status_code == 404
    check_no_script_failed(browser)


def test_what_somebody_else_took_back_and_changed_is_not_undone(visit, line):
    stop = line.stops()[-2]
    browser = visit(line)
    open_stop(browser, stop)
    unfold(browser, "#delete")
    press_done(browser, "delete")
    toast(browser, "Parada eliminada")
    number = int(line.tenant.system.psql(
        line.tenant.database, f"SELECT (payload::jsonb->'stop'->>'event_id')::int FROM downtime_fact WHERE line_id = {line.id}"))
    path = f"/api/v1/downtimes/{line.id}/{number}"
    assert line.manager.post(f"{path}/undo").status_code == 200
    assert line.manager.send("PATCH", path, json={"reason": "cambio de rollo"}).status_code == 200
    browser.find("#toast [data-undo]").click()
    toast(browser, "Ya no se puede deshacer")
    assert stored(line, stop)["reason"] == "cambio de rollo"
    browser.check_quiet()


def test_times_that_somebody_else_changed_afterwards_are_not_undone(visit, line):
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))}).json()
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#change-times")
    fill(browser, "#change-times [name=end]", clock(line.ago(90)))
    press_done(browser, "times")
    toast(browser, "Horas corregidas")
    path = f"/api/v1/downtimes/{line.id}/{made['event_id']}"
    assert line.manager.send("PATCH", path, json={"end": text(line.ago(92))}).status_code == 200
    browser.find("#toast [data-undo]").click()
    toast(browser, "Otra persona")
    assert [one["end"] for one in registered(line)] == [text(line.ago(92)).replace(".000Z", "Z")]
    check_no_script_failed(browser)


def test_deleting_what_somebody_else_changed_meanwhile_is_asked_about(visit, line):
    made = line.manager.post("/api/v1/downtimes", {
        "line_id": line.id, "start": text(line.ago(100)), "end": text(line.ago(95))}).json()
    browser = visit(line)
    open_stop(browser, made)
    unfold(browser, "#delete")
    assert "Se elimina esta parada registrada" in browser.shown("#delete [data-of=registered]").text
    effect(browser, "#delete")
    line.manager.send("PATCH", f"/api/v1/downtimes/{line.id}/{made['event_id']}", json={"reason": "cambio de rollo"})
    browser.until(lambda: "cambio de rollo" in browser.find("#stop-notice").text, "the change is not told")
    press_done(browser, "delete")
    dialog = browser.shown("#conflict[open]")
    assert "Eliminarla" in dialog.text and "cambio de rollo" in dialog.text
    assert len(registered(line)) == 1
    browser.find('#conflict [data-keep="mine"]').click()
    toast(browser, "Parada eliminada")
    assert registered(line) == []
    assert [entry for entry in browser.console() if "412" not in entry] == []
    check_no_script_failed(browser)


def test_an_answer_that_comes_late_leaves_the_stop_that_is_open_by_then(visit, line):
    browser = visit(line)
    first, second = [stop for stop in line.stops() if stop["status"] == "closed"][-2:]
    open_stop(browser, first)
    browser.script("""
        const real = window.fetch;
        window.fetch = (address, options) => {
          if (options?.method !== "DELETE" || String(address).includes("dry_run")) return real(address, options);
          window.fetch = real;
          return new Promise((resolve) => { window.answer = () => resolve(real(address, options)); });
        };""")
    unfold(browser, "#delete")
    press_done(browser, "delete")
    browser.until(lambda: browser.script("return Boolean(window.answer)"), "nothing is sent")
    browser.find("#stop [data-close]").click()
    open_stop(browser, second)
    browser.script("window.answer()")
    toast(browser, "Parada eliminada")
    assert browser.find("#stop").get_attribute("open") is not None
    check_no_script_failed(browser)


# Rights and looks


def test_each_role_is_offered_what_it_may_do(visit, line):
    stop = line.stops()[-2]
    for who, enters, changes in (("VIEWER", False, False), ("OPERATOR", True, False), ("MANAGER", True, True)):
        browser = visit(line, who)
        assert bool(browser.driver.find_elements("css selector", "[data-enter]")) == enters, who
        open_stop(browser, stop)
        for part in ("#change-times", "#delete"):
            found = browser.driver.find_elements("css selector", f"#stop {part}")
            assert any(one.is_displayed() for one in found) == changes, (who, part)
        browser.check_quiet()


@pytest.mark.parametrize("width,height", [(390, 844), (1440, 1000)])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_sheets_fit_the_window_in_both_looks(visit, line, width, height, dark):
    look = "dark" if dark else "light"
    browser = visit(line, width=width, height=height, dark=dark)
    browser.script(f"document.cookie = 'camet_language={'en' if dark else 'es'}; Path=/'")
    browser.driver.refresh()
    browser.shown("#stops-list .stop")
    browser.picture(f"stops-by-hand-board-{width}-{look}")

    def fits(sheet: str) -> None:
        wide, window = browser.script(f"const one = document.querySelector('{sheet}'); return [one.scrollWidth, one.clientWidth]")
        assert wide <= window, f"{sheet} scrolls sideways"
        back = [int(part) for part in re.findall(r"\d+", browser.script(
            f"return getComputedStyle(document.querySelector('{sheet}')).backgroundColor"))[:3]]
        assert (sum(back) < 3 * 128) == dark, back

    open_form(browser)
    browser.picture(f"stops-enter-{width}-{look}")
    type_times(browser, line.ago(100), line.ago(95))
    effect(browser)
    cause(browser, "Motor", "Fusible")
    browser.script("document.querySelector('#enter .effect').scrollIntoView({block: 'center'})")
    browser.picture(f"stops-enter-effect-{width}-{look}")
    fits("#enter")
    browser.find("#enter [data-close]").click()
    open_stop(browser, line.stops()[-2])
    unfold(browser, "#change-times")
    fill(browser, "#change-times [name=start]", clock(line.ago(65)))
    effect(browser, "#change-times")
    browser.script("document.getElementById('change-times').scrollIntoView()")
    browser.picture(f"stops-times-{width}-{look}")
    fits("#stop")
    unfold(browser, "#delete")
    effect(browser, "#delete")
    browser.script("document.getElementById('delete').scrollIntoView()")
    browser.picture(f"stops-delete-{width}-{look}")
    fits("#stop")
    browser.check_quiet()
