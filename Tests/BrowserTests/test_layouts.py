"""Arranging a dashboard in a browser: by the keyboard alone, by dragging, against somebody else, and seen at once where it is open."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from running_system import PlantData

API = "/api/v1"
PATH = f"{API}/layouts"
FORM = "/admin/layouts/VIEWER"
TODAY = "/?period=today"


@pytest.fixture(scope="module")
def company(system):
    made = system.make_tenant("arranging")
    PlantData(made.client("MANAGER"), code="AR1", shift=("00:00", "00:00"))
    return made


@pytest.fixture
def manager(company):
    client = company.client("MANAGER")
    for item in client.read(PATH)["items"]:
        assert client.delete(f"{PATH}/{item['layout_id']}").status_code == 204
    return client


@pytest.fixture
def form(open_browser, company, manager):
    def open_form(path: str = FORM, **look):
        browser = open_browser(**look)
        browser.open_as(company.user("MANAGER"), path)
        browser.shown(".layout-form.can-drag")
        return browser

    return open_form


def tiles(browser, section: str) -> list[str]:
    return browser.driver.execute_script(
        "return [...document.querySelectorAll(`[data-section=${arguments[0]}] .layout-tile`)].map((one) => one.dataset.widget)",
        section)


def said(browser) -> str:
    return browser.find("#layout-said").text


def stored(manager) -> dict[str, list[str]]:
    answer = manager.get(f"{PATH}/5")
    places = answer.json()["widgets"] if answer.status_code == 200 else []
    return {tab: [place["widget_id"] for place in places if place["tab"] == tab] for tab in ("produccion", "oee")}


def saved(browser) -> None:
    browser.until(lambda: browser.driver.current_url.endswith("/admin/layouts?done=saved"), "it is not saved")


def test_the_keyboard_alone_arranges_a_dashboard(form, manager):
    browser = form()
    first = tiles(browser, "produccion")
    oee = tiles(browser, "oee")

    def active():
        return browser.driver.switch_to.active_element

    def tab_to(is_there, most: int = 200) -> None:
        for _ in range(most):
            ActionChains(browser.driver).send_keys(Keys.TAB).perform()
            element = active()
            if is_there(element):
                assert browser.driver.execute_script(
                    "const s = getComputedStyle(arguments[0]); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'",
                    element), "the focus is not seen"
                return
        raise AssertionError("it is not reached")

    tab_to(lambda element: element.get_attribute("value") == f"down:{first[0]}")
    active().send_keys(Keys.ENTER)
    assert tiles(browser, "produccion")[:2] == [first[1], first[0]]
    assert said(browser).endswith(f"puesto 2 de {len(first)} en Producción")
    # The focus stays with the tile, so the same key moves it on.
    assert active().get_attribute("value") == f"down:{first[0]}"
    active().send_keys(Keys.SPACE)
    assert tiles(browser, "produccion")[:3] == [first[1], first[2], first[0]]
    tab_to(lambda element: element.get_attribute("value") == f"oee:{first[0]}")
    active().send_keys(Keys.ENTER)
    assert tiles(browser, "oee") == [*oee, first[0]] and "en OEE" in said(browser)
    assert active().get_attribute("value").endswith(f":{first[0]}")
    tab_to(lambda element: element.get_attribute("value") == f"hidden:{first[0]}")
    active().send_keys(Keys.ENTER)
    assert tiles(browser, "hidden") == [first[0]] and said(browser).endswith("sin mostrar")
    assert stored(manager) == {"produccion": [], "oee": []}, "nothing is stored before it is saved"
    tab_to(lambda element: element.get_attribute("id") == "save")
    active().send_keys(Keys.ENTER)
    saved(browser)
    assert stored(manager) == {"produccion": first[1:], "oee": oee}
    browser.check_quiet()


def drag(browser, widget: str, to, release: bool = True) -> ActionChains:
    """Takes a tile by its name to an element, a little above its middle."""
    handle = browser.find(f"#layout-{widget} .layout-name")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", to)
    actions = ActionChains(browser.driver).click_and_hold(handle).move_by_offset(0, 6)
    actions.move_to_element_with_offset(to, 0, -4).move_by_offset(0, -2)
    if release:
        actions.release()
    actions.perform()
    return actions


def test_dragging_moves_a_tile_and_escape_puts_it_back(form, manager):
    browser = form(height=2200)
    first, oee = tiles(browser, "produccion"), tiles(browser, "oee")
    drag(browser, first[2], browser.find(f"#layout-{first[0]}"))
    assert tiles(browser, "produccion")[:3] == [first[2], first[0], first[1]]
    assert "puesto 1 de" in said(browser)
    # Into the other tab.
    drag(browser, first[2], browser.find(f"#layout-{oee[1]}"))
    assert tiles(browser, "oee")[:3] == [oee[0], first[2], oee[1]] and first[2] not in tiles(browser, "produccion")
    before = tiles(browser, "oee")
    drag(browser, before[3], browser.find(f"#layout-{before[0]}"), release=False)
    assert tiles(browser, "oee")[0] == before[3]
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    assert tiles(browser, "oee") == before and said(browser).startswith("Sin cambios")
    ActionChains(browser.driver).release().perform()
    assert tiles(browser, "oee") == before
    browser.find("#save").click()
    saved(browser)
    assert stored(manager)["oee"] == before
    browser.check_quiet()


def test_what_somebody_else_saved_meanwhile_is_shown(form, manager):
    browser = form()
    first = tiles(browser, "produccion")
    body = {"role": "VIEWER", "filters": ["DateRangeFilter"], "widgets": [{"widget_id": "KpiOee"}]}
    assert manager.post(PATH, body).status_code == 201
    browser.find(f'button[value="hidden:{first[0]}"]').click()
    browser.find("#save").click()
    lost = browser.shown(".admin-lost")
    assert "Otra persona cambió esto" in lost.text and "Sin mostrar" in lost.text
    assert stored(manager) == {"produccion": [], "oee": ["KpiOee"]}
    assert tiles(browser, "hidden")[-1] == first[0], "what was arranged is still there"
    browser.find("#keep-mine").click()
    saved(browser)
    assert stored(manager)["produccion"] == first[1:]
    assert all("412" in entry for entry in browser.console())


def test_an_open_dashboard_changes_at_once_and_anothers_does_not(system, open_browser, form, company, manager):
    other = system.make_tenant("arranging-elsewhere")
    PlantData(other.client("MANAGER"), code="AR2", shift=("00:00", "00:00"))
    looking, stranger = open_browser(), open_browser()
    for browser, tenant in ((looking, company), (stranger, other)):
        browser.open_as(tenant.user("VIEWER"), TODAY)
        browser.shown("#tile-KpiTotalProduction .figure, #tile-KpiTotalProduction .empty")
        browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
        assert browser.find("#tile-LineStatusIndicator")
    browser = form()
    browser.find('button[value="hidden:LineStatusIndicator"]').click()
    browser.find("#save").click()
    saved(browser)
    looking.until(lambda: looking.script("return !document.querySelector('#tile-LineStatusIndicator')"), "the tile stays")
    assert looking.find("#tile-KpiTotalProduction").is_displayed()
    # Another role's and another company's are as they were, also when they are asked for anew.
    stranger.open(TODAY)
    stranger.shown("#tile-LineStatusIndicator")
    # And back, as the page says before.
    browser.open(f"{FORM}/delete")
    assert "Vuelve a verse: Estado de las líneas." in browser.shown(".admin-effects").text
    browser.find(".admin-deletion .button-main").click()
    saved(browser)
    looking.until(lambda: looking.script("return document.querySelector('#tile-LineStatusIndicator')"), "it does not come back")
    for one in (looking, stranger, browser):
        one.check_quiet()


@pytest.mark.parametrize("width,dark", [(390, True), (1440, False)], ids=["390-dark", "1440-light"])
def test_it_looks_right(form, manager, width, dark):
    browser = form(width=width, dark=dark)
    for name, path in (("layout", FORM), ("layouts", "/admin/layouts")):
        browser.open(path)
        browser.shown("main h1")
        assert browser.script("return document.documentElement.scrollWidth") <= width, path
        browser.picture(f"administration-{name}-{width}-{'dark' if dark else 'light'}")
        browser.check_quiet()
