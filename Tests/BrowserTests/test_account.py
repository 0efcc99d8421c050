"""The account page in a real browser: the second factor from the QR code on the screen to the sign-in with it."""

import re
import subprocess

import pytest

from browser import PICTURES
from one_time_codes import code, early_in_a_step, secret_of
from running_system import PASSWORD


def scanned(browser, name: str) -> str:
    """What a camera before the screen reads."""
    browser.picture(name)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", PICTURES / f"{name}.png"], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    return read.stdout.strip()


def opened(browser, form: str):
    """The password field of a form that is folded."""
    browser.find(f"#form-{form} summary").click()
    return browser.shown(f"#form-{form} input[name=password]")


def sign_in_with(browser, username: str, text: str) -> None:
    browser.sign_in(username, PASSWORD)
    field = browser.shown("input[name=otp]")
    assert field.get_attribute("autocomplete") == "one-time-code"
    # The field gets the focus with the first picture of the page: a keyboard is enough.
    browser.until(lambda: browser.driver.switch_to.active_element == field, "the field has not the focus")
    browser.driver.switch_to.active_element.send_keys(text + "\n")


def sign_out(browser) -> None:
    browser.find(".menu-account > summary").click()
    browser.shown(".menu-end button").click()
    browser.shown("input[name=username]")


def enrol(browser, name: str = "account-enrolling") -> tuple[str, list[str]]:
    """Enrols the signed-in person by the page; gives the seed and the recovery codes."""
    browser.open("/account")
    browser.shown("#form-enroll input[name=password]").send_keys(PASSWORD + "\n")
    browser.shown("#qr")
    _, secret = secret_of(scanned(browser, name))
    assert browser.find("#secret").text.replace(" ", "") == secret
    early_in_a_step(10)
    browser.find("input[name=otp]").send_keys(code(secret, 1) + "\n")
    browser.shown("#recovery-codes")
    return secret, [item.text for item in browser.driver.find_elements("css selector", ".codes code")]


@pytest.fixture
def person(factory, request):
    return factory.tenant.make_user("VIEWER", re.sub(r"\W+", "-", request.node.name).strip("-"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_enrols_by_the_qr_code_and_signs_in_with_it(open_browser, person, scripts):
    browser = open_browser()
    if not scripts:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.sign_in(person, PASSWORD, "/account")
    secret, recovery_codes = enrol(browser, f"account-qr-{scripts}")
    assert len(set(recovery_codes)) == 10
    browser.find(".codes-once a").click()
    browser.shown("#form-disable")
    assert browser.driver.find_elements("css selector", ".codes") == []

    before = browser.driver.get_cookie("camet_session")["value"]
    browser.driver.delete_cookie("camet_session")
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("input[name=otp]")
    assert browser.driver.get_cookie("camet_session") is None, "signed in by the password alone"
    browser.find("input[name=otp]").send_keys("000000" if code(secret) != "000000" else "000001")
    browser.find("form button[type=submit]").click()
    assert browser.shown("#failure").text
    browser.find("input[name=otp]").send_keys(code(secret) + "\n")
    browser.shown("#form-disable")
    assert browser.driver.current_url.endswith("/account")
    assert browser.driver.get_cookie("camet_session")["value"] != before

    # A recovery code goes into the same field.
    browser.driver.delete_cookie("camet_session")
    sign_in_with(browser, person, recovery_codes[0])
    browser.until(lambda: browser.driver.get_cookie("camet_session"), "the recovery code does not sign in")
    if scripts:
        assert browser.script("return window.policyViolations") == []
        assert browser.script("return window.scriptErrors") == []


def test_the_menu_leads_to_the_account_and_nothing_complains(open_browser, person):
    browser = open_browser()
    browser.sign_in(person, PASSWORD)
    browser.shown(".menu-account > summary").click()
    browser.shown(".menu-account a[href='/account']").click()
    browser.shown("#second-factor")
    enrol(browser)
    browser.check_quiet()


def test_whoever_must_enrol_is_led_there_and_goes_on_afterwards(open_browser, system):
    tenant = system.make_tenant("strict")
    person = tenant.user("VIEWER")
    answer = tenant.client("ADMIN").put("/api/v1/settings/sign_in.two_factor_roles", {"value": ["VIEWER"]})
    assert answer.status_code == 200
    browser = open_browser()
    browser.sign_in(person, PASSWORD)
    browser.shown(".notice-warn")
    assert browser.driver.current_url.endswith("/account")
    browser.open("/")
    assert browser.driver.current_url.endswith("/account")
    enrol(browser, "account-required")
    browser.open("/")
    browser.shown("#panel-produccion")
    browser.until(lambda: browser.driver.current_url == browser.base + "/?period=7d", "it is not the dashboard")


def test_a_wrong_password_and_a_wrong_code_are_told_in_their_forms(open_browser, person):
    browser = open_browser()
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#form-enroll input[name=password]").send_keys("wrong\n")
    assert browser.shown("#failure-enroll").text == "La contraseña no es correcta."
    browser.find("#form-enroll input[name=password]").send_keys(PASSWORD + "\n")
    browser.shown("#qr")
    browser.find("input[name=otp]").send_keys("no code\n")
    assert browser.shown("#confirm-failure").text
    assert browser.find("#qr").is_displayed(), "the code to scan is gone"


def test_codes_are_renewed_and_the_factor_is_turned_off(open_browser, person):
    browser = open_browser()
    browser.sign_in(person, PASSWORD, "/account")
    _, first = enrol(browser)
    browser.open("/account")
    opened(browser, "recovery-codes").send_keys(PASSWORD + "\n")
    browser.shown("#recovery-codes")
    second = [item.text for item in browser.driver.find_elements("css selector", ".codes code")]
    assert len(second) == 10 and not set(first) & set(second)
    browser.open("/account")
    opened(browser, "disable").send_keys(PASSWORD + "\n")
    assert browser.shown(".notice").text == "El segundo factor está desactivado."
    browser.shown("#form-enroll")
    sign_out(browser)
    browser.sign_in(person, PASSWORD)
    browser.until(lambda: "/login" not in browser.driver.current_url, "still asked for a code")


def test_language_and_look_are_kept_without_scripts(open_browser, person):
    browser = open_browser()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#preferences label[lang=en]").click()
    browser.find("#preferences input[value=dark]").click()
    browser.find("#preferences button").click()
    assert browser.shown(".notice").text == "Your changes were saved."
    html = browser.find("html")
    assert (html.get_attribute("lang"), html.get_attribute("data-theme")) == ("en", "dark")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_state_fits_the_window_in_both_looks(open_browser, person, width, dark):
    browser = open_browser(width=width, dark=dark)
    look = f"{width}-{'dark' if dark else 'light'}"

    def check(state: str) -> None:
        browser.picture(f"account-{state}-{look}")
        wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{state} scrolls sideways"
        back = [int(part) for part in re.findall(r"\d+", browser.script(
            "return getComputedStyle(document.body).backgroundColor"))[:3]]
        assert (sum(back) < 3 * 128) == dark, back

    browser.sign_in(person, PASSWORD, "/account")
    browser.shown("#form-enroll")
    check("off")
    # The code on the screen is read in both looks and widths.
    _, recovery_codes = enrol(browser, f"account-enrolling-{look}")
    check("codes")
    browser.open("/account")
    opened(browser, "disable")
    check("on")
    browser.driver.delete_cookie("camet_session")
    browser.sign_in(person, PASSWORD)
    browser.shown("input[name=otp]")
    check("second-step")
    browser.check_quiet()
