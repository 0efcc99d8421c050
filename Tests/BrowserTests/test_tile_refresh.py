"""When the tiles of the dashboard are asked for again: after failures, by their intervals, and while somebody is at them."""

import re

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from running_line import RunningLine
from test_tile_menu import asked_for, do, menu, press_escape

# What is asked for, how long timers run, and who gives up waiting.
WATCH = """
    window.asked = [];
    const plain = window.fetch;
    window.fetch = (address, ...rest) => {
        window.asked.push(String(address));
        return window.isMute ? new Promise((_, fail) =>
            rest[0].signal.addEventListener("abort", () => fail(rest[0].signal.reason))) : plain(address, ...rest);
    };
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (method, address, ...rest) {
        window.asked.push(String(address));
        return open.call(this, method, address, ...rest);
    };
    window.delays = [];
    const later = window.setTimeout;
    window.setTimeout = (work, delay, ...rest) => {
        window.delays.push(delay ?? 0);
        return later(work, delay, ...rest);
    };
    window.patiences = [];
    AbortSignal.timeout = (milliseconds) => {
        const one = new AbortController();
        window.patiences.push(milliseconds);
        window.giveUp = () => one.abort(new DOMException("", "TimeoutError"));
        return one.signal;
    };
"""
NO_STORE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("refreshed")


@pytest.fixture(scope="module")
def line(company):
    made = RunningLine(company, code="RF")
    made.run(200, 120)
    made.run(100, 5)
    return made


@pytest.fixture
def dashboard(open_browser, company, line):
    def open_one(path="/?period=today", *scripts, **look):
        browser = open_browser(**look)
        for source in (WATCH, *scripts):
            browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        browser.driver.execute_cdp_cmd("Network.enable", {})
        browser.open_as(company.user("MANAGER"), path)
        browser.shown(".panel:not([hidden]) .figure")
        browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
        return browser

    return open_one


def block(browser, *patterns: str) -> None:
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(patterns)})


def choose(browser, widget: str, value: str) -> None:
    Select(menu(browser, widget).find_element("css selector", "select")).select_by_value(value)
    press_escape(browser)


def choose_for_all(browser, value: str) -> None:
    """Also for those that are not drawn yet; holds from the next load on."""
    browser.script(f"""
        const {{ owner }} = document.getElementById("content").dataset;
        for (const tile of document.querySelectorAll("[data-widget]")) {{
            const name = tile.closest(".equation") ? "equation" : tile.dataset.widget;
            localStorage.setItem(`camet.interval ${{owner}} ${{name}}`, "{value}");
        }}
    """)
    browser.driver.refresh()
    browser.shown(".panel:not([hidden]) .figure")
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")


def banner(browser) -> str | None:
    return browser.script("return document.querySelector('[data-banner]:not([hidden])')?.dataset.banner ?? null")


def test_a_tile_refreshed_by_hand_that_could_not_be_had_comes_by_itself(dashboard):
    browser = dashboard()
    choose(browser, "KpiTotalProduction", "off")
    block(browser, "*/dashboard/tiles*")
    browser.driver.refresh()
    browser.until(lambda: banner(browser) == "failed", "nothing is said")
    assert not browser.driver.find_elements("css selector", "#tile-KpiTotalProduction .figure")
    block(browser)
    browser.shown("#tile-KpiTotalProduction .figure")
    browser.until(lambda: banner(browser) is None, "it is still said")


def test_another_view_comes_by_itself_where_all_are_refreshed_by_hand(dashboard):
    browser = dashboard()
    choose_for_all(browser, "off")
    period = browser.text("#panel-produccion .meta strong")
    block(browser, "*/dashboard/tiles*")
    browser.script("""
        document.querySelector("#filters [name=period][value='7d']").click();
    """)
    browser.until(lambda: banner(browser) == "failed", "nothing is said")
    block(browser)
    browser.until(lambda: banner(browser) is None, "it is still said")
    browser.until(lambda: browser.find("#panel-produccion .meta strong").text != period, "the old view stays")
    assert "period=7d" in [one for one in browser.script("return asked") if "KpiTotalProduction" in one][-1]


LATER = """
    const now = performance.now.bind(performance);
    performance.now = () => now() + 200000;
    dispatchEvent(new Event("offline"));
"""


def test_what_is_live_grows_old_and_what_is_not_says_its_time(dashboard, line):
    browser = dashboard()
    assert not browser.find("#tile-KpiTotalProduction .tile-updated").is_displayed()
    browser.script(LATER)
    assert banner(browser) == "stale"
    choose_for_all(browser, "off")
    line.unit()
    browser.until(lambda: not browser.find("#live-age").is_displayed(), "it is told as live")
    browser.script(LATER)
    assert banner(browser) is None and not browser.script("return document.querySelector('[data-stale]')")
    assert re.search(r"\d\d:\d\d$", browser.shown("#tile-KpiTotalProduction .tile-updated").text)
    before = asked_for(browser, "KpiTotalProduction")
    browser.script("document.querySelector('[data-banner=stale] [data-refresh]').click()")
    browser.until(lambda: asked_for(browser, "KpiTotalProduction") == before + 1, "it is not asked for")


