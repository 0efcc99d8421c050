"""Everything below a path of a host that others share, in a real browser and behind a real nginx."""

from datetime import datetime, timezone

import pytest

from browser import Browser
from running_system import PASSWORD, REPOSITORY, PlantData, RunningSystem
from test_proxy import Proxy

BASE = "/camet"
TODAY = "/?period=today"
TOTAL = ".tile-total .figure"


@pytest.fixture(scope="module")
def below():
    with RunningSystem.running({"CAMET_BASE_PATH": BASE, "CAMET_TRUSTED_PROXIES": "127.0.0.1"}) as made:
        yield made


@pytest.fixture(scope="module")
def proxy(below, tmp_path_factory):
    made = Proxy(tmp_path_factory.mktemp("nginx"), below.base.removesuffix(BASE),
                 REPOSITORY / "deploy/nginx/camet-base-path.conf")
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def person(below):
    """Somebody of two companies, the first of which has a line with units of now."""
    tenant = below.make_tenant("beneath")
    plant = PlantData(tenant.client("MANAGER"), shift=("00:00", "00:00"))
    now = datetime.now(timezone.utc).isoformat()
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [plant.detection(now)]})
    assert answer.status_code == 200, answer.text
    below.make_tenant("besides")
    name = tenant.make_user("MANAGER", "of-two")
    below.camet("user", "grant", "--username", name, "--tenant", "besides", "--role", "VIEWER")
    return name


@pytest.fixture
def browser(proxy):
    made = Browser(proxy.base + BASE, records=True, self_signed=True)
    yield made
    made.quit()


def live(browser) -> None:
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")


def test_people_work_there_and_nothing_outside_is_asked_for(browser, proxy, person):
    browser.sign_in(person, PASSWORD, TODAY)
    browser.shown(TOTAL)
    browser.until(
        lambda: browser.script("return document.querySelector('[data-chart] svg, [data-chart] canvas')"),
        "no chart is drawn")
    live(browser)
    assert browser.driver.current_url == browser.base + TODAY
    assert browser.driver.get_cookie("__Secure-camet_session")["path"] == BASE

    browser.find('.tabs [data-tab="oee"]').click()
    browser.shown("#tile-equation .figure")

    browser.find(".menu-account > summary").click()
    browser.shown(f".menu-account a[href='{BASE}/account']").click()
    browser.shown("#sessions .badge-good")
    browser.shown("#preferences label[lang=en]").click()
    browser.find("#preferences button").click()
    assert browser.shown(".notice").text == "Your changes were saved."
    assert browser.driver.get_cookie("__Secure-camet_language")["path"] == f"{BASE}/"

    browser.open(TODAY)
    live(browser)
    browser.find(".menu-places > summary").click()
    browser.shown(f"form[action='{BASE}/session/switch'] button").click()
    browser.until(lambda: "Company besides" in browser.driver.title, "the other company is not shown")
    live(browser)

    browser.find(".menu-account > summary").click()
    browser.shown(".menu-end button").click()
    browser.shown("input[name=username]")
    browser.open(TODAY)
    browser.shown("input[name=username]")
    assert browser.driver.current_url.startswith(f"{browser.base}/login?next=")

    browser.check_quiet()
    asked = browser.requests()
    assert len(asked) > 30
    assert [address for address in asked if not address.startswith(f"{browser.base}/")] == []
    # The control: what is outside is noticed.
    browser.driver.get(proxy.base + "/")
    assert f"{proxy.base}/" in browser.requests()
