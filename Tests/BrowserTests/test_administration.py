"""The administration in a real browser: a holiday and the planned time it takes, a line, the keyboard alone, both looks and widths."""

import itertools
from datetime import date, datetime, timedelta, timezone

import pytest

from running_system import PlantData

NUMBERS = itertools.count(1)
API = "/api/v1"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("looked-after")


@pytest.fixture(scope="module")
def plant(company):
    manager = company.client("MANAGER")
    made = PlantData(manager, code="L1")
    manager.put(f"{API}/plants/{made.plant}", {
        "plant_code": "PIL", "plant_name": "Pilar", "timezone": "America/Argentina/Buenos_Aires"})
    manager.put(f"{API}/production-lines/{made.line}", {
        "plant_id": made.plant, "line_code": "L1", "line_name": "Horno", "rate_per_minute": 42,
        "downtime_threshold_seconds": 300, "target_oee": 0.85, "commissioned_at": "2026-01-05T09:00:00Z"})
    for code, name, rate in (("L2", "Envasado", 60), ("L3", "Paletizado", 12.5)):
        manager.make("production-lines", plant_id=made.plant, line_code=code, line_name=name, rate_per_minute=rate,
                     target_oee=0.8)
    manager.put(f"{API}/shifts/{made.shift}", {
        "plant_id": made.plant, "shift_name": "Mañana", "days": [1, 2, 3, 4, 5], "start_time": "06:00",
        "end_time": "14:00", "breaks": [{"name": "Comida", "start_time": "10:00", "end_time": "10:30"}]})
    for code, name, color in (("A", "Galletas", "#d98e32"), ("B", "Bizcochos", "#3267d9")):
        manager.make("products", product_code=code, product_name=name, color=color, weight_kg=0.4)
    failure = manager.make("failures", failure_code="MEC", failure_name="Mecánica")["failure_id"]
    manager.make("incidents", failure_id=failure, incident_code="MEC-1", incident_name="Rotura de correa")
    answer = company.client("key:ingest").post(f"{API}/detections", {"detections": [made.detection("2026-10-01T12:00:00Z")]})
    assert answer.status_code == 200
    return made


@pytest.fixture
def signed_in(open_browser, company, plant):
    def open_one(path: str, **look):
        browser = open_browser(**look)
        browser.open_as(company.user("ADMIN"), path)
        browser.shown("main h1")
        return browser

    return open_one


def today() -> date:
    return datetime.now(timezone(timedelta(hours=-3))).date()


def fill(browser, selector: str, text: str) -> None:
    """Types a date or time as the browser keeps it, and tells the page."""
    browser.driver.execute_script(
        "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}));"
        "field.dispatchEvent(new Event('change', {bubbles: true}));", selector, text)


def planned_hours(company, plant, day: date) -> float:
    answer = company.client("VIEWER").read(
        f"{API}/kpis?from={day}&to={day}&line_id={plant.line}")
    return answer["total"]["planned_seconds"] / 3600


def last_working_day() -> date:
    day = today() - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def test_somebody_new_adds_a_holiday_and_sees_planned_time_change(signed_in, company, plant):
    day = last_working_day()
    before = planned_hours(company, plant, day)
    assert before == 7.5
    browser = signed_in("/")
    browser.find('.site-links a[href="/admin"]').click()
    browser.shown('.admin-cards a[href="/admin/calendar"]').click()
    browser.shown(".admin-title .button-main").click()
    browser.shown("#field-name").send_keys("Feriado")
    assert "Complete el formulario" in browser.find("#plan").text
    browser.script("document.querySelector('#field-kind').value = 'closed'")
    fill(browser, "#field-start_date", day.isoformat())
    browser.until(lambda: browser.find("#plan .plan-head .plan-less").text == "−7 h 30 min", "the change is not told")
    assert "Cambia 1 día pasado." in browser.text("#plan")
    assert planned_hours(company, plant, day) == before, "nothing is stored yet"
    browser.find(".admin-send .button-main").click()
    assert "Se agregó." in browser.shown(".notice").text
    assert planned_hours(company, plant, day) == 0
    browser.check_quiet()


