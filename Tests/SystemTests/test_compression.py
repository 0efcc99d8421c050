"""What is sent compressed, to whom, and what never is."""

import gzip
import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from master_data import post
from page_visitor import PageVisitor
from running_system import PASSWORD, PlantData

NUMBER = re.compile(rb"[0-9]+")
LIST = "/api/v1/failures?limit=1000"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("compressed")


@pytest.fixture(scope="module")
def plant(tenant):
    """A line with enough units for answers that come in many parts, and a long list."""
    made = PlantData(tenant.client("MANAGER"), code="C1", shift=("00:00", "00:00"), commissioned_at="2026-03-01T00:00:00Z")
    start = datetime(2026, 3, 4, tzinfo=timezone.utc)
    post(tenant, [made.detection((start + timedelta(seconds=number)).isoformat()) for number in range(1_000)])
    for number in range(30):
        tenant.client("MANAGER").make("failures", failure_code=f"code-{number}", failure_name=f"Failure {number}")
    return made


class RawAnswer:
    """An answer with its body as it was sent."""

    def __init__(self, client, method: str, path: str, accepted: str | None = "gzip", **what):
        headers = what.pop("headers", {}) | {"Accept-Encoding": accepted}
        answer = client.send(method, path, headers=headers, stream=True, **what)
        self.status, self.headers = answer.status_code, answer.headers
        self.sent = answer.raw.read(decode_content=False)

    @property
    def is_coded(self) -> bool:
        coding = self.headers.get("Content-Encoding")
        assert coding in (None, "gzip")
        assert (self.sent[:2] == b"\x1f\x8b") == (coding == "gzip")
        return coding == "gzip"

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.sent) if self.is_coded else self.sent

    @property
    def varies(self) -> bool:
        return "Accept-Encoding" in self.headers.get("Vary", "")


@pytest.mark.parametrize("accepted,is_coded", [
    ("gzip", True), ("GZIP", True), ("x-gzip", True), ("gzip, deflate, br", True), ("br, gzip;q=0.1", True),
    ("*", True), ("gzip; q=0.8", True), ("identity;q=0.5, gzip;q=0.5", True), ("*;q=0.5, identity;q=0.1", True),
    (None, False), ("", False), ("identity", False), ("deflate, br", False), ("gzip;q=0", False),
    ("gzip;q=0.000", False), ("*;q=0", False), ("gzip;q=0, *", False), ("gzip;q=0.5, identity", False),
    ("gzip;q=x", False), ("gzipped", False), (";;,,", False),
])
def test_clients_get_what_they_take(tenant, plant, accepted, is_coded):
    client = tenant.client("VIEWER")
    plain = RawAnswer(client, "GET", LIST, None)
    answer = RawAnswer(client, "GET", LIST, accepted)
    assert answer.status == 200
    assert answer.is_coded == is_coded
    assert answer.body == plain.sent
    assert answer.varies and plain.varies and not plain.is_coded
    assert answer.headers["Content-Length"] == str(len(answer.sent))
    if is_coded:
        assert len(answer.sent) < len(plain.sent) / 3


def test_every_large_answer_of_the_api_is_compressed(tenant, plant):
    client = tenant.client("MANAGER")
    period = "from=2026-03-01&to=2026-03-10"
    for path in (
        LIST, f"/api/v1/kpis?{period}&line_id=all", f"/api/v1/production?{period}&interval=hour&line_id=all",
        f"/api/v1/explain/kpis?{period}&line_id=all", f"/api/v1/downtimes?{period}&line_id=all",
        f"/api/v1/detections?{period}&line_id={plant.line}&limit=1000", "/api/v1/filters", "/api/v1/layout",
    ):
        plain, answer = RawAnswer(client, "GET", path, None), RawAnswer(client, "GET", path)
        assert answer.status == 200, (path, answer.body)
        # What goes on until now is longer by a second each second.
        assert NUMBER.sub(b"0", answer.body) == NUMBER.sub(b"0", plain.sent), path
        # Short ones gain nothing.
        assert answer.is_coded == (len(plain.sent) >= 1_024), (path, len(plain.sent))
        assert answer.varies
    body = {"daterange": {"start_date": "2026-03-01", "end_date": "2026-03-10"}, "line_id": plant.line, "interval": "hour"}
    plain = RawAnswer(client, "POST", "/api/v1/dashboard/data", None, json=body)
    answer = RawAnswer(client, "POST", "/api/v1/dashboard/data", json=body)
    assert answer.status == 200, answer.body
    assert answer.is_coded and json.loads(answer.body)["widgets"].keys() == json.loads(plain.sent)["widgets"].keys()


