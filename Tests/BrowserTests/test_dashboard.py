"""The pages in a real browser."""

import os
import re
import signal

import pytest
from selenium.webdriver.support.ui import Select

from browser import PATIENCE
from running_system import PASSWORD, PlantData, eventually

TODAY = "/?period=today"
TOTAL = ".tile-total .figure"


def total(browser) -> int:
    text = browser.text(TOTAL)
    return int("".join(re.findall(r"[0-9]", text.split("\n")[0])))


@pytest.fixture
def manager(factory):
    return factory.tenant.user("MANAGER")


@pytest.fixture
def dashboard(open_browser, factory, manager):
    """A browser that is signed in and shows today's tiles."""

    def open_dashboard(path=TODAY, **look):
        browser = open_browser(**look)
        browser.open_as(manager, path)
        browser.shown(TOTAL)
        return browser

    return open_dashboard


def test_signing_in_shows_the_dashboard_without_a_message_in_the_console(dashboard):
    browser = dashboard()
    assert "/login" not in browser.driver.current_url
    assert browser.script("return document.documentElement.lang") == "es"
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
    browser.check_quiet()


def test_what_the_console_and_the_policy_complain_of_is_noticed(dashboard):
    """The control of every check for quiet: an inline script and an error are seen."""
    browser = dashboard()
    browser.script("""
        const element = document.createElement("script");
        element.textContent = "window.ran = true";
        document.body.append(element);
        console.error("told");
        setTimeout(() => { throw new Error("thrown"); });
    """)
    browser.until(lambda: browser.script("return window.scriptErrors.length + window.policyViolations.length") >= 2,
                  "nothing was noticed")
    assert browser.script("return window.ran") is None
    assert any("told" in entry for entry in browser.console())
    with pytest.raises(AssertionError):
        browser.check_quiet()


def test_a_wrong_password_is_told_in_the_form(open_browser, manager):
    browser = open_browser()
    browser.sign_in(manager, "not the password")
    assert browser.shown("#failure").text
    assert browser.find("input[name=username]").get_attribute("value") == manager
    assert browser.find("input[name=password]").get_attribute("value") == ""


def test_the_total_changes_when_a_unit_is_detected(dashboard, factory):
    browser = dashboard()
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
    before = total(browser)
    factory.detect(2)
    browser.until(lambda: total(browser) == before + 2, f"the total stays {before}")
    browser.check_quiet()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("tab", ["produccion", "oee"])
def test_both_tabs_fit_the_window_in_both_looks(dashboard, factory, width, dark, tab):
    # One of today, also where the day has just begun.
    factory.detect()
    browser = dashboard(width=width, dark=dark)
    if tab == "oee":
        browser.find('.tabs [data-tab="oee"]').click()
        browser.shown("#tile-equation .figure")
    else:
        browser.load_tiles()
        assert browser.find("[data-chart] canvas")
    browser.picture(f"dashboard-{tab}-{width}-{'dark' if dark else 'light'}")
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, "the page scrolls sideways"
    back = [int(part) for part in re.findall(r"\d+", browser.script(
        "return getComputedStyle(document.body).backgroundColor"))[:3]]
    assert (sum(back) < 3 * 128) == dark, back
    browser.check_quiet()


def test_the_language_is_switched_and_kept(dashboard):
    browser = dashboard()
    spanish = browser.text(".tile-total h2")
    browser.find(".menu-account > summary").click()
    browser.shown('[data-preference="camet_language"] label[lang="en"]').click()
    browser.until(lambda: browser.script("return document.documentElement.lang") == "en", "the page stays Spanish")
    browser.shown(TOTAL)
    assert browser.text(".tile-total h2") != spanish
    browser.open(TODAY)
    assert browser.script("return document.documentElement.lang") == "en"
    browser.check_quiet()


def test_the_look_is_switched_and_kept(dashboard):
    browser = dashboard()
    browser.find(".menu-account > summary").click()
    browser.shown('[data-preference="camet_theme"] legend')
    browser.script("""document.querySelector('[data-preference="camet_theme"] input[value="dark"]').click()""")
    browser.until(lambda: browser.script("return document.documentElement.dataset.theme") == "dark", "not dark")
    browser.open(TODAY)
    assert browser.script("return document.documentElement.dataset.theme") == "dark"
    browser.check_quiet()


def test_signing_out_ends_the_session(open_browser, manager):
    browser = open_browser()
    browser.sign_in(manager, PASSWORD, TODAY)
    browser.shown(".menu-account > summary").click()
    browser.shown(".menu-end button").click()
    browser.until(lambda: "/login" in browser.driver.current_url, "still signed in")
    browser.open("/")
    assert "/login" in browser.driver.current_url
    browser.check_quiet()


