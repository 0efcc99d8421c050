"""Periods by shift and what figures are compared with, chosen on the page; the address is the view."""

import re

import pytest
from selenium.webdriver.support.ui import Select

from shift_floor import LATE, NOW, Floor

TOTAL = ".tile-total .figure"


@pytest.fixture(scope="module")
def floor(system):
    # Long enough there for a week before, and for dates of a year ago, to have figures of nothing.
    return Floor(system.make_tenant("periods"), since=24 * 730)


@pytest.fixture
def page(open_browser, floor):
    def open_page(role="OPERATOR", path="/", **look):
        browser = open_browser(**look)
        browser.open_as(floor.tenant.user(role), path)
        browser.shown(TOTAL)
        # The language is the person's and not the browser's.
        if look.get("language") == "en":
            browser.driver.add_cookie({"name": "camet_language", "value": "en", "path": "/"})
            browser.open(path)
            browser.shown(TOTAL)
        return browser

    return open_page


def total(browser) -> int:
    return int("".join(re.findall(r"[0-9]", browser.text(TOTAL).split("\n")[0])))


def query(browser) -> str:
    return browser.script("return location.search")


def choose(browser, period: str) -> None:
    browser.find(f'.segments label:has([value="{period}"])').click()


@pytest.mark.parametrize("language,words", [("es", ("Turno actual", "en curso")), ("en", ("This shift", "under way"))])
def test_an_operator_sees_the_shift_that_is_on_and_goes_to_the_last_one(page, floor, language, words):
    browser = page(language=language)
    assert query(browser) == "?period=this_shift", "the address says no period"
    assert browser.text(".period :checked + span") == words[0]
    assert browser.text(".meta-shift") == f"{floor.span(NOW)}, {words[1]}"
    assert "Madrid (UTC+" in browser.text(".meta")
    assert total(browser) == NOW[2]
    choose(browser, "last_shift")
    browser.until(lambda: total(browser) == LATE[2], "the last shift is not shown")
    assert query(browser) == "?period=last_shift"
    assert browser.text(".meta-shift") == floor.span(LATE)
    browser.driver.refresh()
    browser.until(lambda: total(browser) == LATE[2], "the address is not the view")
    browser.driver.back()
    browser.until(lambda: total(browser) == NOW[2], "going back does not show the shift that is on")
    browser.check_quiet()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/?period=this_shift&compare=custom&compare_from=2026-03-01&compare_to=2026-03-04",
                                  "/downtimes"], ids=["dashboard", "stops"])
def test_the_filters_fit_the_window(open_browser, floor, width, dark, path):
    browser = open_browser(width=width, dark=dark)
    browser.open_as(floor.tenant.user("OPERATOR"), path)
    browser.shown(".meta-shift")
    browser.picture(f"periods-{'stops' if 'downtimes' in path else 'dashboard'}-{width}-{'dark' if dark else 'light'}")
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, "the page scrolls sideways"
    browser.check_quiet()


@pytest.mark.parametrize("language,label,week", [("es", "Comparar con: Una semana antes", "frente a"),
                                                 ("en", "Compare with: A week before", "vs")])
def test_what_figures_are_compared_with_is_chosen_and_said(page, language, label, week):
    browser = page(language=language)
    trend = browser.shown(".tile-total .trend").text
    Select(browser.find('[name="compare"]')).select_by_value("week")
    browser.until(lambda: query(browser) == "?period=this_shift&compare=week", "the address is not the view")
    browser.until(lambda: browser.find(".tile-total .trend").text != trend, "the comparison stays")
    assert week in browser.text(".tile-total .trend") and "(0)" in browser.text(".tile-total .trend")
    assert browser.find("#chips .chip").text.split("\n")[0] == label
    browser.find("#chips .chip").click()
    browser.until(lambda: query(browser) == "?period=this_shift", "the chip leaves the comparison")
    browser.until(lambda: browser.find(".tile-total .trend").text == trend, "the comparison is not taken back")
    browser.check_quiet()


def test_chosen_dates_are_compared_with(page, floor):
    browser = page("MANAGER", "/?period=today")
    Select(browser.find('[name="compare"]')).select_by_value("custom")
    browser.until(lambda: "compare_from=" in query(browser), "no dates are compared with")
    assert browser.find("#compare-dates").is_displayed()
    address = "?period=today&compare=custom&compare_from=2025-03-01&compare_to=2025-03-04"
    browser.open("/" + address)
    browser.until(lambda: "1–4 mar 2025 (0)" in browser.find(".tile-total .trend").text, "the dates are not said")
    assert query(browser) == address
    for name, value in (("compare_from", "2025-03-01"), ("compare_to", "2025-03-04")):
        assert browser.find(f'[name="{name}"]').get_attribute("value") == value
    browser.check_quiet()


def test_an_interval_too_short_for_the_dates_compared_with_is_not_offered(page, floor):
    browser = page("MANAGER", "/?period=today&interval=minute")
    minute = '[name="interval"] option[value="minute"]'
    assert browser.find(minute).is_enabled()
    browser.open("/?period=today&compare=custom&compare_from=2025-03-01&compare_to=2025-03-07&interval=minute")
    browser.shown(TOTAL)
    assert browser.find(minute).is_enabled()
    browser.open("/?period=today&compare=custom&compare_from=2025-03-01&compare_to=2025-03-08")
    browser.shown(TOTAL)
    assert not browser.find(minute).is_enabled()
    assert browser.find('[name="interval"] option[value="hour"]').is_enabled()
    browser.check_quiet()