def test_an_answer_in_parts_is_whole(tenant, plant):
    """More than one frame of the worker's, so that it is compressed as it comes."""
    path = f"/api/v1/detections?from=2026-03-01&to=2026-03-10&line_id={plant.line}&limit=1000"
    plain = RawAnswer(tenant.client("MANAGER"), "GET", path, None)
    answer = RawAnswer(tenant.client("MANAGER"), "GET", path)
    assert len(plain.sent) > 128 * 1_024
    assert answer.is_coded and answer.body == plain.sent and len(json.loads(answer.body)["items"]) == 1_000
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize("accepted", ["gzip", None])
def test_a_head_tells_the_length_and_the_coding_of_what_get_sends(tenant, plant, accepted):
    client = tenant.client("VIEWER")
    for path in (LIST, "/api/v1/openapi.json"):
        whole, head = RawAnswer(client, "GET", path, accepted), RawAnswer(client, "HEAD", path, accepted)
        assert head.status == whole.status == 200 and head.sent == b"" and head.varies
        assert whole.is_coded == (accepted == "gzip"), path
        for name in ("Content-Length", "Content-Encoding", "ETag"):
            assert head.headers.get(name) == whole.headers.get(name), (path, name)
        assert whole.headers["Content-Length"] == str(len(whole.sent))


def test_what_lets_somebody_in_is_never_compressed(system, tenant, plant):
    admin, anybody = tenant.client("ADMIN"), system.client()
    for client, method, path, status, what in (
        (anybody, "POST", "/auth/token", 200, {"json": {"username": tenant.user("VIEWER"), "password": PASSWORD}}),
        (admin, "GET", "/auth/me", 200, {}),
        (admin, "POST", "/api/v1/api-keys", 201, {"json": {"name": "n" * 255, "scopes": ["read"]}}),
        (admin, "GET", "/api/v1/api-keys", 200, {}),
        (anybody, "GET", "/login", 200, {}),
        # What repeats what was asked, which may be long.
        (admin, "GET", "/api/v1/kpis?" + "&".join(f"x{number}=1" for number in range(100)), 422, {}),
        (admin, "GET", "/login?next=/" + "x" * 2_000, 200, {}),
        # Whose tag a client may send back with a change.
        (admin, "GET", f"/api/v1/plants/{plant.plant}", 200, {}),
    ):
        answer = RawAnswer(client, method, path, **what)
        assert answer.status == status, (path, answer.body)
        assert not answer.is_coded, path
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(tenant.user("VIEWER")).status_code == 303
    page = visitor.get("/", headers={"Accept-Encoding": "gzip"})
    assert len(page.content) > 1_024 and 'name="csrf_token"' in page.text
    assert "Content-Encoding" not in page.headers
    # The control: the tiles, which carry no token.
    tiles = visitor.get("/dashboard/tiles", headers={"Accept-Encoding": "gzip"})
    assert tiles.headers["Content-Encoding"] == "gzip" and "data-tile" in tiles.text and "csrf" not in tiles.text


def test_files_of_pages_are_compressed_but_for_those_that_are_already(system):
    page = system.client().get("/login").text
    base = re.search(r'"(/static/[^/]+)/camet\.css"', page)[1]
    for name, is_coded in (("camet.css", True), ("htmx.js", True), ("icons.svg", True), ("inter.woff2", False)):
        plain, answer = (RawAnswer(system.client(), "GET", f"{base}/{name}", accepted) for accepted in (None, "gzip"))
        assert answer.status == 200
        assert answer.is_coded == is_coded and answer.body == plain.sent and not plain.is_coded
        assert answer.varies == plain.varies == is_coded
        assert answer.headers["Cache-Control"] == plain.headers["Cache-Control"]
        assert answer.headers["Content-Length"] == str(len(answer.sent))
