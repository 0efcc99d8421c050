"""The wall in a real browser: it follows the lines, turns its pages, calls for people, and never pretends to know."""

import subprocess
import time

import pytest

from browser import PICTURES
from running_line import RunningLine
from running_system import PASSWORD, PlantData

TILES = "#wall .wall-tile:not([hidden])"
PROMISE = 5  # an event is on the screen after a second or two; five times that is a failure
SILENCE = 15 * 5  # without an event the wall asks after 15 s, and knows then that nobody answers
ORDERS = iter(range(1, 1000))


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("andon")


@pytest.fixture(scope="module")
def stopped(company):
    """A line that has stood for twelve minutes."""
    made = RunningLine(company, code="A1")
    made.run(120, 12)
    return made


@pytest.fixture(scope="module")
def hall(company):
    """Fourteen lines of one plant, of which the last has stood for some minutes and the others never ran."""
    manager = company.client("MANAGER")
    plant = PlantData(manager, code="H01", dual=False, shift=("00:00", "00:00"), commissioned_at="2099-01-01T00:00:00Z")
    lines = [plant.line]
    for number in range(2, 15):
        lines.append(manager.make(
            "production-lines", plant_id=plant.plant, line_code=f"H{number:02}", line_name=f"Hall {number}",
            rate_per_minute=10, downtime_threshold_seconds=60, commissioned_at="2099-01-01T00:00:00Z")["line_id"])
    return plant, lines


@pytest.fixture
def visit(open_browser, company):
    """A browser that is signed in and shows the wall, live."""

    def open_wall(query, who="VIEWER", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), f"/andon{query}")
        if look.get("language") == "en":
            browser.driver.add_cookie({"name": "camet_language", "value": "en", "path": "/"})
            browser.open(f"/andon{query}")
        browser.shown(TILES)
        live(browser)
        return browser

    return open_wall


def live(browser):
    browser.until(lambda: browser.find("#wall-live").get_attribute("data-state") == "live", "the wall is not live", 30)


def tile(browser, line):
    return browser.find(f'.wall-tile[data-line="{line}"]')


def look(browser, line, wanted, seconds=PROMISE * 5):
    browser.until(lambda: tile(browser, line).get_attribute("data-look") == wanted, f"{wanted} is not shown", seconds)


def check_no_script_failed(browser):
    """As `check_quiet`, where the network is meant to fail."""
    assert browser.script("return window.policyViolations") == []
    assert browser.script("return window.scriptErrors") == []


def block(browser, is_blocked: bool):
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": is_blocked, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})


@pytest.mark.parametrize("dark,language,width,height", [
    (False, "es", 1440, 900), (True, "en", 1440, 900), (False, "en", 1920, 1080), (True, "es", 1920, 1080),
    (False, "es", 390, 844), (True, "en", 390, 844)])
def test_a_wall_follows_its_lines(visit, company, dark, language, width, height):
    line = RunningLine(company, code=f"F{next(ORDERS)}")
    line.run(60, 12)
    browser = visit(f"?lines={line.id}", dark=dark, language=language, width=width, height=height)
    look(browser, line.id, "stopped")
    words = {"es": ("Parada", "Marcha", "Sin causa"), "en": ("Stopped", "Running", "No cause")}[language]
    assert words[0] in tile(browser, line.id).text and words[2] in tile(browser, line.id).text
    counted = browser.text(".wall-main [data-since]")
    browser.until(lambda: browser.find(".wall-main [data-since]").text != counted, "the stop does not count")
    line.unit()
    look(browser, line.id, "running")
    assert words[1] in tile(browser, line.id).text
    browser.picture(f"andon-{width}-{'dark' if dark else 'light'}-{language}")
    browser.check_quiet()


@pytest.mark.parametrize("width,height", [(1440, 900), (1920, 1080)])
def test_state_and_main_figure_are_read_from_afar(visit, hall, stopped, width, height):
    _, lines = hall
    query = f"?lines={','.join(map(str, [stopped.id, *lines[:11]]))}"
    browser = visit(query, width=width, height=height)
    assert len(browser.driver.find_elements("css selector", TILES)) == 12
    for selector in (".wall-state", ".wall-main strong"):
        heights = browser.script(f"""return Array.from(document.querySelectorAll("{TILES} {selector}")).map(
            (one) => Math.min(parseFloat(getComputedStyle(one).fontSize), one.getBoundingClientRect().height))""")
        assert len(heights) == 12 and min(heights) >= 0.08 * height, heights
    # Nothing is cut off, and nothing needs scrolling.
    cut = browser.script(f"""return Array.from(document.querySelectorAll("{TILES}")).filter((one) =>
        one.scrollHeight > one.clientHeight + 1 || one.querySelector(".wall-state").scrollWidth > one.clientWidth).length""")
    assert cut == 0
    assert browser.script("return document.documentElement.scrollHeight") <= height
    figures = browser.script(f"""return Array.from(document.querySelectorAll("{TILES}")).map(
        (one) => one.querySelectorAll("[data-figure]").length)""")
    assert set(figures) == {3}
    browser.picture(f"andon-twelve-{width}")


