"""Chromium programs that run as long as the tests do, and lend windows: each has cookies, storage and cache of its own."""

import json
import os
import shutil
import urllib.request

import websocket
from selenium import webdriver
from selenium.webdriver.chrome.service import Service


class Chromium:
    """A headless Chromium with one window at a time. A program costs seconds to start, a window a tenth of one.

    - Parameters: `language` as pages are asked for; `records` keeps the requests of all documents; `self_signed` takes any certificate.
    """

    _idle: dict[tuple, list["Chromium"]] = {}

    def __init__(self, language: str, records: bool, self_signed: bool):
        self.kind = (language, records, self_signed)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        options.add_argument("--headless=new")
        options.add_argument("--disable-dev-shm-usage")
        options.add_argument("--no-first-run")
        options.add_argument("--disable-background-networking")
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"} | ({"performance": "ALL"} if records else {}))
        options.accept_insecure_certs = self_signed
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self._first = self.driver.current_window_handle
        self._context = None
        self._commands = 0
        # chromedriver speaks to pages; who has which storage is asked of the program itself.
        address = self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with urllib.request.urlopen(f"http://{address}/json/version", timeout=30) as answer:
            self._program = websocket.create_connection(
                json.load(answer)["webSocketDebuggerUrl"], timeout=30, suppress_origin=True)

    @classmethod
    def lend(cls, language: str, records: bool = False, self_signed: bool = False) -> "Chromium":
        """One with a new window, in which nothing is known of the windows before."""
        idle = cls._idle.get((language, records, self_signed), [])
        made = idle.pop() if idle else cls(language, records, self_signed)
        made._open_window()
        return made

    @classmethod
    def end_all(cls) -> None:
        """Ends those that nobody has."""
        for idle in cls._idle.values():
            while idle:
                idle.pop()._end()

    def give_back(self) -> None:
        """Closes the window, with whatever was opened from it. One that does not obey is ended."""
        try:
            self._ask("Target.disposeBrowserContext", browserContextId=self._context)
            self.driver.switch_to.window(self._first)
            for kind in self.driver.log_types:
                if kind != "driver":
                    self.driver.get_log(kind)
        except Exception:
            self._end()
            raise
        self._idle.setdefault(self.kind, []).append(self)

    def _open_window(self) -> None:
        self._context = self._ask("Target.createBrowserContext")["browserContextId"]
        window = self._ask("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self.driver.switch_to.window(window)

    def _ask(self, command: str, **parameters) -> dict:
        self._commands += 1
        self._program.send(json.dumps({"id": self._commands, "method": command, "params": parameters}))
        while True:
            answer = json.loads(self._program.recv())
            if answer.get("id") == self._commands:
                assert "result" in answer, answer
                return answer["result"]

    def _end(self) -> None:
        self._program.close()
        self.driver.quit()
