"""The account page's password and sign-ins in a real browser."""

import re

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, sign_in

NEW = "another long phrase, never used"


@pytest.fixture
def person(factory, request):
    return factory.tenant.make_user("VIEWER", re.sub(r"\W+", "-", request.node.name).strip("-"))


def without_scripts(browser) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})


def sign_ins(browser) -> list[str]:
    return [item.text for item in browser.driver.find_elements("css selector", ".sign-in")]


def type_passwords(browser, *texts: str) -> None:
    """Types into the fields of the form one after the other, by the keyboard alone, and sends it."""
    browser.shown("#password input[name=current_password]").click()
    browser.driver.switch_to.active_element.send_keys("\t".join(texts) + "\n")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_password_is_changed_by_the_keyboard(open_browser, system, person, scripts):
    browser = open_browser()
    if not scripts:
        without_scripts(browser)
    other = PageVisitor(system.base)
    assert other.sign_in(person).status_code == 303
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#password")
    assert len(sign_ins(browser)) == 2
    type_passwords(browser, PASSWORD, "too short", "too short")
    assert browser.shown("#failure-new_password").text == "Use al menos 12 caracteres."
    # What is to be typed anew has the keyboard and is told with its fault.
    browser.until(lambda: browser.driver.switch_to.active_element.get_attribute("name") == "new_password",
                  "the field has not the focus")
    assert browser.driver.switch_to.active_element.accessible_name == "Contraseña nueva"
    type_passwords(browser, PASSWORD, NEW, NEW)
    assert browser.shown(".notice").text == "Su contraseña cambió y se cerraron todas sus demás sesiones."
    assert len(sign_ins(browser)) == 1
    browser.driver.delete_cookie("camet_session")
    browser.sign_in(person, NEW, "/account")
    browser.shown("#password")


def test_sign_ins_are_ended_one_and_all(open_browser, system, person):
    browser = open_browser()
    pages = [PageVisitor(system.base, source=f"127.0.0.{96 + number}") for number in range(3)]
    for page in pages:
        page.session.headers["User-Agent"] = "line reader/7"
        assert page.sign_in(person).status_code == 303
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#sessions")
    texts = sign_ins(browser)
    assert len(texts) == 4
    assert texts[0].startswith("Chrome en Linux\nEsta sesión") and "en uso" in texts[0]
    assert ["127.0.0.98" in texts[1], "127.0.0.97" in texts[2], "127.0.0.96" in texts[3]] == [True] * 3
    # The time is that of this device.
    shown = browser.find(".sign-in time")
    expected = browser.script(
        "return new Intl.DateTimeFormat('es', {dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23'})"
        ".format(new Date(document.querySelector('.sign-in time').dateTime))")
    assert shown.text == expected and "UTC" not in shown.text
    button = browser.driver.find_elements("css selector", ".sign-in button")[1]
    assert button.accessible_name.startswith("Cerrar line reader, desde 127.0.0.97, ")
    button.send_keys("\n")
    assert browser.shown(".notice").text == "La sesión se cerró."
    assert len(sign_ins(browser)) == 3 and "127.0.0.97" not in " ".join(sign_ins(browser))
    browser.find("#sessions .button-bad").send_keys("\n")
    browser.until(lambda: len(sign_ins(browser)) == 1, "the others are still listed")
    assert browser.shown(".notice").text == "Se cerraron todas sus demás sesiones."
    assert browser.driver.find_elements("css selector", "#sessions button") == []
    browser.check_quiet()


def test_a_sign_in_is_ended_without_scripts(open_browser, system, person):
    browser = open_browser()
    without_scripts(browser)
    sign_in(system, person)
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#sessions")
    assert "UTC" in browser.find(".sign-in time").text
    browser.find(".sign-in button").click()
    assert browser.shown(".notice").text == "La sesión se cerró."
    assert len(sign_ins(browser)) == 1


def test_everything_that_takes_input_has_a_name(open_browser, system, person):
    browser = open_browser()
    sign_in(system, person)
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#sessions")
    found = browser.driver.find_elements(
        "css selector", "main button, main a, main summary, main input:not([type=hidden]):not([hidden])")
    assert len(found) > 10
    assert [element.get_attribute("outerHTML") for element in found if not element.accessible_name] == []
    assert len({element.accessible_name for element in browser.driver.find_elements(
        "css selector", "#password input[type=password]")}) == 3


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_both_fit_the_window_in_both_looks(open_browser, system, person, width, dark):
    for number, agent in enumerate((
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "B" * 255, "python-requests/2.31.0")):
        page = PageVisitor(system.base, source=f"127.0.0.{100 + number}")
        page.session.headers["User-Agent"] = agent
        assert page.sign_in(person).status_code == 303
    browser = open_browser(width=width, height=2000, dark=dark)
    look = f"{width}-{'dark' if dark else 'light'}"

    def check(state: str) -> None:
        browser.picture(f"account-{state}-{look}")
        wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{state} scrolls sideways"

    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#sessions")
    check("sign-ins")
    browser.check_quiet()
    type_passwords(browser, PASSWORD, "aaaaaaaaaaaa", "bbbbbbbbbbbb")
    browser.shown("#failure-new_password_again")
    check("password-faults")
    type_passwords(browser, PASSWORD, NEW, NEW)
    browser.shown(".notice")
    check("password-changed")
    # A form that is refused is a page of its own with a status to tell, which the console repeats.
    assert [entry for entry in browser.console() if "422" not in entry] == []
    assert browser.script("return window.policyViolations") == []
    assert browser.script("return window.scriptErrors") == []
