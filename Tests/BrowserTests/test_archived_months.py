"""A page of a month whose detections are in files: it shows what it showed before; and a tile that fails says so itself."""

import os
import re
import signal
from datetime import datetime, timedelta, timezone

import pytest

from running_system import PlantData

SETTING = "/api/v1/settings/retention.hot_months"


def a_monday() -> datetime:
    """In the middle of a month that is archived when one month is kept."""
    day = (datetime.now(timezone.utc) - timedelta(days=90)).replace(day=10, hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=-day.weekday() % 7)


MONDAY = a_monday()
PERIOD = f"period=custom&from={MONDAY:%Y-%m-%d}&to={MONDAY + timedelta(days=1):%Y-%m-%d}"
PRODUCTION, OEE = f"/?{PERIOD}", f"/?tab=oee&{PERIOD}"
LOOKS = [(width, dark) for width in (390, 1440) for dark in (False, True)]


class OldMonth:
    """A company whose line worked on two days of that month, with stops, made one unit on the third, and nothing since."""

    def __init__(self, system, slug: str):
        self.system, self.slug = system, slug
        self.tenant = system.make_tenant(slug)
        self.plant = PlantData(self.tenant.client("MANAGER"), shift=("06:00", "22:00"), commissioned_at=MONDAY.isoformat())
        self.user = self.tenant.user("MANAGER")
        for day in range(2):
            rows, at = [], MONDAY + timedelta(days=day, hours=10)
            for number in range(1500):
                # A short stop every few hundred units, and two long ones.
                at += timedelta(seconds={250: 95, 600: 1900, 900: 130, 1200: 4000}.get(number, 14 + number * 7 % 5))
                rows += [self.plant.detection(at.isoformat(), area) for area in ("input", "output")]
            self.post(rows)
        # No stop of the two days still grows while pages are compared.
        third = (MONDAY + timedelta(days=2, hours=10)).isoformat()
        self.post([self.plant.detection(third, area) for area in ("input", "output")])

    def post(self, rows: list[dict]) -> None:
        answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text

    def archive(self) -> None:
        admin = self.tenant.client("ADMIN")
        answer = admin.put(SETTING, {"value": 1}, headers={"If-Match": admin.get(SETTING).headers["ETag"]})
        assert answer.status_code == 200, answer.text
        assert [item["rows"] for item in self.system.camet("archive", "run", "--tenant", self.slug)["items"]] == [6002]

    def psql(self, statement: str) -> None:
        self.system.psql(self.tenant.database, statement)

    @property
    def stops(self) -> str:
        return f"downtime_events_{self.plant.line}"


def tiles(browser, path: str) -> dict[str, str]:
    """What every tile of the page says once all are there, by its id; that of the present state tells the time since."""
    browser.open(path)
    panel = "#panel-oee" if "tab=oee" in path else "#panel-produccion"
    browser.until(lambda: browser.find(panel).get_attribute("aria-busy") == "false", "the tiles do not come")
    browser.load_tiles()
    # A chart says that it loads until it is drawn, and the library it is drawn with comes after the tiles.
    browser.until(lambda: not browser.driver.find_elements("css selector", f"{panel} .chart-wait"), "a chart is not drawn")
    said = browser.script(f"""
        return [...document.querySelectorAll("{panel} [data-tile]")].map((tile) => [tile.id, tile.innerText
            + (tile.querySelector("template")?.innerHTML ?? "")]);
    """)
    return {name: words for name, words in said if name != "tile-LineStatusIndicator"}


def fits(browser) -> bool:
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    return wide <= window


@pytest.fixture(scope="module")
def archived(system):
    """Before anything was archived, and what a page said then."""
    return OldMonth(system, "archived-pages")


