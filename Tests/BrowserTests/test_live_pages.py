"""Open pages are live: a unit is seen as soon as it is made, by every page it concerns, and a page that nobody sees asks for nothing."""

import re
from datetime import datetime, timezone

import pytest

from running_system import PASSWORD, PlantData, sign_in

TODAY = "/?period=today"
TOTAL = ".tile-total .figure"
QUICK = {"KpiTotalProduction", "LineStatusIndicator"}
# Of every answer of tiles: which were asked for, and how many events of detections had been heard by then.
WATCH = """
    window.heard = 0;
    window.answers = [];
    document.addEventListener("htmx:sseMessage", ({ detail }) => { if (detail.type === "detection_counts") heard += 1; });
    document.addEventListener("htmx:afterSwap", (event) =>
        answers.push([new URL(event.detail.xhr.responseURL).searchParams.get("widget_ids"), heard]));
"""
# From now on nobody sees the page.
HIDE = """
    Object.defineProperty(document, "hidden", { configurable: true, get: () => window.unseen ?? false });
    window.unseen = true;
    document.dispatchEvent(new Event("visibilitychange"));
"""


def total(browser) -> int:
    return int("".join(re.findall(r"[0-9]", browser.text(TOTAL).split("\n")[0])))


def answers(browser) -> list[tuple[bool, int]]:
    """Of each answer whether it was of the quick tiles alone, and the events heard before it."""
    return [(set(names.split(",")) <= QUICK, heard) for names, heard in browser.script("return answers")]


def is_live(browser) -> bool:
    return browser.find("#live").get_attribute("data-state") == "live"


@pytest.fixture
def page(open_browser, factory):
    """Opens a manager's page that is live."""
    username = factory.tenant.user("MANAGER")

    def open_page(path=TODAY, **look):
        browser = open_browser(**look)
        browser.open_as(username, path)
        browser.shown(TOTAL)
        browser.until(lambda: is_live(browser), "the stream is not live")
        browser.script(WATCH)
        return browser

    return open_page


def test_a_unit_is_seen_in_every_open_page(page, factory):
    pages = [page(), page(), page(width=390)]
    before = [total(browser) for browser in pages]
    factory.detect()
    for browser, count in zip(pages, before):
        browser.until(lambda: total(browser) == count + 1, f"the total stays {count}")
        browser.check_quiet()


def test_the_tiles_a_unit_changes_come_before_all_the_others(page, factory):
    browser = page()
    browser.until(lambda: browser.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    tiles = len(browser.driver.find_elements("css selector", "#panel-produccion > [data-tile]"))
    before = total(browser)
    # One after the other, so that one of them comes just after everything was asked for.
    for number in range(1, 4):
        factory.detect()
        browser.until(lambda: total(browser) == before + number, f"the total is not {before + number}")
    assert True in [is_quick for is_quick, _ in answers(browser)], "everything was asked for each time"
    browser.until(lambda: answers(browser)[-1] == (False, 3), "the others were forgotten")
    assert len(browser.driver.find_elements("css selector", "#panel-produccion > [data-tile]")) == tiles
    browser.check_quiet()


def test_what_happens_on_another_line_is_no_reason_to_ask(page, factory):
    other = PlantData(factory.tenant.client("MANAGER"), code="OTHER", shift=("00:00", "00:00"))
    browser = page(f"{TODAY}&line_id={other.line}")
    factory.detect()
    browser.until(lambda: browser.script("return heard") == 1, "the event was not heard")
    # An event of its own line is answered, and nothing was asked for before.
    factory.tenant.client("key:ingest").post("/api/v1/detections", {"detections": [other.detection(datetime.now(timezone.utc).isoformat())]})
    browser.until(lambda: total(browser) == 1, "the unit of the line is not seen")
    assert {heard for _, heard in answers(browser)} == {2}
    browser.check_quiet()


def test_a_page_that_nobody_sees_asks_for_nothing_until_it_is_seen(page, factory):
    browser, beside = page(), page()
    browser.script(HIDE)
    browser.until(lambda: browser.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    asked, before, seen = len(answers(browser)), total(browser), total(beside)
    factory.detect()
    browser.until(lambda: browser.script("return heard") > 0, "the event was not heard")
    # By then the page beside it has asked and been answered, and so would this one have.
    beside.until(lambda: total(beside) == seen + 1, f"the total stays {seen}")
    beside.until(lambda: (False, 1) in answers(beside), "not everything was asked for")
    assert len(answers(browser)) == asked and total(browser) == before
    browser.script("window.unseen = false; document.dispatchEvent(new Event('visibilitychange'));")
    browser.until(lambda: total(browser) == before + 1, f"the total stays {before}")
    browser.check_quiet()


@pytest.mark.parametrize("name,path,content", [
    ("dashboard", TODAY, TOTAL), ("stops", "/downtimes?period=today", "#stops-list-title")])
def test_a_page_whose_sign_in_has_ended_says_so_though_nothing_happens(open_browser, system, factory, name, path, content):
    person = factory.tenant.make_user("VIEWER", f"ended-at-{name}")
    browser = open_browser()
    browser.sign_in(person, PASSWORD, path)
    browser.shown(content)
    browser.until(lambda: is_live(browser), "the stream is not live")
    client = system.client(bearer=sign_in(system, person)["access_token"])
    assert client.delete("/auth/sessions").status_code == 204
    # Without events the page asks only once a minute.
    browser.until(lambda: browser.find("[data-banner=signed-out]").is_displayed(), "nothing is said", 5 * 5)


def test_a_stream_that_breaks_makes_only_pages_ask_that_somebody_sees(page):
    browser, beside = page(), page()
    browser.script(HIDE)
    for one in (browser, beside):
        one.until(lambda: one.find("#panel-produccion").get_attribute("aria-busy") == "false", "not drawn")
    asked, seen = len(answers(browser)), len(answers(beside))
    lost = "document.dispatchEvent(new Event('htmx:sseError'))"
    # The one that nobody sees would ask first.
    browser.script(f"Math.random = () => 0; {lost}")
    beside.script(f"Math.random = () => 0.999; {lost}")
    beside.until(lambda: len(answers(beside)) > seen, "the page that is seen does not ask")
    assert len(answers(browser)) == asked
    browser.check_quiet()
