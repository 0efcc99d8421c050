"""What people come to the product for, from their first page to the answer: at a station, at a desk, in the administration."""

import subprocess
import time
from datetime import date, datetime, timedelta, timezone

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import PICTURES
from running_line import RunningLine, text
from running_system import PASSWORD, PlantData
from shop_floor import set_pin
from test_station import PIN, open_stop, row, unlock
from test_stops import stored, tap

API = "/api/v1"
NUMBERS = iter(range(1, 1000))
LOOKS = pytest.mark.parametrize("language,width,dark", [
    ("es", 390, False), ("en", 1440, False), ("en", 390, True), ("es", 1440, True)])
TWO_LOOKS = pytest.mark.parametrize("language,dark", [("es", False), ("en", True)])
NIGHT = ("22:00", "06:00")
MORNING = ("06:00", "10:00")


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, browser):
        self.browser = browser

    def press(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.browser.driver).send_keys(key).perform()

    def is_at(self, selector: str) -> bool:
        return self.browser.driver.execute_script("return document.activeElement.matches(arguments[0])", selector)

    def tab_to(self, selector: str, most: int = 150) -> None:
        """Goes on to the next element of the page that fits."""
        for _ in range(most):
            self.press(Keys.TAB)
            if self.is_at(selector):
                return
        raise AssertionError(f"{selector} is not reached")

    def choose(self, selector: str, option: str) -> None:
        """Goes to a list of choices, and down or up to the one with a text."""
        self.tab_to(selector)
        steps = self.browser.driver.execute_script("""
            const list = document.activeElement;
            const offered = [...list.options].filter((one) => !one.disabled && !one.hidden);
            return offered.findIndex((one) => one.text.includes(arguments[0])) - offered.indexOf(list.selectedOptions[0]);""",
            option)
        self.press(*[Keys.ARROW_DOWN if steps > 0 else Keys.ARROW_UP] * abs(steps))
        self.browser.until(
            lambda: self.browser.driver.execute_script(
                "return document.activeElement.selectedOptions[0].text.includes(arguments[0])", option),
            f"{option} is not chosen")

    def date(self, selector: str, day: date) -> None:
        """Types a date, in the order that the browser asks for its parts."""
        self.tab_to(selector)
        order = self.browser.driver.execute_script(
            "return new Intl.DateTimeFormat().formatToParts(new Date()).map((one) => one.type)"
            ".filter((one) => one !== 'literal')")
        digits = {"day": f"{day.day:02}", "month": f"{day.month:02}", "year": f"{day.year:04}"}
        self.press(*"".join(digits[part] for part in order))
        assert self.browser.driver.execute_script("return document.activeElement.value") == day.isoformat()


@pytest.fixture(scope="module")
def company(system):
    made = system.make_tenant("journeys")
    set_pin(made.client("OPERATOR"), PIN)
    return made


def arrive(browser, user: str, language: str, path: str) -> None:
    """Signs somebody in who has chosen a language."""
    browser.open("/login")
    browser.script(f"document.cookie = 'camet_language={language}; Path=/'")
    browser.sign_in(user, PASSWORD, path)


# The shift lead


@TWO_LOOKS
def test_the_shift_lead_sees_on_the_wall_which_line_stands_and_why_and_takes_it_along(
        open_browser, system, company, language, dark):
    running, stopped = (RunningLine(company, code=f"W{next(NUMBERS)}") for _ in range(2))
    stopped.run(60, 12)
    answer = stopped.manager.post(f"{API}/downtimes/justify", {
        "line_id": stopped.id, "start": stopped.stops()[-1]["start"], "incident_id": stopped.incidents["Fusible"]})
    assert answer.status_code in (200, 201), answer.text
    link = company.client("MANAGER").make(
        "devices", kind="andon", name=f"Pared {running.plant.code}", line_ids=[running.id, stopped.id], language=language,
        look="dark" if dark else "light")["link"]
    # The look is the device's, whatever the browser's is.
    wall = open_browser(width=1920, height=1080, dark=not dark, language=language)
    wall.open(link.removeprefix(system.base))
    wall.find("form button[type=submit]").click()
    wall.until(lambda: wall.find("#wall-live").get_attribute("data-state") == "live", "the wall is not live")
    assert wall.find("html").get_attribute("data-theme") == ("dark" if dark else "light")
    running.unit()
    states = {"es": ("Marcha", "Parada"), "en": ("Running", "Stopped")}[language]
    for line, look, state in ((running, "running", states[0]), (stopped, "justified", states[1])):
        tile = f'.wall-tile[data-line="{line.id}"]'
        wall.until(lambda: wall.find(tile).get_attribute("data-look") == look, f"{line.plant.code} is not {look}")
        assert state in wall.text(tile)
    assert "Motor · Fusible" in wall.text(tile)
    name = f"journey-wall-{language}"
    wall.picture(name)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", PICTURES / f"{name}.png"], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    wall.check_quiet()
    phone = open_browser(width=390, height=844, dark=dark, language=language)
    arrive(phone, company.user("OPERATOR"), language, read.stdout.strip().removeprefix(system.base))
    sheet = phone.shown("#stop[open]")
    assert stopped.plant.code in sheet.text and "Fusible" in sheet.text
    phone.picture(f"journey-wall-phone-{language}")
    phone.check_quiet()