@pytest.mark.parametrize("width,height,dark", [(1440, 900, False), (390, 844, True)])
def test_whoever_belongs_to_two_companies_switches_in_the_bar(open_browser, system, factory, width, height, dark):
    slug = f"workshop-{width}"
    system.make_tenant(slug)
    name = factory.tenant.make_user("VIEWER", f"two-companies-{width}")
    system.camet("user", "grant", "--username", name, "--tenant", slug, "--role", "VIEWER")
    factory.detect()
    browser = open_browser(width=width, height=height, dark=dark)
    browser.open_as(name, TODAY)
    browser.shown(TOTAL)
    assert total(browser) > 0
    browser.find(".menu-places > summary").click()
    choice = browser.shown("form[action='/session/switch'] button")
    assert choice.text == f"Company {slug}"
    browser.picture(f"switch-{width}")
    choice.click()
    browser.until(lambda: f"Company {slug}" in browser.driver.title, "the other company is not shown")
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
    browser.find(".menu-places > summary").click()
    assert browser.shown("form[action='/session/switch'] button").text == "Company factory"
    browser.check_quiet()


def test_the_page_recovers_from_kill_9_of_its_worker(system, dashboard, factory):
    browser = dashboard()
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")
    before = total(browser)
    pid = system.worker("factory")["pid"]
    os.kill(pid, signal.SIGKILL)
    browser.until(lambda: browser.find("#live").get_attribute("data-state") != "live", "the loss is not shown")
    factory.detect()
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "it does not come back")
    browser.until(lambda: total(browser) == before + 1, f"the total stays {before}")
    assert eventually(lambda: not any(
        element.is_displayed() for element in browser.driver.find_elements("css selector", "[data-banner]")), PATIENCE)
    assert browser.script("return window.policyViolations") == []
    assert browser.script("return window.scriptErrors") == []


def test_the_sign_in_works_without_scripts(open_browser, factory, manager):
    browser = open_browser()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.sign_in(manager, PASSWORD)
    browser.until(lambda: "/login" not in browser.driver.current_url, "not signed in")


class Lines:
    """A group of the factory's line and another plant's, named as people do."""

    def __init__(self, factory):
        client = factory.tenant.client("MANAGER")
        self.first = factory.plant.line
        self.second = PlantData(client, code="PACK-2", shift=("00:00", "00:00"))
        self.group = client.make(
            "line-groups", group_name="Envasado de las dos plantas", line_ids=[self.first, self.second.line])
        self.address = f"{TODAY}&line_id=group_line_{self.group['line_group_id']}"


@pytest.fixture(scope="module")
def lines(factory):
    return Lines(factory)


def offered(browser) -> list[tuple[str, str]]:
    """The visible choices of lines, each with the label it stands under."""
    return [tuple(choice) for choice in browser.script("""
        return [...document.querySelectorAll('[name="line_id"] option')].filter((option) => !option.hidden)
            .map((option) => [option.closest("optgroup")?.label ?? "", option.textContent]);
    """)]


def test_a_group_is_chosen_and_its_address_shows_it_again(dashboard, lines):
    browser = dashboard()
    Select(browser.find('[name="line_id"]')).select_by_visible_text(lines.group["group_name"])
    browser.until(lambda: browser.driver.current_url.endswith(lines.address), "the address is not the view")
    browser.until(lambda: lines.group["group_name"] in browser.find("#chips").text, "no chip names the group")
    browser.shown(TOTAL)
    browser.open(lines.address)
    browser.shown(TOTAL)
    assert lines.group["group_name"] in browser.find("#chips").text
    browser.find("#chips .chip").click()
    browser.until(lambda: browser.driver.current_url.endswith(TODAY), "the group stays in the address")
    browser.driver.back()
    browser.until(lambda: lines.group["group_name"] in browser.find("#chips").text, "going back loses the group")
    browser.check_quiet()


def test_a_request_that_a_newer_one_takes_the_place_of_is_no_error(dashboard, lines):
    browser = dashboard()
    browser.script("""
        const select = document.querySelector("[name=line_id]");
        for (const value of [...select.options].map((option) => option.value)) {
            select.value = value;
            select.dispatchEvent(new Event("change", { bubbles: true }));
        }
    """)
    browser.shown(TOTAL)
    browser.check_quiet()


