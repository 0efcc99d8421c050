"""A window of a headless Chromium that keeps everything its console says, and where it goes if asked to."""

import contextlib
import functools
import json
from pathlib import Path

from selenium.common.exceptions import (
    NoSuchElementException, StaleElementReferenceException, TimeoutException, WebDriverException)
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chromium import Chromium
from page_visitor import PageVisitor

REPOSITORY = Path(__file__).resolve().parents[2]
PICTURES = REPOSITORY / "test-output"
PATIENCE = 20
LOADING = 60


class Browser:
    """- Parameters: `records` keeps the requests of all documents; `self_signed` takes any certificate."""

    def __init__(self, base: str, width: int = 1440, height: int = 1000, dark: bool = False, language: str = "es",
                 records: bool = False, self_signed: bool = False):
        self.base = base
        self._chromium = Chromium.lend(language, records, self_signed)
        self.driver = self._chromium.driver
        self.driver.set_page_load_timeout(LOADING)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        # Violations of the policy, in every document from its first script on.
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            window.policyViolations = [];
            document.addEventListener("securitypolicyviolation", (event) =>
                window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
            window.scriptErrors = [];
            addEventListener("error", (event) => window.scriptErrors.push(event.message));
            addEventListener("unhandledrejection", (event) => window.scriptErrors.push(String(event.reason)));
        """})

    def open(self, path: str = "/") -> None:
        try:
            self.driver.get(self.base + path)
        except TimeoutException:
            raise AssertionError(f"{self.base + path} did not load within {LOADING} s; {self.loading()}") from None

    def loading(self) -> str:
        """What the window shows after a page did not load: chromedriver has stopped it, so what it waited for has no answer."""
        try:
            address, state, unanswered, workers = self.driver.execute_async_script("""
                const done = arguments[arguments.length - 1];
                const unanswered = performance.getEntriesByType("resource").filter((one) => !one.responseStatus).map((one) => one.name);
                const workers = navigator.serviceWorker?.getRegistrations() ?? Promise.resolve([]);
                workers.then((found) => done([location.href, document.readyState, unanswered,
                    found.map((one) => ["installing", "waiting", "active"].map((name) => `${name} ${one[name]?.state}`))]));
            """)
            return f"the window shows {address} ({state}); without an answer: {unanswered}; service workers: {workers}"
        except WebDriverException as error:
            return f"and the window does not answer: {error.msg}"

    def sign_in(self, username: str, password: str, path: str = "/") -> None:
        self.open(path)
        self.find("input[name=username]").send_keys(username)
        self.find("input[name=password]").send_keys(password)
        self.find("form button[type=submit]").click()

    def open_as(self, username: str, path: str = "/") -> None:
        """Opens a page as somebody who is signed in, wherever that is not what is tried: his session is made once, and anew when it
        has ended."""
        for _ in range(2):
            self.driver.execute_cdp_cmd("Network.setCookies", {"cookies": session_cookies(self.base, username)})
            self.open(path)
            if not self.driver.current_url.startswith(f"{self.base}/login"):
                return
            session_cookies.cache_clear()
        raise AssertionError(f"{username} is not signed in")

    def find(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What an element says, which may be replaced at any time."""
        return self.until(lambda: (self.find(selector).text,), f"{selector} is not there")[0]

    def click(self, selector: str) -> None:
        """Clicks on an element, which may be replaced at any time."""
        self.until(lambda: self.find(selector).click() or True, f"{selector} cannot be clicked")

    def press(self, found, opened: str) -> None:
        """Presses what `found` finds until `opened` is there: what is replaced while it is pressed is not clicked."""
        def is_open() -> bool:
            found().click()
            with contextlib.suppress(TimeoutException):
                self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, opened), f"{opened} does not open", 3)
                return True
            return False

        self.until(is_open, f"{opened} does not open")

    def shown(self, selector: str):
        """The element once it is visible."""
        return self.until(
            lambda: next((e for e in self.driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), None),
            f"{selector} is not shown")

    def until(self, condition, message: str, seconds: float = PATIENCE):
        """What the condition gives once it is true; elements replaced meanwhile are looked up again."""
        wait = WebDriverWait(self.driver, seconds, poll_frequency=0.1,
                             ignored_exceptions=(NoSuchElementException, StaleElementReferenceException))
        return wait.until(lambda _: condition(), message)

    def script(self, text: str):
        return self.driver.execute_script(text)

    def load_tiles(self) -> None:
        """Scrolls through the dashboard until no tile of its tab waits and every chart is drawn: they come when they are near."""
        def are_there() -> bool:
            return self.script("""
                const panel = document.querySelector(".panel:not([hidden])");
                const awaited = panel.querySelector("[data-waiting], [data-chart]:not(:has(canvas))");
                if (awaited) awaited.scrollIntoView();
                return !awaited;
            """)

        self.until(are_there, "a tile still waits")
        self.script("scrollTo(0, 0)")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    def console(self) -> list[str]:
        """Warnings and errors of the console since the last call."""
        return [f"{entry['level']} {entry['message']}" for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def requests(self) -> list[str]:
        """The addresses asked for over the network since the last call, of a browser that records."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        addresses = [message["params"]["request"]["url"] for message in messages
                     if message["method"] == "Network.requestWillBeSent"]
        return [address for address in addresses if address.startswith("http")]

    def check_quiet(self) -> None:
        """No error or warning in the console, no violation of the policy, no script error."""
        for found in (self.console(), self.script("return window.policyViolations"),
                      self.script("return window.scriptErrors")):
            assert found == [], found

    def quit(self) -> None:
        self._chromium.give_back()


@functools.cache
def session_cookies(base: str, username: str) -> list[dict]:
    """The cookies of somebody who has signed in, as the browser's protocol has them."""
    visitor = PageVisitor(base)
    answer = visitor.sign_in(username)
    assert answer.status_code == 303, f"{username}: {answer.status_code}"
    return [{"name": one.name, "value": one.value, "url": base, "path": one.path, "httpOnly": one.has_nonstandard_attr("HttpOnly"),
             "sameSite": one.get_nonstandard_attr("SameSite", "Lax")} for one in visitor.session.cookies]
