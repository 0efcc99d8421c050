"""Two companies' dashboards side by side: one's worker is killed, hangs and is flooded, the other's page goes on as if alone."""

import contextlib
import os
import signal
import socket
import threading
import time

import pytest

from conftest import Factory
from running_system import RunningSystem, eventually

TODAY = "/?period=today"
TOTAL = ".tile-total .figure"
# Of one company in a minute; its page and its camera need less.
QUOTA = 1_200
# The page asks again after 2 s at the earliest, and a unit appears within 400 ms: five times that.
UNIT_EVERY, LONGEST_GAP = 0.5, 2 + 5 * 0.4

WATCH = """
    const live = document.querySelector("#live");
    const seen = window.seen = { changes: [], states: [], errors: 0, text: "" };
    const look = () => {
        const figure = document.querySelector("%s"), state = live.dataset.state;
        if (seen.states.at(-1) !== state) seen.states.push(state);
        if (document.querySelector(".tile-failure, [data-banner]:not([hidden])")) seen.errors += 1;
        if (!figure || figure.textContent === seen.text) return;
        seen.text = figure.textContent;
        seen.changes.push(performance.now());
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
""" % TOTAL


@pytest.fixture(scope="module")
def system():
    with RunningSystem.running({
        "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": str(QUOTA), "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": str(QUOTA),
    }) as made:
        yield made


class Side:
    """A company, its camera, and somebody who has its dashboard open."""

    def __init__(self, system, open_browser, slug: str):
        self.system = system
        self.factory = Factory(system, slug)
        self.slug = slug
        self.factory.detect(3)
        self.browser = open_browser(width=720)
        self.browser.open_as(self.factory.tenant.user("MANAGER"), TODAY)
        self.browser.shown(TOTAL)
        self.wait_until_live()

    def wait_until_live(self) -> None:
        self.browser.until(
            lambda: self.browser.find("#live").get_attribute("data-state") == "live", "the stream is not live", 60)

    def pid(self) -> int | None:
        return self.system.worker(self.slug)["pid"]

    def heals(self) -> None:
        """A unit is taken again, and its page shows it."""
        key = self.factory.tenant.client("key:ingest")
        unit = self.factory.plant.detection

        def takes() -> bool:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            return key.post("/api/v1/detections", {"detections": [unit(now)]}).status_code == 200

        assert eventually(takes, 60)
        self.wait_until_live()


@contextlib.contextmanager
def untouched(side: Side):
    """Units keep coming, and the page shows each in its time without a word of trouble."""
    side.browser.script(WATCH)
    over = threading.Event()
    refused = []

    def camera() -> None:
        while not over.wait(UNIT_EVERY):
            try:
                side.factory.detect()
            except AssertionError as error:
                refused.append(str(error))

    thread = threading.Thread(target=camera, daemon=True)
    thread.start()
    try:
        yield
        # Long enough to stand still in.
        side.browser.until(lambda: side.browser.script("return window.seen.changes.length") > 5, "nothing changes", 60)
    finally:
        over.set()
        thread.join(30)
    seen = side.browser.script("return Object.assign({now: performance.now()}, window.seen)")
    assert refused == []
    assert seen["states"] == ["live"] and seen["errors"] == 0, seen
    moments = [*seen["changes"], seen["now"]]
    gap = max(after - before for before, after in zip(moments, moments[1:])) / 1000
    assert gap < LONGEST_GAP, f"the page stood still for {gap:.1f} s: {seen}"
    side.browser.check_quiet()


@contextlib.contextmanager
def flood(side: Side, rate: float):
    """Asks at a rate, not waiting for answers; gives the count of answers that were 429."""
    key = side.factory.tenant.client("key:read").headers["X-API-Key"]
    host, port = side.system.base.removeprefix("http://").split(":")
    request = f"GET /api/v1/plants HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n\r\n".encode()
    over, counts = threading.Event(), {429: 0}
    connection = socket.create_connection((host, int(port)))

    def ask() -> None:
        while not over.wait(0.05):
            connection.sendall(request * int(rate * 0.05))

    def read() -> None:
        tail = b""
        while data := connection.recv(65_536):
            counts[429] += (tail + data).count(b"HTTP/1.1 429")
            tail = data[-11:]

    threads = [threading.Thread(target=work, daemon=True) for work in (ask, read)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        threads[0].join(10)
        connection.shutdown(socket.SHUT_RDWR)
        threads[1].join(10)
        connection.close()


def test_one_is_killed_hangs_and_is_flooded_and_the_others_page_never_stutters(system, open_browser):
    struck, calm = (Side(system, open_browser, slug) for slug in ("struck-side", "calm-side"))

    with untouched(calm):
        for _ in range(3):
            pid = struck.pid()
            os.kill(pid, signal.SIGKILL)
            struck.heals()
            assert struck.pid() not in (None, pid)

    with untouched(calm):
        pid = struck.pid()
        os.kill(pid, signal.SIGSTOP)
        assert eventually(lambda: struck.pid() not in (None, pid) or not os.path.exists(f"/proc/{pid}"), 50)
        struck.heals()

    with untouched(calm), flood(struck, 20 * QUOTA / 60) as counts:
        assert eventually(lambda: counts[429] > 2 * QUOTA, 60)
        calm.browser.picture("side-by-side-calm")
        struck.browser.picture("side-by-side-flooded")
    assert eventually(lambda: struck.factory.tenant.client("key:ingest").post(
        "/api/v1/detections", {"detections": []}).status_code != 429, 60)
