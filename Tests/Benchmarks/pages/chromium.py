"""A headless Chromium, by the WebDriver protocol as far as the bench of pages needs it."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request

# In every document, from its beginning: when the visible tiles are drawn, what was painted last, and what moved.
WATCH = """
    window.bench = { drawn: 0, painted: 0, shifted: 0 };
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) bench.painted = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) bench.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    const isDrawn = () => {
        const panel = document.querySelector(".panel:not([hidden])");
        if (!panel || panel.getAttribute("aria-busy") !== "false") return false;
        return [...panel.querySelectorAll("[data-chart]")].every((chart) =>
            chart.getBoundingClientRect().top > innerHeight || chart.querySelector("canvas, svg"));
    };
    bench.isDrawn = isDrawn;
    bench.wait = () => new Promise((resolve) => {
        const look = () => { if (isDrawn()) resolve(performance.now()); else requestAnimationFrame(look); };
        look();
    });
    document.addEventListener("DOMContentLoaded", () => bench.wait().then((time) => { bench.drawn = time; }));
"""


class Chromium:
    def __init__(self, base: str, width: int = 1440, height: int = 1000):
        self.base = base
        driver, browser = shutil.which("chromedriver"), shutil.which("chromium")
        if not driver or not browser:
            sys.exit("pages: needs Chromium and its driver: apt-get install chromium chromium-driver")
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while not (found := re.search(r"successfully on port (\d+)", self.process.stdout.readline())):
            pass
        self.address = f"http://127.0.0.1:{found[1]}"
        arguments = ["--headless=new", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                     f"--window-size={width},{height}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        made = self._ask("/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"binary": browser, "args": arguments}}}})
        self.session = f"/session/{made['sessionId']}"
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def _ask(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            self.address + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def devtools(self, command: str, **parameters):
        return self._ask(f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path: str) -> None:
        self._ask(f"{self.session}/url", {"url": self.base + path})

    def script(self, text: str, *arguments):
        return self._ask(f"{self.session}/execute/sync", {"script": text, "args": list(arguments)})

    def wait(self, text: str, *arguments):
        """What the promise comes to that the script gives."""
        script = f"const done = arguments[arguments.length - 1]; (async () => {{ {text} }})().then(done);"
        return self._ask(f"{self.session}/execute/async", {"script": script, "args": list(arguments)})

    def sign_in(self, username: str, password: str) -> None:
        self.open("/login")
        self.script(
            "const form = document.querySelector('form'); form.username.value = arguments[0];"
            "form.password.value = arguments[1]; form.submit();", username, password)
        self.wait("while (!document.querySelector('.panel')) await new Promise((next) => setTimeout(next, 20));")
        self.drawn()

    def drawn(self) -> float:
        """Milliseconds from the beginning of the navigation until the visible tiles were drawn."""
        return self.wait("while (!window.bench?.drawn) await new Promise((next) => setTimeout(next, 5)); return bench.drawn;")

    def received(self) -> float:
        """Kilobytes that came over the network for the page that is shown, heads included."""
        return self.script(
            "return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
            ".reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)") / 1000

    def stop(self) -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(self.address + self.session, method="DELETE"), timeout=20).close()
        finally:
            self.process.terminate()
            self.process.wait(20)
