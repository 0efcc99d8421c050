"""What a figure is made of, opened from its tile: by keyboard, by link, down to a single detection."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from running_line import RunningLine
from test_accessibility import violations

OEE = "/?period=7d&tab=oee"
NAME = "<img src=x onerror=window.ran=1>"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("explained-in-page")


@pytest.fixture(scope="module")
def lines(company):
    """Two lines with a stop each; one has a cause that is markup."""
    made = [RunningLine(company, code=code) for code in ("EX1", "EX2")]
    for line in made:
        line.run(200, 120)
        line.run(100, 20)
    stop = made[0].stops()[-2]
    answer = made[0].manager.post("/api/v1/downtimes/justify", {
        "line_id": made[0].id, "start": stop["start"], "end": stop["end"], "reason": NAME})
    assert answer.status_code in (200, 201), answer.text
    return made


@pytest.fixture
def dashboard(open_browser, company, lines):
    def open_one(path=OEE, who="MANAGER", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), path.split("#")[0])
        browser.shown("#tile-equation .figure")
        if "#" in path:
            follow(browser, path)
        return browser

    return open_one


def follow(browser, path: str) -> None:
    """A link, as somebody opens it who was elsewhere."""
    browser.driver.get("about:blank")
    browser.open(path)


def press(browser, *keys) -> None:
    for key in keys:
        browser.driver.switch_to.active_element.send_keys(key)


def opened(browser, widget: str = "KpiOee"):
    return browser.shown(f'#explain[open] [data-explanation="{widget}"]')


def focused(browser) -> str:
    return browser.script("return document.activeElement.id || document.activeElement.parentElement.id")


def test_it_opens_and_closes_by_keyboard_alone_and_the_focus_comes_back(dashboard):
    browser = dashboard()
    browser.script("document.querySelector('#tile-KpiOee-menu > summary').focus()")
    press(browser, Keys.ENTER)
    browser.shown("#tile-KpiOee-menu[open] a")
    press(browser, Keys.TAB, Keys.ENTER)
    opened(browser)
    assert browser.driver.current_url.endswith("#explain=KpiOee")
    assert browser.script("return document.activeElement.closest('dialog')?.id") == "explain"
    press(browser, Keys.ESCAPE)
    browser.until(lambda: not browser.script("return document.getElementById('explain').open"), "it stays open")
    browser.until(lambda: "#" not in browser.driver.current_url, "the address still names it")
    browser.until(lambda: focused(browser) == "tile-KpiOee-menu", "the focus is lost")
    browser.check_quiet()


def test_a_figure_opens_what_it_is_made_of(dashboard):
    browser = dashboard()
    browser.click("#tile-KpiAvailability .figure")
    opened(browser, "KpiAvailability")
    assert browser.driver.current_url.endswith("#explain=KpiAvailability")
    browser.check_quiet()


def test_a_link_shows_the_same_and_leads_to_all_lines(dashboard, lines):
    browser = dashboard()
    follow(browser, f"{OEE}#explain=KpiAvailability&line={lines[0].id}")
    panel = opened(browser, "KpiAvailability")
    assert lines[0].plant.code in panel.find_element("css selector", ".explanation-scope").text
    assert browser.driver.current_url.endswith(f"#explain=KpiAvailability&line={lines[0].id}")
    browser.shown("[data-all-lines] a").click()
    row = browser.shown('[data-part="lines"] tbody a')
    assert browser.driver.current_url.endswith("#explain=KpiAvailability")
    row.click()
    browser.shown('#explain [data-part="stops"]')
    # Of the line, over the period that the row was of.
    asked = browser.script("return performance.getEntriesByType('resource').map((one) => one.name)")
    last = [one for one in asked if "/dashboard/explanation?" in one][-1]
    assert f"&of_line={lines[0].id}" in last and "&line_id=" not in last and "?period=7d" in last
    browser.check_quiet()


def test_a_step_back_leaves_the_panel_and_after_it_is_closed_opens_nothing(dashboard, lines):
    browser = dashboard()
    # Whatever opens the panel is counted.
    browser.script("""
        window.openings = 0;
        new MutationObserver(() => { openings += document.getElementById("explain").open; })
            .observe(document.getElementById("explain"), { attributeFilter: ["open"] });
        addEventListener("popstate", () => { window.isBack = true; });
    """)

    def gone_down(times: int) -> None:
        browser.script("document.querySelector('#tile-KpiOee .tile-menu').open = true")
        browser.find("#tile-KpiOee .tile-menu a").click()
        opened(browser)
        browser.shown('#explain [data-part="lines"] tbody a').click()
        browser.shown('#explain [data-part="stops"]')
        assert browser.script("return openings") == times

    def is_closed() -> bool:
        return not browser.script("return document.getElementById('explain').open")

    gone_down(1)
    browser.driver.back()
    browser.until(is_closed, "a step back leaves it open")
    gone_down(2)
    press(browser, Keys.ESCAPE)
    browser.until(is_closed, "it stays open")
    browser.script("isBack = false")
    browser.driver.back()
    browser.until(lambda: browser.script("return isBack"), "the step back is not made")
    assert is_closed() and browser.script("return openings") == 2
    assert "#" not in browser.driver.current_url
    browser.check_quiet()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_figures_are_those_of_the_tile(dashboard, lines, language):
    browser = dashboard("/?period=7d&tab=oee", language=language)
    for widget in ("KpiAvailability", "KpiPerformance", "KpiOee"):
        # The lines stand, so that the figures fall with time: the tile is asked for just before, and a moment passes still.
        def same():
            browser.script("dispatchEvent(new Event('online'))")
            browser.until(lambda: browser.find("#panel-oee").get_attribute("aria-busy") == "false", "the tiles do not come")
            browser.script(f"document.querySelector('#tile-{widget} .tile-menu').open = true")
            browser.find(f"#tile-{widget} .tile-menu a").click()
            result = opened(browser, widget)
            tile = re.sub(r"\s", "", browser.find(f"#tile-{widget} .figure").get_attribute("textContent"))
            values = [re.sub(r"\s", "", one.text) for one in result.find_elements("css selector", ".sum-result strong")]
            browser.find("#explain [data-close]").click()
            return tile in values
        browser.until(same, f"{widget} is another figure than its tile's")
    browser.check_quiet()


def test_from_the_figure_to_the_stop_and_to_one_detection(dashboard, company, lines):
    browser = dashboard(f"{OEE}&line_id={lines[0].id}#explain=KpiOee")
    panel = opened(browser)
    stops = panel.find_elements("css selector", '[data-part="stops"] tbody tr')
    assert stops
    assert any(NAME in row.text for row in stops) and browser.script("return window.ran") is None
    # The edges of a stop that has ended: its last unit before and its first one after.
    justified = next(row for row in stops if NAME in row.text)
    stop = next(item for item in lines[0].stops() if item["reason"] == NAME)
    justified.find_element("css selector", "[data-detections]").click()
    browser.shown(".explained-detections tr[data-detection]")
    instants = browser.script(
        "return [...document.querySelectorAll('.explained-detections time')].map((time) => time.dateTime)")
    assert stop["start"] in instants and stop["end"] in instants
    address = justified.find_element("css selector", "a").get_attribute("href")
    browser.driver.get(address)
    browser.shown("#stop[open]")
    assert f"line_id={lines[0].id}" in browser.driver.current_url


def test_detections_come_a_page_at_a_time_down_to_the_last(dashboard, company, lines):
    browser = dashboard(f"{OEE}&line_id={lines[1].id}#explain=KpiPerformance")
    opened(browser, "KpiPerformance")
    browser.script("document.querySelector('#explain-detections-list button').click()")
    browser.shown(".explained-detections")

    def numbers():
        return browser.script(
            "return [...document.querySelectorAll('[data-detection]')].map((row) => Number(row.dataset.detection))")

    assert len(numbers()) == 50
    while browser.driver.find_elements("css selector", "[data-older]"):
        before = len(numbers())
        browser.script("document.querySelector('[data-older]').click()")
        browser.until(lambda: len(numbers()) > before, "no older ones come")
    found = numbers()
    assert len(found) == len(set(found)) and found == sorted(found, reverse=True)
    browser.check_quiet()


def test_an_error_is_told_in_the_panel_and_tried_again(dashboard):
    browser = dashboard()
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/dashboard/explanation*"]})
    browser.script("document.querySelector('#tile-KpiQuality .tile-menu').open = true")
    browser.find("#tile-KpiQuality .tile-menu a").click()
    retry = browser.shown("#explain [data-retry]")
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    retry.click()
    opened(browser, "KpiQuality")


def test_a_viewer_sees_no_single_detections(dashboard, lines):
    browser = dashboard(f"{OEE}&line_id={lines[0].id}#explain=KpiOee", who="VIEWER")
    opened(browser)
    assert not browser.driver.find_elements("css selector", "#explain [data-detections]")
    browser.check_quiet()


@pytest.mark.parametrize("dark,language,width", [(False, "es", 1440), (True, "en", 390)], ids=["desk", "phone"])
def test_it_is_for_everybody_and_fits(dashboard, lines, dark, language, width):
    browser = dashboard(dark=dark, language=language, width=width)
    for line in ("", f"&line={lines[0].id}"):
        follow(browser, f"{OEE}#explain=KpiOee{line}")
        panel = opened(browser)
        browser.picture(f"explain-{'one' if line else 'all'}-{width}")
        assert violations(browser) == []
        wide, window = browser.script(
            "return [document.getElementById('explain').scrollWidth, document.getElementById('explain').clientWidth]")
        assert wide <= window, "the panel scrolls sideways"
        if width < 600:
            assert browser.script("return document.getElementById('explain').getBoundingClientRect().width") == width
        assert panel.is_displayed()
    browser.check_quiet()