def test_more_than_twelve_lines_turn_and_the_stopped_stay_in_sight(visit, hall, stopped):
    _, lines = hall
    query = f"?lines={','.join(map(str, [*lines[:12], stopped.id]))}"
    browser = visit(query, width=1920, height=1080)
    browser.until(lambda: browser.find("#wall-page strong").text == "1 / 2", "the pages are not told")
    strip = browser.shown("#wall-strip")
    assert "A1" in strip.text and "Sin causa" in strip.text
    browser.picture("andon-strip-1920")
    browser.until(lambda: browser.find("#wall-page strong").text == "2 / 2", "the page does not turn", 75)
    assert [one.get_attribute("data-line") for one in browser.driver.find_elements("css selector", TILES)] == [str(stopped.id)]
    assert not browser.find("#wall-strip").is_displayed()
    # Places stay where they are, so that whoever looks up finds his line.
    assert browser.find("#wall").get_attribute("data-columns") == "4"
    browser.until(lambda: browser.find("#wall-page strong").text == "1 / 2", "the page does not turn back", 75)
    browser.check_quiet()


def test_a_held_screen_stays_with_the_stopped_line(visit, hall, stopped):
    _, lines = hall
    browser = visit(f"?lines={','.join(map(str, [*lines[:12], stopped.id]))}&hold=true")
    browser.until(lambda: browser.find("#wall-page strong").text == "2 / 2", "the page does not turn", 75)
    turned = time.monotonic()
    # It would have turned after 15 s.
    browser.until(lambda: time.monotonic() - turned > 18, "", 30)
    assert browser.text("#wall-page strong") == "2 / 2"


