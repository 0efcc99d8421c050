"""Every page against the rules of WCAG 2.2 AA that a program can check: axe-core, in both looks and languages, wide and narrow."""

import importlib.util
from pathlib import Path

import pytest

from running_line import RunningLine
from shop_floor import set_pin

# axe-core as a wheel carries it; the package around it is not imported.
AXE = Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
TODAY = "/?period=today"
LOOKS = {"light-es-1440": (False, "es", 1440), "dark-en-390": (True, "en", 390)}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("for-everybody")


@pytest.fixture(scope="module")
def line(company):
    """A line with two stops, one with a cause, one that runs on."""
    made = RunningLine(company, code="AX")
    made.run(120, 80)
    made.run(60, 20)
    stop = made.stops()[-2]
    answer = made.manager.post(
        "/api/v1/downtimes/justify",
        {"line_id": made.id, "start": stop["start"], "end": stop["end"], "incident_id": made.incidents["Fusible"]})
    assert answer.status_code in (200, 201), answer.text
    return made


@pytest.fixture(params=LOOKS, ids=list(LOOKS))
def browser(open_browser, request):
    dark, language, width = LOOKS[request.param]
    return open_browser(dark=dark, language=language, width=width)


def violations(browser, within: str = "html") -> list[str]:
    """What axe-core finds on the page as it is, or in a part of it, a line for each element."""
    browser.driver.execute_script(AXE.read_text())
    browser.driver.set_script_timeout(120)
    found = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(arguments[1], {runOnly: arguments[0], resultTypes: ['violations']})"
        ".then((result) => done(result.violations), (error) => done([{id: String(error), nodes: []}]));", RULES, within)
    return [f"{rule['id']}: {' '.join(node['target'])}: {node['failureSummary']}" if rule["nodes"] else rule["id"]
            for rule in found for node in rule["nodes"] or [None]]


def check(browser, path: str, *steps) -> None:
    browser.open(path)
    browser.shown("main h1, main h2, main")
    for step in steps:
        step(browser)
    found = violations(browser)
    assert found == [], f"{path}:\n" + "\n".join(found)


def tiles_are_drawn(browser) -> None:
    browser.shown(".tile-total .figure")
    browser.until(lambda: not browser.script("return document.querySelector('.panel:not([hidden])[aria-busy=true]')"),
                  "tiles are not drawn")
    browser.load_tiles()


def test_what_is_wrong_is_found(browser):
    """The control of all others."""
    browser.open("/login")
    assert violations(browser) == []
    browser.script("document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor;"
                   "document.documentElement.removeAttribute('lang');")
    found = " ".join(violations(browser))
    assert "color-contrast: h1" in found and "html-has-lang: html" in found


def test_the_pages_of_everybody(browser, company):
    for path in ("/login", "/no-such-page"):
        check(browser, path)
    browser.open_as(company.user("VIEWER"))
    browser.shown("main")
    for path in ("/no-such-page", "/account"):
        check(browser, path)
    # Its operations are drawn by one template: the first ones stand for all, which would take half a minute.
    check(browser, "/api/docs", lambda page: page.script(
        "[...document.querySelectorAll('.docs-body > *')].slice(12).forEach((one) => one.remove());"))
    check(browser, "/admin")


def test_the_dashboard(browser, company, line):
    browser.open_as(company.user("MANAGER"), TODAY)
    browser.shown(".tile-total .figure")
    check(browser, TODAY, tiles_are_drawn)
    check(browser, f"{TODAY}&tab=oee&line_id={line.id}", lambda page: page.shown("#tile-equation .figure"),
          lambda page: page.load_tiles())
    check(browser, TODAY, tiles_are_drawn,
          lambda page: page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })"))