# The operator


@LOOKS
def test_the_operator_explains_a_running_stop_which_ends_by_itself_and_is_in_the_pareto(
        open_browser, system, company, language, width, dark):
    line = RunningLine(company, code=f"J{next(NUMBERS)}")
    line.run(60, 12)
    stop = line.stops()[-1]
    link = company.client("MANAGER").make(
        "devices", kind="station", name=f"Mesa {line.plant.code}", line_ids=[line.id], language=language, look="system")["link"]
    tablet = open_browser(width=width, dark=dark, language=language)
    tablet.open(link.removeprefix(system.base))
    tablet.find("form button[type=submit]").click()
    tablet.shown(f"#line-{line.id}")
    tablet.until(lambda: tablet.find("#live").get_attribute("data-state") == "live", "the stream is not live")
    tablet.find("#unlock").click()
    unlock(tablet, company)
    begun = time.monotonic()
    open_stop(tablet, stop)
    tap(tablet, "Motor")
    tap(tablet, "Fusible")
    tablet.until(lambda: stored(line, stop)["incident_id"] == line.incidents["Fusible"], "it has no cause")
    # Loosely, for the machine's sake: it is to take 5 s.
    assert time.monotonic() - begun < 5 * 5
    assert stored(line, stop)["status"] == "ongoing"
    line.unit()
    tablet.until(lambda: row(tablet, stop) is None, "it is still to be explained")
    ended = stored(line, stop)
    assert (ended["status"], ended["incident_id"]) == ("closed", line.incidents["Fusible"])
    tablet.check_quiet()
    desk = open_browser(width=width, dark=dark, language=language)
    arrive(desk, company.user("MANAGER"), language, f"/downtimes?period=7d&line_id={line.id}")
    category = {"es": "Avería", "en": "Breakdown"}[language]
    desk.until(lambda: category in desk.find("#stops-pareto").text, "the Pareto does not show it")
    assert "Motor" in desk.text("#stops-pareto")
    desk.check_quiet()


# The production engineer


def noon() -> tuple[str, timezone]:
    """The name of a zone where it is about noon, and the zone."""
    hours = 12 - datetime.now(timezone.utc).hour
    name = f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}" if hours else "UTC"
    return name, timezone(timedelta(hours=hours))


def describe(plant: PlantData, manager, zone: str, shift: str, hours: tuple[str, str]) -> None:
    """Gives a plant its zone, and a shift that works every day."""
    answer = manager.put(f"{API}/plants/{plant.plant}", {
        "plant_code": plant.code, "plant_name": f"Planta {plant.code}", "timezone": zone})
    assert answer.status_code == 200, answer.text
    answer = manager.put(f"{API}/shifts/{plant.shift}", {
        "plant_id": plant.plant, "shift_name": f"{shift} {plant.code}", "days": [1, 2, 3, 4, 5, 6, 7],
        "start_time": hours[0], "end_time": hours[1], "breaks": []})
    assert answer.status_code == 200, answer.text