def test_a_page_of_an_archived_month_shows_what_it_showed_before(open_browser, archived):
    browser = open_browser()
    browser.open_as(archived.user, PRODUCTION)
    browser.shown(".tile-total .figure")
    before = tiles(browser, PRODUCTION), tiles(browser, OEE)
    assert "3.000" in before[0]["tile-KpiTotalProduction"] and "Sin justificar" in before[1]["tile-DowntimeTable"]
    archived.archive()
    # The worker reads it all anew, as the time is none that it keeps.
    after = tiles(browser, PRODUCTION), tiles(browser, OEE)
    # Single detections are not read from the archive: the newest events of whoever may see them are not there, and say why.
    newest = [production.pop("tile-EventFeed") for production, _ in (before, after)]
    assert "Product of L1" in newest[0] and "archivad" in newest[1]
    assert after == before
    assert not browser.driver.find_elements("css selector", ".tile-failure, [data-banner]:not([hidden])")
    browser.check_quiet()


@pytest.mark.parametrize("width,dark", LOOKS)
def test_an_archived_month_looks_right(open_browser, archived, width, dark):
    browser = open_browser(width=width, dark=dark)
    browser.open_as(archived.user, OEE)
    browser.shown("#tile-equation .figure")
    browser.picture(f"archived-oee-{width}-{'dark' if dark else 'light'}")
    assert fits(browser), "the page scrolls sideways"
    browser.check_quiet()


@pytest.fixture(scope="module")
def broken(system):
    """A company whose stored stops of the first day no worker can read: only the list of stops needs them."""
    made = OldMonth(system, "broken-pages")
    stored = made.tenant.client("MANAGER").post("/api/v1/downtimes/recalculate", {
        "line_id": made.plant.line, "from": MONDAY.isoformat(), "to": (MONDAY + timedelta(days=3)).isoformat()})
    assert stored.status_code == 200, stored.text
    made.psql(f"ALTER TABLE {made.stops} ALTER COLUMN source DROP NOT NULL")
    made.psql(f"UPDATE {made.stops} SET source = NULL WHERE start_time < '{MONDAY + timedelta(days=1)}'")
    # What the worker has in memory goes with it.
    os.kill(system.worker(made.slug)["pid"], signal.SIGKILL)
    return made


@pytest.mark.parametrize("width,dark", LOOKS)
def test_a_tile_that_fails_says_so_itself_and_the_others_are_drawn(open_browser, broken, width, dark):
    browser = open_browser(width=width, dark=dark)
    browser.open_as(broken.user, OEE)
    browser.shown("#tile-equation .figure")
    browser.load_tiles()
    failure = browser.shown("#tile-DowntimeTable .tile-failure")
    assert "No se pudo cargar" in failure.text and failure.find_element("css selector", "[data-refresh]").is_displayed()
    figures = browser.driver.find_elements("css selector", "#tile-equation .figure")
    assert len(figures) == 4 and all(any(digit.isdigit() for digit in figure.text) for figure in figures)
    # The points of stops are of the same list.
    failed = browser.script("return [...document.querySelectorAll('.tile-failure')].map((one) => one.closest('[data-widget]').id)")
    assert failed == ["tile-ScatterChart", "tile-DowntimeTable"]
    failure.location_once_scrolled_into_view
    browser.picture(f"failed-tile-{width}-{'dark' if dark else 'light'}")
    assert fits(browser), "the page scrolls sideways"
    browser.check_quiet()


def test_a_tile_that_failed_is_drawn_when_it_is_asked_for_again(open_browser, broken):
    browser = open_browser(records=True)
    browser.open_as(broken.user, OEE)
    browser.shown("#tile-equation .figure")
    browser.load_tiles()
    browser.shown("#tile-DowntimeTable .tile-failure")
    broken.psql(f"UPDATE {broken.stops} SET source = 'calculated' WHERE source IS NULL")
    browser.requests()
    browser.find("#tile-DowntimeTable [data-refresh]").click()
    browser.until(lambda: browser.find("#tile-DowntimeTable tbody tr"), "the table does not come back")
    browser.until(lambda: not browser.driver.find_elements("css selector", "#tile-DowntimeTable .tile-failure"), "it still fails")
    # The others are there, and are not asked for with it.
    asked = [address for address in browser.requests() if "/dashboard/tiles" in address]
    assert [re.search(r"widget_ids=([^&]*)", address)[1] for address in asked] == ["DowntimeTable"]
    browser.check_quiet()