def test_the_choices_of_lines_follow_the_plant(dashboard, factory, lines):
    browser = dashboard()
    name = lines.group["group_name"]
    assert offered(browser) == [
        ("", "Todas las líneas"), ("Grupos de líneas", name), ("Plant of L1", "L1 · Line L1"),
        ("Plant of PACK-2", "PACK-2 · Line PACK-2")]
    Select(browser.find('[name="plant_id"]')).select_by_value(str(factory.plant.plant))
    assert offered(browser) == [
        ("", "Todas las líneas"), ("Grupos de líneas", name), ("Plant of L1", "L1 · Line L1")]
    browser.check_quiet()


def test_the_choices_of_shifts_follow_the_line(dashboard, factory, lines):
    def shifts() -> set[str]:
        return set(browser.script("""
            return [...document.querySelectorAll('[name="shift_id"] option')].filter((option) => !option.hidden)
                .map((option) => option.value)"""))

    browser = dashboard()
    first, second = str(factory.plant.shift), str(lines.second.shift)
    assert {first, second} <= shifts()
    Select(browser.find('[name="shift_id"]')).select_by_value(second)
    browser.until(lambda: browser.driver.current_url.endswith(f"{TODAY}&shift_id={second}"), "the shift is not in the address")
    # One of another plant than the line's would give no planned time.
    Select(browser.find('[name="line_id"]')).select_by_value(str(lines.first))
    browser.until(lambda: browser.driver.current_url.endswith(f"{TODAY}&line_id={lines.first}"), "the shift stays chosen")
    assert first in shifts() and second not in shifts()
    Select(browser.find('[name="line_id"]')).select_by_visible_text(lines.group["group_name"])
    assert {first, second} <= shifts()
    browser.check_quiet()


def test_the_bar_goes_from_plant_to_plant_and_keeps_the_rest_of_the_view(dashboard, factory, lines):
    browser = dashboard()
    browser.shown(TOTAL)
    browser.find(".menu-places > summary").click()
    browser.shown(f".menu-places [data-choose-plant='{factory.plant.plant}']").click()
    browser.until(lambda: browser.driver.current_url.endswith(f"{TODAY}&plant_id={factory.plant.plant}"),
                  "the plant is not in the address")
    assert browser.find(".menu-places > summary").text.endswith("Plant of L1")
    assert browser.script("return document.activeElement.closest('.menu-places') !== null")
    assert not browser.find(".menu-places .menu-body").is_displayed()
    browser.driver.back()
    browser.until(lambda: "Plant of L1" not in browser.find(".menu-places > summary").text, "going back keeps the plant")
    browser.check_quiet()


def test_the_bar_of_one_company_and_one_plant_has_nothing_to_choose(open_browser, system):
    tenant = system.make_tenant("one-plant")
    PlantData(tenant.client("MANAGER"))
    browser = open_browser()
    browser.open_as(tenant.user("VIEWER"))
    assert browser.shown(".tenant").text == "Company one-plant"
    assert not browser.driver.find_elements("css selector", ".menu-places")
    browser.check_quiet()


def test_one_view_has_one_address(dashboard):
    browser = dashboard("/?period=today&line_id=all&interval=")
    assert browser.driver.current_url.endswith(TODAY)
    browser.check_quiet()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("what", ["group", "wrong"])
def test_a_group_and_a_wrong_address_look_right(open_browser, factory, manager, lines, width, dark, what):
    factory.detect()
    browser = open_browser(width=width, dark=dark)
    browser.open_as(manager, lines.address if what == "group" else "/?line_id=x&colour=red")
    if what == "group":
        browser.shown(TOTAL)
        browser.load_tiles()
        assert browser.find("[data-chart] canvas")
        browser.check_quiet()
    else:
        assert browser.shown("h1").text == "Esta dirección no es válida"
        told = browser.driver.find_elements("css selector", ".faults code")
        assert [item.text for item in told] == ["line_id", "colour"]
        assert browser.script("return window.policyViolations") == []
        assert browser.script("return window.scriptErrors") == []
    browser.picture(f"address-{what}-{width}-{'dark' if dark else 'light'}")
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, "the page scrolls sideways"


def test_a_wrong_address_leads_back_to_the_plain_view(open_browser, manager):
    browser = open_browser()
    browser.open_as(manager, "/?line_id=2147483647")
    browser.shown(".faults code")
    assert [item.text for item in browser.driver.find_elements("css selector", ".faults code")] == ["line_id"]
    browser.shown(".actions a").click()
    browser.shown(TOTAL)
    assert browser.driver.current_url == browser.base + "/?period=yesterday"
