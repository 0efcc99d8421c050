"""CAMET_BASE_PATH: everything below a path of a host that others share, and nothing elsewhere."""

import os
import re
import subprocess
from datetime import datetime, timezone

import pytest
import requests

from event_stream import EventStream
from page_visitor import PageVisitor
from running_system import PASSWORD, REPOSITORY, PlantData, RunningSystem, check_problem, sign_in
from test_proxy import Proxy

BASE = "/camet"


@pytest.fixture(scope="module")
def based():
    settings = {"CAMET_BASE_PATH": BASE, "CAMET_TRUSTED_PROXIES": "127.0.0.1"}
    with RunningSystem.running(settings) as made:
        yield made


@pytest.fixture(scope="module")
def root(based):
    """The address of the host."""
    assert based.base.endswith(BASE)
    return based.base.removesuffix(BASE)


@pytest.fixture(scope="module")
def tenant(based):
    return based.make_tenant("based")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="B1", shift=("00:00", "00:00"))


@pytest.fixture(scope="module")
def proxy(root, tmp_path_factory):
    made = Proxy(tmp_path_factory.mktemp("nginx"), root, REPOSITORY / "deploy/nginx/camet-base-path.conf")
    try:
        yield made
    finally:
        made.stop()


def addresses(page: str) -> list[str]:
    """Every address of ours that a page names."""
    found = re.findall(r'(?:href|src|action|content|hx-get|hx-post|sse-connect|data-assets|data-base)="(/[^"#]*)', page)
    assert found
    return found


def test_outside_of_it_there_is_nothing(based, root):
    plain = requests.Session()
    for path in ("/", "/healthz", "/readyz", "/login", "/api/v1/plants", "/auth/token", "/camet2/healthz",
                 "/cametx", "/x/camet/healthz", "/Camet/healthz", "/camet/camet/healthz", "/camet//healthz"):
        answer = plain.get(root + path, timeout=30, allow_redirects=False)
        check_problem(answer, 404, "not_found")
    page = plain.get(root + "/x", headers={"Accept": "text/html"}, timeout=30)
    assert page.status_code == 404
    assert all(address.startswith(BASE) for address in addresses(page.text))
    for path in ("/healthz", "/readyz", "/login"):
        assert based.client().get(path).status_code == 200


def test_the_api_is_served_and_names_places_below_it(based, root, tenant, plant):
    manager = tenant.client("MANAGER")
    made = manager.post("/api/v1/plants", {"plant_code": "below", "plant_name": "Below", "timezone": "UTC"})
    assert made.status_code == 201
    assert made.headers["Location"].startswith(f"{BASE}/api/v1/plants/")
    found = requests.get(root + made.headers["Location"], headers=manager.headers, timeout=30)
    assert found.status_code == 200 and found.json() == made.json()
    check_problem(based.client().get("/api/v1/plants"), 401, "unauthorized")
    assert sign_in(based, tenant.user("VIEWER"))["token_type"] == "Bearer"


def test_events_are_followed(based, tenant, plant):
    token = sign_in(based, tenant.user("VIEWER"))["access_token"]
    with EventStream(based.client(bearer=token)) as stream:
        now = datetime.now(timezone.utc).isoformat()
        answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [plant.detection(now)]})
        assert answer.status_code == 200, answer.text
        stream.wait("detection_counts", seconds=5)


def test_pages_name_nothing_outside(based, root, tenant, plant):
    visitor = PageVisitor(based.base)
    for signed_in in (False, True):
        if signed_in:
            assert visitor.sign_in(tenant.user("MANAGER")).status_code == 303
        pages = [visitor.get("/" if signed_in else "/login")]
        if signed_in:
            pages.append(visitor.get("/dashboard/tiles"))
        pages.append(visitor.get("/no-such-page"))
        for page in pages:
            for address in re.findall(r'(?:href|src|action|sse-connect|data-assets|data-base)="(/[^"#]*)', page.text):
                assert address == BASE or address.startswith(f"{BASE}/"), address
                if "/static/" in address and "." in address:
                    assert visitor.session.get(root + address, timeout=30).status_code == 200, address


