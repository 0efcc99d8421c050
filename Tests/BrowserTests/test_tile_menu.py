"""The menu of a tile: how often it is asked for, its table, its file, the whole screen."""

import csv
import io
import re
from datetime import datetime

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from running_line import RunningLine
from test_accessibility import violations

FORMULA = '=HYPERLINK("http://example.com","x")'


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("menus")


@pytest.fixture(scope="module")
def line(company):
    """A line with stops; the cause of one is a formula with quotes and a comma."""
    made = RunningLine(company, code="MN")
    made.run(200, 120)
    made.run(100, 60)
    made.run(40, 5)
    stop = made.stops()[-2]
    answer = made.manager.post("/api/v1/downtimes/justify", {
        "line_id": made.id, "start": stop["start"], "end": stop["end"], "reason": FORMULA})
    assert answer.status_code in (200, 201), answer.text
    return made


@pytest.fixture
def dashboard(open_browser, company, line):
    def open_one(path="/?period=today", **look):
        browser = open_browser(**look)
        browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            window.asked = [];
            const plain = window.fetch;
            window.fetch = (address, ...rest) => {
                window.asked.push(String(address));
                return plain(address, ...rest);
            };
            const open = XMLHttpRequest.prototype.open;
            XMLHttpRequest.prototype.open = function (method, address, ...rest) {
                window.asked.push(String(address));
                return open.call(this, method, address, ...rest);
            };
            window.files = [];
            const url = URL.createObjectURL;
            URL.createObjectURL = (blob) => { window.blob = blob; return url.call(URL, blob); };
            HTMLAnchorElement.prototype.click = function () { if (this.download) window.files.push(this.download); };
        """})
        browser.open_as(company.user("MANAGER"), path)
        browser.shown(".panel:not([hidden]) .figure")
        return browser

    return open_one


def menu(browser, widget: str):
    """The open menu of a tile."""
    # It comes when it is near.
    browser.script(f"document.querySelector('#tile-{widget}').scrollIntoView({{block: 'center'}})")

    def opened():
        # A tile may be replaced between any two steps until its menu is open.
        summary = browser.find(f"#tile-{widget} .tile-menu > summary")
        if not browser.script(f"return document.querySelector('#tile-{widget} .tile-menu').open"):
            summary.click()
        return next(iter(browser.driver.find_elements("css selector", f"#tile-{widget} .tile-menu[open] .tile-menu-list")), None)

    return browser.until(opened, f"the menu of {widget} does not open")


def do(browser, widget: str, name: str) -> None:
    menu(browser, widget).find_element("css selector", f'[data-tile-do="{name}"]').click()


def file(browser, widget: str) -> tuple[str, list[list[str]]]:
    """The name and the rows of a tile's file."""
    do(browser, widget, "file")
    text = browser.driver.execute_async_script(
        "const done = arguments[0]; window.blob.arrayBuffer().then((bytes) =>"
        " done([...new Uint8Array(bytes)].map((byte) => String.fromCharCode(byte)).join('')));")
    raw = text.encode("latin-1")
    assert raw.startswith(b"\xef\xbb\xbf"), "it has no mark"
    content = raw.decode("utf-8-sig")
    assert content.endswith("\r\n") and "\n" not in content.replace("\r\n", "")
    return browser.script("return window.files.at(-1)"), list(csv.reader(io.StringIO(content, newline=""), strict=True))


def asked_for(browser, widget: str) -> int:
    """How often a tile was asked for."""
    return sum(widget in address for address in browser.script("return window.asked")
               if "/dashboard/tiles" in address)


def test_the_file_of_the_stops_is_what_the_api_says(dashboard, line):
    browser = dashboard(f"/?period=7d&tab=oee&line_id={line.id}")
    name, rows = file(browser, "DowntimeTable")
    assert name.startswith("Lista-de-paradas_Company-menus_") and name.endswith(".csv")
    head, stops = rows[0], [dict(zip(rows[0], row)) for row in rows[1:]]
    assert head[:4] == ["Estado", "Línea", "Inicio", "Fin"]
    days = {datetime.fromisoformat(stop["Inicio"]).date() for stop in stops}
    listed = line.manager.read(f"/api/v1/downtimes?from={min(days)}&to={max(days)}&line_id={line.id}&limit=1000")["items"]
    listed = {datetime.fromisoformat(item["start"]): item for item in listed}
    assert len(stops) == len(listed) > 1
    for stop in stops:
        assert re.search(r"[+-]\d\d:\d\d$", stop["Inicio"])
        item = listed[datetime.fromisoformat(stop["Inicio"])]
        if item["status"] == "closed":
            assert datetime.fromisoformat(stop["Fin"]) == datetime.fromisoformat(item["end"])
            assert float(stop["Duración"]) == item["duration_seconds"]
            assert float(stop["En plan"]) == item["planned_seconds"]
    assert f"'{FORMULA}" in {stop["Causa"] for stop in stops}
    assert browser.script("return window.policyViolations") == []


