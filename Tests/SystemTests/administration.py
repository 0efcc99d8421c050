"""A person at the pages of the administration, as far as HTTP goes: fills in the forms that a page has and sends them."""

import html
import re
from html.parser import HTMLParser

from page_visitor import PageVisitor


class FormParser(HTMLParser):
    """The fields of the forms of a page, by the address each is sent to, with what stands in them."""

    def __init__(self):
        super().__init__()
        self.forms: dict[str, list[tuple[str, str]]] = {}
        self.fields: list[tuple[str, str]] | None = None
        self.select = self.area = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.fields = self.forms.setdefault(given.get("action", ""), [])
        if self.fields is None:
            return
        if tag == "input" and "name" in given:
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.fields.append((given["name"], given.get("value") or ""))
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and "selected" in given:
            self.fields.append((self.select, given.get("value") or ""))
        elif tag == "textarea":
            self.area = given["name"]
            self.fields.append((self.area, ""))

    def handle_data(self, data):
        if self.area and self.fields:
            self.fields[-1] = (self.area, self.fields[-1][1] + data.lstrip("\n"))

    def handle_endtag(self, tag):
        if tag == "form":
            self.fields = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


class Administrator(PageVisitor):
    def __init__(self, system, username: str, language: str | None = None):
        super().__init__(system.base, language=language)
        assert self.sign_in(username).status_code == 303

    def form(self, path: str, sent_to: str | None = None) -> list[tuple[str, str]]:
        """What stands in the form of a page."""
        page = self.get(path)
        assert page.status_code == 200, f"{path}: {page.status_code} {page.text[:2000]}"
        parser = FormParser()
        parser.feed(page.text)
        return parser.forms[sent_to or path.partition("?")[0]]

    def submit(self, path: str, form=None, sent_to: str | None = None, **changes):
        """Sends a form with other values for some of its fields; a list gives a field several times, None takes it out."""
        fields = form if form is not None else self.form(path, sent_to)
        kept = [(name, value) for name, value in fields if name not in changes]
        for name, value in changes.items():
            if value is not None:
                kept += [(name, one) for one in (value if isinstance(value, list) else [value])]
        return self.send("POST", sent_to or path, data=kept)


def faults(page) -> dict[str, str]:
    """The fields of a page that say what is wrong with them."""
    found = re.findall(r'id="fault-([a-z_]+)"(?: hx-swap-oob="true")?>.*?<span>(.*?)</span>', page.text, re.S)
    return {name: html.unescape(text) for name, text in found}


def text_of(page) -> str:
    """What a person reads, without markup."""
    body = re.sub(r"<(script|style|datalist)\b.*?</\1>", "", page.text, flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))