def test_signing_in_and_out_stays_below_it(based, tenant, plant):
    visitor = PageVisitor(based.base)
    sent_away = visitor.get("/?tab=oee")
    assert sent_away.status_code == 303
    assert sent_away.headers["Location"] == f"{BASE}/login?next=%2Fcamet%2F%3Ftab%3Doee"
    form = visitor.get("/login?next=%2Fcamet%2F%3Ftab%3Doee")
    assert form.headers["Set-Cookie"].startswith("camet_form=") and f"Path={BASE}/login;" in form.headers["Set-Cookie"]
    fields = dict(re.findall(r'name="(csrf_token|next)" value="([^"]+)"', form.text))
    assert fields["next"] == f"{BASE}/?tab=oee"
    answer = visitor.send(
        "POST", "/login", data=fields | {"username": tenant.user("MANAGER"), "password": PASSWORD})
    assert answer.status_code == 303 and answer.headers["Location"] == f"{BASE}/?tab=oee"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("camet_session=") and f"; Path={BASE};" in cookie
    page = visitor.get("/?tab=oee")
    assert page.status_code == 200
    out = visitor.sign_out(page)
    assert out.status_code == 303 and out.headers["Location"] == f"{BASE}/login"
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize("given", [
    "/", "/other", "/camet", "/camet2/x", "//evil.example", "https://evil.example", "/camet//evil.example",
    "/camet/\\evil.example", "/camet/../other\n", ""])
def test_a_foreign_next_leads_to_the_start_page(based, tenant, given):
    visitor = PageVisitor(based.base)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/login").text)[1]
    answer = visitor.send("POST", "/login", data={
        "csrf_token": token, "next": given, "username": tenant.user("VIEWER"), "password": PASSWORD})
    assert answer.status_code == 303 and answer.headers["Location"] == f"{BASE}/"


def test_behind_a_proxy_the_rest_of_the_host_sees_nothing_of_it(based, proxy, tenant, plant):
    visitor = PageVisitor(proxy.base + BASE, authority=proxy.certificate)
    answer = visitor.sign_in(tenant.user("MANAGER"))
    assert answer.status_code == 303 and answer.headers["Location"] == f"{BASE}/"
    cookie = answer.headers["Set-Cookie"]
    # Not __Host-, whose cookies go to every path of the host.
    assert cookie.startswith("__Secure-camet_session=") and f"; Path={BASE};" in cookie and "; Secure" in cookie
    page = visitor.get("/")
    assert page.status_code == 200 and 'id="panel-produccion"' in page.text
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    short = requests.get(proxy.base + BASE, verify=proxy.certificate, allow_redirects=False, timeout=30)
    assert short.status_code == 308 and short.headers["Location"].endswith(f"{BASE}/")
    elsewhere = requests.get(proxy.base + "/login", verify=proxy.certificate, timeout=30)
    assert elsewhere.status_code == 404 and "X-Request-Id" not in elsewhere.headers
    # What a browser sends elsewhere on the host.
    sent = visitor.session.prepare_request(requests.Request("GET", proxy.base + "/other")).headers
    assert "camet_session" not in sent.get("Cookie", "")


@pytest.mark.parametrize("value", ["camet", "/", "/camet/", "//camet", "/a//b", "/../x", "/a/./b", "/a b", "/a?b", "/ñ"])
def test_what_is_no_path_stops_the_start(tmp_path, value):
    done = subprocess.run(
        [REPOSITORY / ".build/release/camet-gateway"],
        env={"PATH": os.environ["PATH"], "CAMET_DATA": str(tmp_path), "CAMET_BASE_PATH": value},
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 78
    assert "CAMET_BASE_PATH" in done.stderr