def test_the_file_of_a_chart_has_the_values_behind_it(dashboard, line):
    browser = dashboard(f"/?period=7d&line_id={line.id}&interval=hour")
    browser.until(lambda: browser.script("return document.querySelector('#tile-ProductionTimeChart template')"),
                  "no data")
    name, rows = file(browser, "ProductionTimeChart")
    assert "ProductionTimeChart" not in name and len(rows) > 2
    total = sum(float(row[-1] or 0) for row in rows[1:])
    shown = re.sub(r"\D", "", browser.text("#tile-KpiTotalProduction .figure").split("\n")[0])
    assert total == int(shown) > 0
    browser.check_quiet()


def test_a_chart_is_shown_as_a_table_and_back(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}")
    do(browser, "ProductionTimeChart", "table")
    browser.shown("#tile-ProductionTimeChart table")
    assert not browser.find("#tile-ProductionTimeChart .chart").is_displayed()
    line.unit()
    before = asked_for(browser, "ProductionTimeChart")
    browser.until(lambda: asked_for(browser, "ProductionTimeChart") > before, "the tile is not refreshed")
    browser.shown("#tile-ProductionTimeChart table")
    do(browser, "ProductionTimeChart", "table")
    browser.shown("#tile-ProductionTimeChart .chart")
    browser.check_quiet()


def test_a_tile_refreshed_by_hand_is_asked_for_by_hand_only(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}")
    Select(menu(browser, "KpiTotalProduction").find_element("css selector", "select")).select_by_value("off")
    press_escape(browser)
    kept = asked_for(browser, "KpiTotalProduction")
    others = asked_for(browser, "LineStatusIndicator")
    before = browser.text("#tile-KpiTotalProduction .figure")
    for _ in range(2):
        line.unit()
        browser.until(lambda: asked_for(browser, "LineStatusIndicator") > others, "the others are not refreshed")
        others = asked_for(browser, "LineStatusIndicator")
    assert asked_for(browser, "KpiTotalProduction") == kept
    assert browser.text("#tile-KpiTotalProduction .figure") == before
    do(browser, "KpiTotalProduction", "refresh")
    browser.until(lambda: browser.find("#tile-KpiTotalProduction .figure").text != before,
                  "it is not refreshed by hand")
    browser.driver.refresh()
    browser.shown("#tile-KpiTotalProduction .figure")
    assert menu(browser, "KpiTotalProduction").find_element("css selector", "select").get_attribute("value") == "off"
    browser.check_quiet()


def test_a_tile_of_an_interval_is_asked_for_when_that_is_over(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}")
    Select(menu(browser, "KpiTotalProduction").find_element("css selector", "select")).select_by_value("30")
    press_escape(browser)
    kept = asked_for(browser, "KpiTotalProduction")
    others = asked_for(browser, "LineStatusIndicator")
    line.unit()
    browser.until(lambda: asked_for(browser, "LineStatusIndicator") > others, "the others are not refreshed")
    assert asked_for(browser, "KpiTotalProduction") == kept
    # The page's clock goes on by half a minute: what an event asks for then has this tile in it.
    browser.script("const now = Date.now; Date.now = () => now() + 31000;")
    line.unit()
    browser.until(lambda: asked_for(browser, "KpiTotalProduction") > kept, "it is not asked for")


def press_escape(browser) -> None:
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)


def test_a_tile_takes_the_screen_and_gives_it_back(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}")
    canvas = "#tile-ProductionTimeChart canvas"
    browser.until(lambda: browser.driver.find_elements("css selector", canvas), "no chart")
    height = browser.find(canvas).size["height"]
    do(browser, "ProductionTimeChart", "full")
    browser.shown("#tile-ProductionTimeChart[data-full]")
    browser.until(lambda: browser.script(
        "return document.getElementById('tile-ProductionTimeChart').getBoundingClientRect().height === innerHeight"),
        "it does not fill the window")
    browser.until(lambda: browser.find(canvas).size["height"] > height, "the chart stays small")
    do(browser, "ProductionTimeChart", "full")
    browser.until(lambda: not browser.script("return document.querySelector('[data-full]')"), "it keeps the screen")
    browser.script("Element.prototype.requestFullscreen = undefined")
    do(browser, "KpiTotalProduction", "full")
    browser.shown("#tile-KpiTotalProduction[data-full]")
    press_escape(browser)
    browser.until(lambda: not browser.script("return document.querySelector('[data-full]')"), "it keeps the window")
    browser.check_quiet()


@pytest.mark.parametrize("dark,language,width", [(False, "es", 1440), (True, "en", 390)], ids=["desk", "phone"])
def test_the_open_menu_is_for_everybody_and_fits(dashboard, line, dark, language, width):
    browser = dashboard(dark=dark, language=language, width=width)
    for widget in ("KpiTotalProduction", "ProductionTimeChart", "LineStatusIndicator"):
        list_ = menu(browser, widget)
        left, right = browser.driver.execute_script(
            "const r = arguments[0].getBoundingClientRect(); return [r.left, r.right];", list_)
        assert left >= 0 and right <= width
        browser.picture(f"menu-{widget}-{width}")
        assert violations(browser, f"#tile-{widget}") == []
        press_escape(browser)
        assert browser.script("return document.activeElement.closest('.tile-menu')?.id") == f"tile-{widget}-menu"
        browser.until(lambda: not list_.is_displayed(), "Escape leaves it open")
    browser.check_quiet()
