"""A person's browser as far as HTTP goes: signs in with the form, keeps cookies, asks for HTML."""

import re
from pathlib import Path

import requests

from running_system import PASSWORD, AddressedAdapter, check_standing_headers


def signed_in(system, tenant, who: str, language: str) -> "PageVisitor":
    """The browser of somebody: of a role (`MANAGER`), or with a name."""
    visitor = PageVisitor(system.base)
    visitor.session.cookies.set("camet_language", language)
    assert visitor.sign_in(tenant.user(who) if who.isupper() else who).status_code == 303
    return visitor


class PageVisitor:
    def __init__(self, base: str, language: str | None = None, source: str | None = None,
                 authority: Path | None = None):
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept"] = "text/html"
        if language:
            self.session.headers["Accept-Language"] = language
        if authority:
            self.session.verify = str(authority)
        if source:
            for scheme in ("http://", "https://"):
                self.session.mount(scheme, AddressedAdapter(source))

    def send(self, method: str, path: str, **what) -> requests.Response:
        answer = self.session.request(method, self.base + path, timeout=30, allow_redirects=False, **what)
        check_standing_headers(answer)
        return answer

    def get(self, path: str, **what) -> requests.Response:
        return self.send("GET", path, **what)

    def sign_in(self, username: str, password: str = PASSWORD) -> requests.Response:
        """The answer to the form; the visitor is signed in when it is 303."""
        form = self.get("/login")
        assert form.status_code == 200
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)[1]
        return self.send("POST", "/login", data={"csrf_token": token, "username": username, "password": password})

    def sign_out(self, page: requests.Response) -> requests.Response:
        """The answer to the form of a page the visitor sees."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.send("POST", "/logout", data={"csrf_token": token})