def test_a_form_that_is_sent_while_its_plan_is_asked_for_is_no_error(signed_in, company, plant):
    browser = signed_in("/admin/calendar/new")
    browser.shown("#field-name").send_keys("Feriado lejano")
    browser.script("document.addEventListener('htmx:beforeSend', () => { window.isAsking = true; })")
    # What is asked for never comes.
    browser.driver.execute_cdp_cmd("Fetch.enable", {"patterns": [{"urlPattern": "*/admin/calendar/new/check*"}]})
    fill(browser, "#field-start_date", (today() + timedelta(days=400)).isoformat())
    browser.until(lambda: browser.script("return window.isAsking === true"), "nothing is asked for")
    browser.find(".admin-send .button-main").click()
    assert "Se agregó." in browser.shown(".notice").text
    browser.check_quiet()


def test_a_line_is_edited_and_every_open_list_follows(signed_in, company, plant):
    looking = signed_in("/admin/lines")
    browser = signed_in("/admin/lines")
    browser.find(f"#row-{plant.line}").click()
    field = browser.shown("#field-line_name")
    threshold = browser.find("#field-downtime_threshold_seconds")
    threshold.clear()
    threshold.send_keys("0\t")
    # A field that is empty for a moment has a fault of its own.
    browser.until(lambda: browser.find("#fault-downtime_threshold_seconds").text.endswith("1…86400."), "the fault is not told")
    assert threshold.get_attribute("aria-invalid") == "true"
    threshold.clear()
    threshold.send_keys("300\t")
    browser.until(lambda: not browser.find("#fault-downtime_threshold_seconds").is_displayed(), "the fault stays")
    name = f"Horno {next(NUMBERS)}"
    field.clear()
    field.send_keys(name)
    browser.find(".admin-send .button-main").click()
    assert "Los cambios se guardaron." in browser.shown(".notice").text
    looking.until(lambda: name in looking.find("#list").text, "the list does not follow")
    browser.check_quiet()
    looking.check_quiet()


def test_the_week_of_a_shift_follows_what_is_typed(signed_in, company, plant):
    browser = signed_in(f"/admin/shifts/{plant.shift}")
    assert [one.text for one in browser.driver.find_elements("css selector", ".plan-head strong")] == ["37 h 30 min"]
    browser.driver.find_elements("css selector", 'input[name="days"]')[5].click()
    assert browser.shown("#plan .plan-head .plan-more").text == "+7 h 30 min"
    assert "Cambia" in browser.find("#past-days").text
    # A full row of breaks makes room for another.
    rows = len(browser.driver.find_elements("css selector", ".admin-break"))
    for row in browser.driver.find_elements("css selector", ".admin-break")[1:]:
        row.find_element("css selector", "input").send_keys("Pausa")
    assert len(browser.driver.find_elements("css selector", ".admin-break")) == rows + 1
    browser.check_quiet()


def test_the_keyboard_alone_finds_changes_and_saves(signed_in, company, plant):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = signed_in("/admin/products")

    def active():
        return browser.driver.switch_to.active_element

    def tab_to(is_there, most: int = 60) -> None:
        for _ in range(most):
            ActionChains(browser.driver).send_keys(Keys.TAB).perform()
            element = active()
            if is_there(element):
                outline = browser.driver.execute_script(
                    "const s = getComputedStyle(arguments[0]); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'",
                    element)
                assert outline, "the focus is not seen"
                return
        raise AssertionError("it is not reached")

    tab_to(lambda element: element.get_attribute("id") == "q")
    active().send_keys("bizcochos")
    browser.until(lambda: "Galletas" not in browser.find("#list").text, "the list is not searched")
    browser.until(lambda: "q=bizcochos" in browser.driver.current_url, "the address is not what is searched for")
    tab_to(lambda element: (element.get_attribute("id") or "").startswith("row-"))
    active().send_keys(Keys.ENTER)
    browser.shown("#field-product_name")
    tab_to(lambda element: element.get_attribute("id") == "field-product_name")
    name = f"Bizcochos {next(NUMBERS)}"
    active().send_keys(Keys.CONTROL, "a")
    active().send_keys(name, Keys.ENTER)
    browser.until(lambda: browser.find(".notice").text.strip() == "Los cambios se guardaron.", "it is not saved")
    assert name in browser.find("h1").text
    browser.check_quiet()


