"""Devices of the shop floor: made by the API, opened by a browser as HTTP goes, and people at stations."""

import re

from page_visitor import PageVisitor
from running_system import PASSWORD

ROUTE = "/api/v1/devices"
COOKIE = "camet_device"


def token_of(page) -> str:
    """What forms and scripts of a device's page send beside its cookie."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text) or re.search(
        r'name="csrf_token" value="([^"]+)"', page.text)
    return found[1]


def enrol(system, link: str, source: str | None = None) -> PageVisitor:
    """A browser that has become the device of a link."""
    path = link.removeprefix(system.base)
    browser = PageVisitor(system.base, source=source)
    page = browser.get(path)
    assert page.status_code == 200, page.text
    assert COOKIE not in browser.session.cookies, "a look at the link changes nothing"
    answer = browser.send("POST", path, data={"csrf_token": token_of(page)})
    assert answer.status_code == 303, answer.text
    return browser


class StationBrowser:
    """A tablet that is a station, and what its page asks for."""

    def __init__(self, system, link: str):
        self.browser = enrol(system, link)
        page = self.browser.get("/station")
        assert page.status_code == 200, page.text
        self.page = page.text
        self.token = token_of(page)
        self.turn = None

    def ask(self, method: str, path: str, body=None, **headers):
        sent = {"Accept": "application/json", "X-CSRF-Token": self.token}
        if self.turn:
            sent["X-Station-Turn"] = self.turn
        return self.browser.send(method, f"/station{path}", headers=sent | headers,
                                 **({} if body is None else {"json": body}))

    def begin(self, user: int, pin: str):
        """The answer to a PIN; the turn is that person's when it is 200."""
        answer = self.ask("POST", "/turn", {"user_id": user, "pin": pin})
        if answer.status_code == 200:
            self.turn = answer.json()["turn"]
        return answer

    def board(self) -> str:
        answer = self.browser.get("/station/board")
        assert answer.status_code == 200, answer.text
        return answer.text


def set_pin(client, pin: str) -> int:
    """Gives the person of a client a PIN; his number."""
    answer = client.put("/api/v1/me/pin", {"password": PASSWORD, "pin": pin})
    assert answer.status_code == 204, answer.text
    return client.read("/auth/me")["user"]["user_id"]