class NightLine:
    """The second of two lines of a plant where it is about noon: it stood from 01:00 to 03:00 of last night."""

    def __init__(self, tenant, code: str):
        manager = tenant.client("MANAGER")
        name, zone = noon()
        midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self.start, self.end = midnight + timedelta(hours=1), midnight + timedelta(hours=3)
        self.plant = PlantData(
            manager, code=code, dual=False, shift=NIGHT, commissioned_at=text((midnight - timedelta(days=3)).astimezone(timezone.utc)))
        manager.make("production-lines", plant_id=self.plant.plant, line_code=f"{code}-1", line_name="Línea 1", rate_per_minute=10)
        describe(self.plant, manager, name, "Noche", NIGHT)
        moments, moment = [], midnight - timedelta(hours=2)
        while moment <= midnight + timedelta(hours=6):
            if not self.start < moment < self.end:
                moments.append(moment)
            moment += timedelta(seconds=30)
        answer = tenant.client("key:ingest").post(f"{API}/detections", {
            "detections": [self.plant.detection(text(one.astimezone(timezone.utc))) for one in moments]})
        assert answer.status_code == 200, answer.text
        failure = manager.make(
            "failures", failure_code=f"M-{code}", failure_name="Mecánica", loss_category="breakdown",
            line_ids=[self.plant.line])["failure_id"]
        incident = manager.make(
            "incidents", failure_id=failure, incident_code=f"R-{code}", incident_name="Rotura de correa")["incident_id"]
        answer = tenant.client("OPERATOR").post(f"{API}/downtimes/justify", {
            "line_id": self.plant.line, "incident_id": incident, "reason": "Se esperó el repuesto",
            "start": self.start.isoformat(), "end": self.end.isoformat()})
        assert answer.status_code == 200, answer.text


@LOOKS
def test_the_engineer_finds_by_keyboard_why_last_nights_shift_lost_two_hours(open_browser, company, language, width, dark):
    code = f"N{next(NUMBERS)}"
    night = NightLine(company, code)
    browser = open_browser(width=width, dark=dark, language=language)
    arrive(browser, company.user("MANAGER"), language, "/")
    browser.shown("#filters")
    keyboard = Keyboard(browser)
    # It opens with yesterday.
    assert browser.find("input[name=period]:checked").get_attribute("value") == "yesterday"
    if width < 600:
        # On a phone they are folded.
        keyboard.tab_to("[data-fold]")
        keyboard.press(Keys.ENTER)
    keyboard.choose("select[name=line_id]", f"{code} ")
    keyboard.choose("select[name=shift_id]", f"Noche {code}")
    keyboard.tab_to('a[data-tab="oee"]')
    keyboard.press(Keys.ENTER)
    # Two of eight hours.
    share = {"es": "75,0", "en": "75.0"}[language]
    browser.until(lambda: share in browser.find("#tile-KpiAvailability").text, "the loss is not shown")
    keyboard.tab_to('.site-links a[href*="/downtimes"]')
    keyboard.press(Keys.ENTER)
    browser.shown("#stops-list")
    browser.until(lambda: browser.find("#board").get_attribute("aria-busy") == "false", "the board is not drawn")
    # What was chosen there is chosen here.
    for name, chosen in (("line_id", f"{code} "), ("shift_id", f"Noche {code}")):
        assert chosen in browser.script(f"return document.querySelector('select[name={name}]').selectedOptions[0].text")
    start = text(night.start.astimezone(timezone.utc)).replace(".000Z", "Z")
    stop = f'#stops-list [data-start="{start}"]'
    browser.shown(stop)
    keyboard.tab_to(stop)
    keyboard.press(Keys.ENTER)
    panel = browser.shown("#stop[open]")
    assert panel.find_element("css selector", '[data-show="duration"]').text == "2 h"
    assert panel.find_element("css selector", '[data-show="cause"]').text == "Mecánica · Rotura de correa"
    assert panel.find_element("css selector", '[data-show="note"]').text == "Se esperó el repuesto"
    browser.picture(f"journey-night-{width}-{language}")
    keyboard.press(Keys.ESCAPE)
    browser.until(lambda: not browser.find("#stop").is_displayed(), "the panel stays")
    assert keyboard.is_at(stop), "the focus is lost"
    browser.check_quiet()


# The operations director


@pytest.fixture(scope="module")
def group(system):
    """A company of three plants where it is about noon: they were planned for four hours of this morning, of which the first ran
    four, the second three and the third one, all at half their rate."""
    made = system.make_tenant("journeys-group")
    manager = made.client("MANAGER")
    name, zone = noon()
    begun = datetime.now(zone).replace(hour=6, minute=0, second=0, microsecond=0).astimezone(timezone.utc)
    plants = []
    for code, hours in (("Norte", 4), ("Sur", 3), ("Oeste", 1)):
        plant = PlantData(manager, code=code, dual=False, rate=4, commissioned_at=text(begun - timedelta(hours=1)))
        describe(plant, manager, name, "Mañana", MORNING)
        answer = made.client("key:ingest").post(f"{API}/detections", {
            "detections": [plant.detection(text(begun + timedelta(seconds=30 * unit))) for unit in range(hours * 120)]})
        assert answer.status_code == 200, answer.text
        plants.append(plant)
    return made, plants


