"""The shift board in a real browser: live, on a phone and on paper."""

import pytest

from running_line import RunningLine


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("shift-board")


@pytest.fixture(scope="module")
def line(company):
    made = RunningLine(company, code="B1")
    made.run(200, 100)
    made.run(60, 5)
    return made


@pytest.fixture
def visit(open_browser, company):
    """A browser that is signed in and shows the board, live."""

    def open_board(query, who="VIEWER", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), f"/shift-board{query}")
        if look.get("language") == "en":
            browser.driver.add_cookie({"name": "camet_language", "value": "en", "path": "/"})
            browser.open(f"/shift-board{query}")
        browser.shown(".board-table")
        browser.until(lambda: browser.find("#wall-live").get_attribute("data-state") == "live", "it is not live", 30)
        return browser

    return open_board


def total(browser) -> int:
    return int(browser.text(".board-sum strong").replace(".", "").replace(",", ""))


@pytest.mark.parametrize("dark,language,width,height", [
    (False, "es", 1440, 900), (True, "en", 1440, 900), (True, "es", 1920, 1080), (False, "en", 1920, 1080),
    (False, "es", 390, 844), (True, "en", 390, 844)])
def test_a_unit_is_on_the_board_at_once(visit, line, dark, language, width, height):
    browser = visit(f"?lines={line.id}", dark=dark, language=language, width=width, height=height)
    before = total(browser)
    line.unit()
    browser.until(lambda: total(browser) == before + 1, "the unit is not counted", 25)
    assert browser.find(".board-table caption").get_attribute("textContent")
    assert {"es": "Mayor pérdida", "en": "Largest loss"}[language] in browser.find(".board-table thead").get_attribute("textContent")
    assert browser.script("return document.documentElement.scrollWidth") <= width
    cells = browser.script("""return Array.from(document.querySelectorAll(".board-table td, .board-table th")).filter(
        (one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)""")
    assert cells == []
    browser.picture(f"board-{width}-{'dark' if dark else 'light'}-{language}")
    browser.check_quiet()


def test_one_goes_to_the_shift_before_and_back(visit, line):
    browser = visit(f"?lines={line.id}")
    title = browser.text(".board-head p")
    browser.click(".board-moves a")
    browser.until(lambda: browser.find(".board-head p").text != title, "it is the same shift")
    assert "date=" in browser.driver.current_url
    browser.until(lambda: "Turno actual" in browser.find(".board-moves").text, "there is no way back")
    browser.until(lambda: browser.driver.find_element("link text", "Turno actual").click() or True, "it cannot be clicked")
    browser.until(lambda: browser.find(".board-head p").text == title, "it is another shift")
    assert "date=" not in browser.driver.current_url
    browser.check_quiet()


def test_choosing_lines_leaves_the_board_with_the_shifts(visit, line):
    browser = visit("")
    browser.find("#wall-menu summary").click()
    browser.shown(f'#wall-menu input[name="lines"][value="{line.id}"]').click()
    browser.find("#wall-menu button[type=submit]").click()
    browser.until(lambda: f"lines={line.id}" in browser.driver.current_url, "the lines are not chosen")
    assert "date=" not in browser.driver.current_url


def test_the_board_says_when_it_is_old(visit, line):
    browser = visit(f"?lines={line.id}")
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    # Without an event the board asks after 15 s, and knows then that nobody answers.
    browser.until(lambda: "Sin conexión" in browser.find("#wall-lost").text, "the loss is not told", 15 * 5)
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    browser.until(lambda: not browser.find("#wall-lost").is_displayed(), "it stays lost", 90)


def test_on_paper_there_is_the_board_alone(visit, line):
    browser = visit(f"?lines={line.id}", dark=True)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.find(".board-table").is_displayed()
    for selector in (".bar", ".board-form", ".board-moves"):
        assert not browser.find(selector).is_displayed(), selector
    assert browser.script("return getComputedStyle(document.querySelector('.board-table td')).color") == "rgb(0, 0, 0)"
    browser.picture("board-print")