def asks_before_leaving(browser) -> bool:
    """Whether the page would have the browser ask whoever leaves it."""
    return browser.script("const leaving = new Event('beforeunload', {cancelable: true});"
                          "window.dispatchEvent(leaving); return leaving.defaultPrevented;")


def test_what_was_typed_is_not_lost_by_mistake(signed_in, company, plant):
    browser = signed_in(f"/admin/lines/{plant.line}")
    assert not asks_before_leaving(browser)
    name = browser.shown("#field-line_name")
    before = name.get_attribute("value")
    name.send_keys(" 2")
    assert asks_before_leaving(browser)
    browser.driver.execute_script("arguments[0].value = arguments[1]", name, before)
    assert not asks_before_leaving(browser)
    # What was refused is not saved either.
    browser.driver.execute_script("arguments[0].value = ''", name)
    browser.find(".admin-send .button-main").click()
    browser.shown(".admin-problems")
    assert asks_before_leaving(browser)
    browser.shown(".admin-send a").click()
    browser.until(lambda: browser.driver.current_url.endswith("/admin/lines"), "cancelling does not leave")
    # A refused form is told in the console too.
    assert all("422" in entry for entry in browser.console())
    browser.check_quiet()


def test_it_works_without_scripts(signed_in, open_browser, company, plant):
    browser = open_browser()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.open_as(company.user("ADMIN"), "/admin/products")
    browser.find("#q").send_keys("galletas\n")
    browser.shown("#list .admin-table a").click()
    field = browser.shown("#field-product_name")
    field.clear()
    browser.find(".admin-send .button-main").click()
    assert browser.shown(".admin-problems").text.startswith("Hay un problema")
    browser.find("#field-product_name").send_keys("Galletas")
    browser.find(".admin-send .button-main").click()
    assert browser.shown(".notice").text.strip() == "Los cambios se guardaron."


def test_no_name_runs_in_the_administration(signed_in, company, plant):
    name = "<script>window.ran = 1</script>\"><img src=x onerror=window.ran=1>"
    made = company.client("MANAGER").make("products", product_code=f"x{next(NUMBERS)}{name}", product_name=name)
    for path in ("/admin/products", f"/admin/products/{made['product_id']}", f"/admin/products/{made['product_id']}/delete",
                 "/admin/rates/new", "/admin/audit"):
        browser = signed_in(path)
        assert browser.script("return window.ran") is None
        browser.check_quiet()
    company.client("MANAGER").delete(f"{API}/products/{made['product_id']}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_it_looks_right(signed_in, company, plant, width, dark):
    browser = signed_in("/admin", width=width, dark=dark)
    browser.driver.add_cookie({"name": "camet_language", "value": "en" if dark else "es", "path": "/"})
    look = f"{width}-{'dark' if dark else 'light'}"
    pages = {
        "index": "/admin", "lines": "/admin/lines", "line": f"/admin/lines/{plant.line}", "shifts": "/admin/shifts",
        "shift": f"/admin/shifts/{plant.shift}", "holiday": "/admin/calendar/new", "products": "/admin/products",
        "deletion": f"/admin/shifts/{plant.shift}/delete", "users": "/admin/users", "person": "/admin/users/new",
        "keys": "/admin/keys", "settings": "/admin/settings", "audit": "/admin/audit",
        "devices": "/admin/devices", "empty": "/admin/groups",
    }
    for name, path in pages.items():
        browser.open(path)
        browser.shown("main h1")
        # Nothing is wider than the page.
        assert browser.script("return document.documentElement.scrollWidth") <= width, path
        height = browser.script("return document.documentElement.scrollHeight")
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(height, 2400), "deviceScaleFactor": 1, "mobile": width < 600})
        browser.picture(f"administration-{name}-{look}")
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 600})
        browser.check_quiet()