@TWO_LOOKS
def test_the_director_sees_on_a_phone_how_each_of_three_plants_did(open_browser, group, language, dark):
    company, plants = group
    phone = open_browser(width=390, height=844, dark=dark, language=language)
    arrive(phone, company.user("VIEWER"), language, "/")
    phone.shown("#filters")
    phone.find('a[data-tab="oee"]').click()

    def shows(share: str, place: str) -> None:
        figure = share.replace(".", {"es": ",", "en": "."}[language])
        phone.until(lambda: figure in phone.find("#tile-KpiOee").text, f"{place} does not show {figure}")
        assert phone.script("return document.documentElement.scrollWidth") <= 390
        assert place in phone.find(".menu-places > summary").text

    def choose(plant: PlantData) -> None:
        phone.find(".menu-places > summary").click()
        phone.shown(f'a[data-choose-plant="{plant.plant}"]').click()

    shows("33.3", "journeys-group")
    phone.picture(f"journey-director-{language}")
    for plant, share in zip(plants, ("50.0", "37.5", "12.5")):
        choose(plant)
        shows(share, f"Planta {plant.code}")
        assert f"plant_id={plant.plant}" in phone.driver.current_url
    # What is in the address is shown to whoever it is sent to, and on the way back.
    last = phone.driver.current_url
    phone.driver.back()
    shows("37.5", "Planta Sur")
    phone.driver.get("about:blank")
    phone.open(last.removeprefix(phone.base))
    shows("12.5", "Planta Oeste")
    phone.check_quiet()


# The manager


@LOOKS
def test_the_manager_adds_a_holiday_by_keyboard_and_sees_planned_time_change(open_browser, company, language, width, dark):
    code = f"P{next(NUMBERS)}"
    manager = company.client("MANAGER")
    day = (datetime.now(timezone.utc) - timedelta(hours=3)).date() - timedelta(days=1)
    plant = PlantData(manager, code=code, dual=False, commissioned_at="2026-01-05T09:00:00Z")
    answer = manager.put(f"{API}/shifts/{plant.shift}", {
        "plant_id": plant.plant, "shift_name": f"Mañana {code}", "days": [1, 2, 3, 4, 5, 6, 7], "start_time": "06:00",
        "end_time": "14:00", "breaks": []})
    assert answer.status_code == 200, answer.text
    answer = manager.put(f"{API}/plants/{plant.plant}", {
        "plant_code": code, "plant_name": f"{code} planta", "timezone": "America/Argentina/Buenos_Aires"})
    assert answer.status_code == 200, answer.text

    def planned_hours() -> float:
        return manager.read(f"{API}/kpis?from={day}&to={day}&line_id={plant.line}")["total"]["planned_seconds"] / 3600

    assert planned_hours() == 8
    browser = open_browser(width=width, dark=dark, language=language)
    arrive(browser, company.user("MANAGER"), language, "/")
    browser.shown("#filters")
    keyboard = Keyboard(browser)
    keyboard.tab_to('.site-links a[href$="/admin"]')
    keyboard.press(Keys.ENTER)
    browser.shown(".admin-cards")
    keyboard.tab_to('.admin-cards a[href$="/admin/calendar"]')
    keyboard.press(Keys.ENTER)
    browser.shown(".admin-title .button-main")
    keyboard.tab_to(".admin-title .button-main")
    keyboard.press(Keys.ENTER)
    browser.shown("#field-name")
    fields = browser.script("return [...document.querySelectorAll('form [id^=field-]')].map((one) => one.id)")
    closed = browser.script("return document.querySelector('#field-kind option[value=closed]').text")
    steps = {
        "field-plant_id": lambda: keyboard.choose("#field-plant_id", f"{code} planta"),
        "field-kind": lambda: keyboard.choose("#field-kind", closed),
        "field-name": lambda: (keyboard.tab_to("#field-name"), keyboard.press(*"Feriado")),
        "field-start_date": lambda: keyboard.date("#field-start_date", day),
    }
    # In the order of the form: a keyboard goes on and not back.
    for field in filter(steps.__contains__, fields):
        steps[field]()
    change = browser.shown("#plan .plan-head .plan-less")
    assert change.text == "−8 h"
    # A question of the plan that is given up by sending the form is told by the console.
    browser.until(lambda: not browser.script("return document.querySelector('.htmx-request')"), "the plan is still asked for")
    assert planned_hours() == 8, "nothing is stored yet"
    keyboard.tab_to(".admin-send .button-main")
    keyboard.press(Keys.ENTER)
    browser.shown(".notice")
    assert planned_hours() == 0
    browser.check_quiet()
