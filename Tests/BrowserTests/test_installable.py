"""The site as an application of the device: what is installed, and what is shown while the server cannot be reached."""

import json

import pytest

from conftest import Factory
from running_system import PASSWORD, RunningSystem


@pytest.fixture(scope="module")
def system():
    """A system that may be stopped."""
    with RunningSystem.running({}) as made:
        yield made


def is_controlled(browser) -> None:
    browser.until(lambda: browser.script("return navigator.serviceWorker.controller !== null"), "no service worker")


@pytest.mark.parametrize("language,name", [("es", "Sin conexión"), ("en", "No connection")])
def test_without_the_server_the_page_says_so_and_comes_back_by_itself(system, open_browser, language, name):
    factory = Factory(system, f"installed-{language}")
    factory.detect(3)
    browser = open_browser(language=language, width=390, dark=language == "en")
    browser.sign_in(factory.tenant.user("MANAGER"), PASSWORD, "/?period=today")
    browser.shown(".tile-total .figure")
    is_controlled(browser)
    # The worker serves what the server does, and the page is the same with it.
    browser.open("/?period=today")
    browser.shown(".tile-total .figure")
    browser.check_quiet()

    browser.open("/account")
    browser.shown("main h1")
    system.port = system.base.rsplit(":", 1)[1]
    system.stop()
    try:
        browser.open("/?period=today")
        assert browser.shown("main h1").text == name
        assert browser.driver.current_url.endswith("/?period=today")
        browser.until(lambda: browser.script("return document.fonts.check('16px Inter') && document.styleSheets.length > 0"),
                      "its files are not there")
        browser.picture(f"offline-{language}")
    finally:
        system.start()
    browser.shown(".tile-total .figure")
    # What could not be fetched meanwhile is told in the console, as it should be; nothing else is.
    told = ("ERR_CONNECTION_REFUSED", "when fetching the script")
    assert [entry for entry in browser.console() if not any(text in entry for text in told)] == []


def test_no_page_is_lost_to_a_worker_of_another_language(system, open_browser):
    """Each page asks for a worker of its own language, which must not take the place of the one that the next page goes through."""
    browser = open_browser()
    browser.open("/login")
    for language in ["en", "es"] * 10:
        browser.driver.add_cookie({"name": "camet_language", "value": language, "path": "/"})
        browser.open("/login")
        assert browser.script("return document.documentElement.lang") == language
    is_controlled(browser)
    browser.check_quiet()


def test_nothing_of_a_company_is_kept_on_the_device(system, open_browser):
    factory = Factory(system, "installed-nothing")
    browser = open_browser()
    browser.sign_in(factory.tenant.user("MANAGER"), PASSWORD, "/")
    browser.shown("main")
    is_controlled(browser)
    browser.open("/downtimes")
    browser.shown("main")
    kept = browser.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        (async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
            return found;
        })().then(done);""")
    assert len(kept) == 6
    assert {path for path in kept if not path.startswith("/static/")} == {"/offline"}


@pytest.mark.parametrize("language,start", [("es", "Camet"), ("en", "Camet")])
def test_a_browser_would_install_it(system, open_browser, language, start):
    browser = open_browser(language=language)
    browser.open("/login")
    browser.shown("main")
    found = browser.driver.execute_cdp_cmd("Page.getAppManifest", {})
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert (manifest["lang"], manifest["short_name"], manifest["start_url"]) == (language, start, "/")
    sizes = browser.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        Promise.all(arguments[0].map((icon) => new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = () => resolve(`${image.naturalWidth}x${image.naturalHeight}`);
            image.onerror = () => reject(new Error(icon.src));
            image.src = icon.src;
        }))).then(done, (error) => done(String(error)));""", manifest["icons"])
    assert [size for icon, size in zip(manifest["icons"], sizes) if icon["sizes"] not in ("any", size)] == []
    unmet = browser.driver.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"]
    # A window without a profile that lasts is the only thing against it.
    assert [error["errorId"] for error in unmet if error["errorId"] != "in-incognito"] == []
    browser.check_quiet()