def test_a_tile_of_an_interval_is_waited_for_as_long_as_that(dashboard):
    browser = dashboard()
    browser.until(lambda: browser.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    # Its data failed: it is due with the next event, but no timer goes faster for it.
    browser.script("""
        const failure = document.createElement("div");
        failure.className = "tile-failure";
        document.getElementById("tile-KpiTotalProduction").append(failure);
        window.delays = [];
    """)
    choose(browser, "KpiTotalProduction", "900")
    assert any(800_000 < delay <= 900_000 for delay in browser.script("return delays"))
    assert 1000 not in browser.script("return delays")
    browser.script("Date.now = ((now) => () => now() + 901000)(Date.now)")
    choose(browser, "KpiTotalProduction", "300")
    assert 1000 in browser.script("return delays"), "nothing is asked for when it is over"


def test_a_tile_that_is_far_away_is_not_asked_for_by_its_interval(dashboard):
    browser = dashboard(height=500)
    last = browser.script("return [...document.querySelectorAll('#panel-produccion > [data-widget]')].at(-1).dataset.widget")
    choose_for_all(browser, "30")
    browser.until(lambda: browser.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    assert any(1000 < delay <= 30_000 for delay in browser.script("return delays"))
    assert 1000 not in browser.script("return delays") and asked_for(browser, last) == 0
    browser.script(f"document.getElementById('tile-{last}').scrollIntoView()")
    browser.until(lambda: asked_for(browser, last) == 1, "it is not asked for")


def test_an_open_menu_stays_as_it_is_and_the_figure_comes_after(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}")
    select = menu(browser, "KpiTotalProduction").find_element("css selector", "select")
    figure = "return document.querySelector('#tile-KpiTotalProduction .figure').textContent"
    before, asked = browser.script(figure), asked_for(browser, "KpiTotalProduction")
    line.unit()
    browser.until(lambda: browser.script("return performance.getEntriesByType('resource')"
                                         ".filter((one) => one.name.includes('KpiTotalProduction')).length") > asked,
                  "it is not answered")
    browser.until(lambda: browser.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    assert select.is_displayed(), "the menu was replaced"
    assert browser.script(figure) == before
    select.send_keys(Keys.ESCAPE)
    browser.until(lambda: browser.script(figure) != before, "the figure does not come")
    assert browser.script("return document.activeElement.parentElement.id") == "tile-KpiTotalProduction-menu"
    browser.check_quiet()


def test_a_table_keeps_its_focus_when_the_tile_is_another(dashboard, line):
    browser = dashboard(f"/?period=today&tab=oee&line_id={line.id}")
    do(browser, "OeeTrendChart", "table")
    browser.shown("#tile-OeeTrendChart tbody a")
    text = browser.script("""
        const link = document.querySelector("#tile-OeeTrendChart tbody a");
        link.focus();
        link.closest("[data-tile]").dataset.old = "";
        return link.textContent;
    """)
    line.unit()
    browser.until(lambda: not browser.script("return document.querySelector('#tile-OeeTrendChart[data-old]')"),
                  "the tile stays")
    assert browser.script("return document.activeElement.textContent") == text
    browser.check_quiet()


def test_an_answer_that_does_not_come_is_given_up(dashboard):
    browser = dashboard("/?period=today&tab=oee")
    browser.script("isMute = true")
    do(browser, "KpiOee", "refresh")
    browser.until(lambda: browser.script("return patiences.length") > 0, "there is no end to it")
    assert set(browser.script("return patiences")) == {20_000}
    before = len([one for one in browser.script("return asked") if "KpiOee" in one])
    browser.script("giveUp()")
    browser.until(lambda: len([one for one in browser.script("return asked") if "KpiOee" in one]) > before,
                  "it is not tried again")
    menu(browser, "KpiOee").find_element("css selector", "a").click()
    browser.shown("#explain[open]")
    browser.script("giveUp()")
    browser.shown("#explain [data-retry]")
    browser.script("isMute = false")
    browser.find("#explain [data-retry]").click()
    browser.shown("#explain [data-explanation]")
    browser.check_quiet()


def test_without_a_store_a_choice_lives_as_long_as_the_page(dashboard, line):
    browser = dashboard(f"/?period=today&line_id={line.id}", NO_STORE)
    choose(browser, "KpiTotalProduction", "off")
    kept, others = asked_for(browser, "KpiTotalProduction"), asked_for(browser, "LineStatusIndicator")
    line.unit()
    browser.until(lambda: asked_for(browser, "LineStatusIndicator") > others, "the others are not refreshed")
    assert asked_for(browser, "KpiTotalProduction") == kept
    assert menu(browser, "KpiTotalProduction").find_element("css selector", "select").get_attribute("value") == "off"
    browser.check_quiet()


def test_whoever_has_a_tile_on_the_whole_screen_sees_nothing_else_but_what_is_wrong(dashboard):
    browser = dashboard()
    assert browser.find("#tile-LineStatusIndicator").is_displayed()
    do(browser, "KpiTotalProduction", "full")
    browser.shown("#tile-KpiTotalProduction[data-full]")
    assert not browser.find("#tile-LineStatusIndicator h2").is_displayed()
    assert not browser.find("#tile-KpiTotalProduction [data-tile-do=full]").get_attribute("aria-pressed")
    assert browser.script("""
        const note = document.querySelector("[data-banner=failed]");
        note.hidden = false;
        const { left, top } = note.getBoundingClientRect();
        return note.contains(document.elementFromPoint(left + 20, top + 10));
    """)
    press_escape(browser)
    browser.shown("#tile-LineStatusIndicator h2")
    browser.check_quiet()