def test_the_code_opens_the_stop_on_a_phone(visit, open_browser, company, stopped):
    browser = visit(f"?lines={stopped.id}", width=1920, height=1080)
    browser.picture("andon-code")
    read = subprocess.run(["zbarimg", "--quiet", "--raw", PICTURES / "andon-code.png"], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    address = read.stdout.strip()
    assert address.startswith(f"{browser.base}/stop/{stopped.id}-")
    phone = open_browser(width=390, height=844)
    phone.sign_in(company.user("OPERATOR"), PASSWORD, address.removeprefix(browser.base))
    sheet = phone.shown("#stop[open]")
    assert "A1" in sheet.text
    phone.picture("andon-code-phone")
    phone.check_quiet()


def test_twelve_codes_are_read_one_by_one(visit, hall, stopped):
    _, lines = hall
    browser = visit(f"?lines={','.join(map(str, [stopped.id, *lines[:11]]))}", width=1920, height=1080)
    browser.picture("andon-small-code")
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", PICTURES / "andon-small-code.png"], capture_output=True, text=True)
    assert read.stdout.strip().startswith(f"{browser.base}/stop/{stopped.id}-"), read.stderr


def test_a_long_stop_calls_until_somebody_has_seen_it(visit, stopped):
    quiet = visit(f"?lines={stopped.id}")
    assert not quiet.find("#wall-alarm").is_displayed()
    browser = visit(f"?lines={stopped.id}&alarm_minutes=5")
    alarm = browser.shown("#wall-alarm")
    assert "A1" in alarm.text and "is-alarming" in tile(browser, stopped.id).get_attribute("class")
    # Once a second at the most, and not at all where motion is unwanted.
    flash = "return getComputedStyle(document.querySelector('.wall-tile.is-alarming'), '::after')"
    assert browser.script(f"{flash}.animationDuration") == "1s"
    browser.picture("andon-alarm")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
    assert browser.script(f"{flash}.animationName") == "none"
    browser.find("body").send_keys("\n")
    browser.until(lambda: not browser.find("#wall-alarm").is_displayed(), "the alarm stays")
    assert "is-alarming" not in tile(browser, stopped.id).get_attribute("class")
    # What was seen is seen after a new version was loaded too.
    browser.driver.refresh()
    live(browser)
    assert not browser.find("#wall-alarm").is_displayed()
    assert not visit(f"?lines={stopped.id}&alarm_minutes=60").find("#wall-alarm").is_displayed()


def test_a_lost_connection_is_told_with_the_age_of_what_is_shown(visit, company):
    line = RunningLine(company, code=f"F{next(ORDERS)}")
    line.run(60, 12)
    browser = visit(f"?lines={line.id}")
    assert not browser.find("#wall-lost").is_displayed()
    block(browser, True)
    browser.until(lambda: "Sin conexión" in browser.find("#wall-lost").text, "the loss is not told", SILENCE)
    before = browser.text("#wall-age")
    browser.until(lambda: browser.find("#wall-age").text not in ("", before), "the age does not count")
    assert browser.find("#wall-live").get_attribute("data-state") == "lost"
    browser.picture("andon-lost")
    line.unit()
    block(browser, False)
    browser.until(lambda: not browser.find("#wall-lost").is_displayed(), "it stays lost", 90)
    look(browser, line.id, "running", 90)
    live(browser)
    check_no_script_failed(browser)


def test_a_session_that_ended_is_told(visit, company):
    line = RunningLine(company, code=f"F{next(ORDERS)}")
    browser = visit(f"?lines={line.id}")
    browser.shown(f'#wall [data-line="{line.id}"]')
    browser.driver.delete_all_cookies()
    line.unit()
    lost = browser.shown("#wall-lost")
    browser.until(lambda: "sesión terminó" in lost.text, "the end of the session is not told", 60)
    assert browser.driver.find_elements("css selector", "[data-line]") == []
    assert lost.find_element("css selector", "[data-sign-in]").get_attribute("href").endswith(
        f"/login?next=%2Fandon%3Flines%3D{line.id}")


def test_the_page_is_as_large_after_two_hundred_answers(visit, stopped, hall):
    _, lines = hall
    browser = visit(f"?lines={','.join(map(str, [stopped.id, *lines[:12]]))}")
    count = "return document.getElementsByTagName('*').length"
    before = browser.script(count)
    # Two answers by turns instead of the server's, each asked for as soon as the one before is drawn.
    browser.script("""
        fetch(document.body.dataset.data).then((answer) => answer.json()).then((data) => {
          const other = JSON.parse(JSON.stringify(data));
          for (const tile of other.tiles) {
            const stops = tile.stopped_since === null;
            tile.look = stops ? "stopped" : "running";
            tile.stopped_since = stops ? new Date().toISOString() : null;
            tile.code_of_stop = stops ? { size: 37, path: "M4 4h1v1h-1z" } : null;
            tile.note = stops ? "Motor" : "";
          }
          const bodies = [JSON.stringify(data), JSON.stringify(other)];
          window.drawn = 0;
          window.XMLHttpRequest = class {
            open() {}
            setRequestHeader() {}
            getResponseHeader(name) { return name === "Content-Type" ? "application/json" : null; }
            send() {
              this.status = 200;
              this.responseText = bodies[window.drawn % 2];
              setTimeout(() => {
                this.onload();
                window.drawn += 1;
                if (window.drawn < 200) setTimeout(() => window.dispatchEvent(new Event("online")), 0);
              }, 0);
            }
          };
          const soon = performance.now.bind(performance);
          // No pause between two questions.
          performance.now = () => soon() + window.drawn * 2000;
          window.dispatchEvent(new Event("online"));
        });
    """)
    browser.until(lambda: browser.script("return window.drawn >= 200"), "the answers are not drawn", 120)
    assert browser.script(count) == before
    browser.check_quiet()


def test_two_taps_from_the_dashboard_to_the_whole_screen(visit, stopped):
    browser = visit(f"?lines={stopped.id}")
    browser.open("/")
    browser.shown('.site-links a[href="/andon"]').click()
    browser.shown("[data-full]").click()
    browser.until(lambda: browser.script("return document.fullscreenElement !== null"), "it is not the whole screen")
    browser.until(lambda: not browser.find("[data-full]").is_displayed(), "the button stays")
    browser.find("body").send_keys("f")
    browser.until(lambda: browser.script("return document.fullscreenElement === null"), "it stays the whole screen")
    browser.check_quiet()


def test_the_settings_make_an_address(visit, stopped, hall):
    _, lines = hall
    browser = visit("?look=dark")
    browser.find("#wall-menu summary").click()
    browser.shown(f'#wall-menu input[name="lines"][value="{stopped.id}"]').click()
    browser.find('#wall-menu input[name="alarm_minutes"]').send_keys("5")
    browser.picture("andon-settings")
    browser.find("#wall-menu button[type=submit]").click()
    browser.until(lambda: f"lines={stopped.id}" in browser.driver.current_url, "another address is not shown")
    assert "look=dark" in browser.driver.current_url and "alarm_minutes=5" in browser.driver.current_url
    assert [one.get_attribute("data-line") for one in browser.driver.find_elements("css selector", TILES)] == [str(stopped.id)]
    assert browser.script("return document.documentElement.dataset.theme") == "dark"