def test_the_stops(browser, company, line):
    browser.open_as(company.user("OPERATOR"), f"/downtimes?period=today&line_id={line.id}")

    def listed(page):
        page.shown("#stops-list .stop")

    check(browser, f"/downtimes?period=7d&line_id={line.id}", listed)
    check(browser, f"/downtimes?period=7d&line_id={line.id}", listed,
          lambda page: page.shown("#stops-list .stop").click(), lambda page: page.shown("#stop"))
    check(browser, f"/downtimes?period=7d&line_id={line.id}", listed,
          lambda page: page.shown("[data-enter]").click(), lambda page: page.shown("#enter .effect"),
          # Every fault and what else is shown only at times.
          lambda page: page.script("for (const one of document.querySelectorAll('#enter [hidden]')) one.hidden = false;"))


def test_the_edits_of_a_stop(browser, company, line):
    browser.open_as(company.user("MANAGER"), f"/downtimes?period=7d&line_id={line.id}")

    def unfold(page, part):
        page.script(f"document.querySelector('{part}').scrollIntoView()")
        page.find(f"{part} summary").click()
        page.shown(f"{part} .edit-body")

    check(browser, f"/downtimes?period=7d&line_id={line.id}", lambda page: page.shown("#stops-list .stop").click(),
          lambda page: page.shown("#stop"), lambda page: unfold(page, "#change-times"),
          lambda page: page.script("for (const one of document.querySelectorAll('#change-times [hidden]')) one.hidden = false;"))
    unfold(browser, "#delete")
    browser.shown("#delete .effect")
    assert violations(browser) == []


def test_the_administration(browser, company, line):
    device = company.client("MANAGER").make("devices", kind="andon", name="Wall", line_ids=[line.id])
    browser.open_as(company.user("ADMIN"), "/admin")
    browser.shown("main h1")
    for path in ("/admin", "/admin/lines", f"/admin/lines/{line.id}", "/admin/shifts",
                 f"/admin/shifts/{line.plant.shift}", f"/admin/shifts/{line.plant.shift}/delete", "/admin/calendar/new",
                 "/admin/users", "/admin/users/new", "/admin/keys", "/admin/keys/new", "/admin/settings", "/admin/audit",
                 "/admin/groups", "/admin/devices", f"/admin/devices/{device['device_id']}", "/admin/layouts", "/admin/layouts/OPERATOR"):
        check(browser, path)


def test_the_walls(browser, company, line):
    browser.open_as(company.user("VIEWER"), f"/andon?lines={line.id}")
    check(browser, f"/andon?lines={line.id}", lambda page: page.shown(f'.wall-tile[data-line="{line.id}"]'))
    check(browser, "/andon", lambda page: page.shown(".wall-tile"), lambda page: page.find("#wall-menu summary").click(),
          lambda page: page.shown("#wall-menu button[type=submit]"))
    check(browser, f"/shift-board?lines={line.id}", lambda page: page.shown(".board-table"))
    check(browser, "/shift-board", lambda page: page.shown(".board-table"), lambda page: page.find("#wall-menu summary").click(),
          lambda page: page.shown("#wall-menu button[type=submit]"))


def test_the_station(browser, company, line, system, request):
    pin = "2580"
    set_pin(company.client("OPERATOR"), pin)
    dark, language, _ = LOOKS[request.node.callspec.params["browser"]]
    link = company.client("MANAGER").make(
        "devices", kind="station", name="Tablet", line_ids=[line.id], language=language,
        look="dark" if dark else "light")["link"]
    check(browser, link.removeprefix(system.base))
    browser.find("form button[type=submit]").click()
    browser.shown(f"#line-{line.id}")
    check(browser, "/station", lambda page: page.shown(f"#line-{line.id}"))
    check(browser, "/station", lambda page: page.shown(f"#line-{line.id}"), lambda page: page.find("#unlock").click(),
          lambda page: page.shown("#who-people .pick"))
    browser.find("#who-people .pick").click()
    browser.shown("#who-pin .pin-pad")
    assert violations(browser) == []
    for digit in pin:
        browser.find(f'#who-pin [data-digit="{digit}"]').click()
    browser.find("#who-pin button[type=submit]").click()
    browser.shown("#at-work")
    browser.until(lambda: browser.find("#board [data-stop]").click() or True, "no stop can be tapped")
    browser.shown("#stop[open]")
    assert violations(browser) == []
