"""deploy/nginx/camet.conf in front of a gateway, in a real nginx."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from datetime import datetime, timezone

import pytest
import requests

from event_stream import EventStream
from page_visitor import PageVisitor
from running_system import PASSWORD, REPOSITORY, Client, PlantData, RunningSystem, check_problem, eventually, sign_in

CONFIGURATION = REPOSITORY / "deploy/nginx/camet.conf"
# What /etc/nginx/nginx.conf is elsewhere, with all files in one folder.
FRAME = """\
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/camet.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Proxy:
    """nginx with the very file, but for its ports, its certificate, and IPv6, which not every machine has."""

    def __init__(self, folder, gateway: str, configuration=CONFIGURATION):
        self.folder, self.plain, self.secure = folder, free_port(), free_port()
        self.certificate = folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=camet.example.com", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", folder / "key.pem", "-out", self.certificate],
            check=True, capture_output=True)
        text = configuration.read_text()
        for given, used in (
            ("server 127.0.0.1:8080;", f"server {gateway.removeprefix('http://')};"),
            ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
            ("listen [::]:80;", ""),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.secure} ssl http2;"),
            ("listen [::]:443 ssl http2;", ""),
            ("/etc/ssl/camet/certificate.pem", str(self.certificate)),
            ("/etc/ssl/camet/key.pem", str(folder / "key.pem")),
        ):
            assert text.count(given) == 1, given
            text = text.replace(given, used)
        (folder / "camet.conf").write_text(text)
        (folder / "nginx.conf").write_text(
            FRAME.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        assert program, "nginx is not installed"
        self.errors = folder / "errors.log"
        self.process = subprocess.Popen([program, "-c", folder / "nginx.conf", "-e", self.errors])
        self.base = f"https://127.0.0.1:{self.secure}"
        assert eventually(self.is_listening, 20), self.errors.read_text()

    def is_listening(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.secure), timeout=1).close()
            return True
        return False

    def client(self, **more) -> Client:
        return Client(self.base, authority=self.certificate, **more)

    def visitor(self, **more) -> PageVisitor:
        return PageVisitor(self.base, authority=self.certificate, **more)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def behind():
    """A system that believes the proxy."""
    with RunningSystem.running({"CAMET_TRUSTED_PROXIES": "127.0.0.1"}) as made:
        yield made


@pytest.fixture(scope="module")
def proxy(behind, tmp_path_factory):
    made = Proxy(tmp_path_factory.mktemp("nginx"), behind.base)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def tenant(behind):
    return behind.make_tenant("behind")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="P1", shift=("00:00", "00:00"))


def clients_of(system, request_id: str) -> list[str]:
    """Where the access log says a request came from."""
    def found() -> list[str]:
        lines = [json.loads(line) for line in (system.folder / "log/access.log").read_text().splitlines()]
        return [line["client"] for line in lines if line.get("request_id") == request_id]

    return eventually(found, 10)


def test_plain_http_is_sent_to_tls(proxy):
    answer = requests.get(f"http://127.0.0.1:{proxy.plain}/login?next=/x", allow_redirects=False, timeout=10)
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://127.0.0.1/login?next=/x"


def test_programs_that_speak_plain_http_are_refused_and_not_led_on(behind, proxy, tenant):
    plain = f"http://127.0.0.1:{proxy.plain}"
    token = tenant.client("VIEWER").headers["Authorization"]
    for method, path in (("GET", "/api/v1/plants"), ("GET", "//api/v1/plants"), ("POST", "/auth/token"),
                         ("GET", "/api/v1/stream"), ("GET", "/.well-known/jwks.json")):
        answer = requests.request(
            method, plain + path, headers={"Authorization": token}, allow_redirects=False, timeout=10)
        assert answer.status_code == 403 and "Location" not in answer.headers, path
    # The page about the API is a page.
    assert requests.get(f"{plain}/api/docs", allow_redirects=False, timeout=10).status_code == 308
    # And over TLS the same are served.
    assert proxy.client(bearer=token.removeprefix("Bearer ")).get("/api/v1/plants").status_code == 200
    assert proxy.client().get("/.well-known/jwks.json").status_code == 200


def test_pages_and_the_api_are_served_over_tls(behind, proxy, tenant, plant):
    assert proxy.client().get("/login").headers["Strict-Transport-Security"] == "max-age=31536000"
    token = tenant.client("VIEWER").headers["Authorization"].removeprefix("Bearer ")
    assert proxy.client(bearer=token).read("/api/v1/plants") == tenant.client("VIEWER").read("/api/v1/plants")
    # What the gateway finds too large is told by the gateway.
    long = proxy.client(bearer=token).get("/api/v1/plants?x=" + "x" * 9_000)
    check_problem(long, 414, "uri_too_long")


def test_a_session_over_tls_has_a_cookie_of_its_own(behind, proxy, tenant, plant):
    secure, plain = proxy.visitor(), PageVisitor(behind.base)
    cookies = {}
    for visitor in (secure, plain):
        answer = visitor.sign_in(tenant.user("MANAGER"))
        assert answer.status_code == 303
        cookies[visitor] = answer.headers["Set-Cookie"]
        page = visitor.get("/")
        assert page.status_code == 200 and 'id="panel-produccion"' in page.text
    assert cookies[secure].startswith("__Host-camet_session=") and "; Secure" in cookies[secure]
    assert cookies[plain].startswith("camet_session=") and "; Secure" not in cookies[plain]
    assert secure.sign_out(secure.get("/")).headers["Set-Cookie"].startswith("__Host-camet_session=; Max-Age=0")
    assert secure.get("/").status_code == 303
    assert plain.get("/").status_code == 200


def test_the_log_names_the_client_and_not_the_proxy(behind, proxy):
    given = {"X-Forwarded-For": "203.0.113.9"}
    for client, expected, name in (
        (proxy.client(source="127.0.0.31"), "127.0.0.31", "by-the-proxy"),
        # What the client itself says of others is no proxy's word; the proxy adds where it came from.
        (proxy.client(source="127.0.0.32"), "127.0.0.32", "by-the-proxy-with-a-tale"),
        # An address that is no trusted proxy is not believed, be it of this machine.
        (behind.client(source="127.0.0.33"), "127.0.0.33", "past-the-proxy"),
        # The control: a trusted proxy's word is.
        (behind.client(), "203.0.113.9", "as-the-proxy"),
    ):
        told = {} if name == "by-the-proxy" else given
        assert client.get("/healthz", headers=told | {"X-Request-Id": name}).status_code == 200
        assert clients_of(behind, name) == [expected], name


def test_failed_sign_ins_count_for_the_client_and_not_for_the_proxy(behind, proxy, tenant):
    username = tenant.user("VIEWER")
    locked, free = proxy.client(source="127.0.0.34"), proxy.client(source="127.0.0.35")
    for number in range(30):
        check_problem(locked.post("/auth/token", {"username": f"stranger-{number}", "password": "wrong password"}),
                      401, "invalid_credentials")
    body = {"username": username, "password": PASSWORD}
    check_problem(locked.post("/auth/token", body, headers={"X-Forwarded-For": "203.0.113.10"}),
                  429, "too_many_attempts")
    assert free.post("/auth/token", body).status_code == 200
    kept = behind.psql("camet_global", "SELECT host(address), count(*) FROM user_login GROUP BY 1")
    counts = dict(line.split("|") for line in kept.split("\n"))
    assert counts["127.0.0.34"] == "30" and counts["127.0.0.35"] == "1"


def test_events_come_through_at_once(behind, proxy, tenant, plant):
    token = sign_in(behind, tenant.user("VIEWER"))["access_token"]
    with EventStream(proxy.client(bearer=token)) as stream:
        for _ in range(3):
            now = datetime.now(timezone.utc).isoformat()
            answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [plant.detection(now)]})
            assert answer.status_code == 200, answer.text
            # Sooner than the next beat, with which a buffer could not be full either.
            stream.wait("detection_counts", seconds=5)


@pytest.mark.parametrize("value,word", [
    ("nginx", "nginx"), ("127.0.0.1,,::1", "nothing"), ("10.0.0.0/40", "10.0.0.0/40")])
def test_a_list_of_proxies_that_cannot_be_read_stops_the_start(tmp_path, value, word):
    program = REPOSITORY / ".build/release/camet-gateway"
    done = subprocess.run(
        [program], env={"CAMET_DATA": str(tmp_path), "CAMET_TRUSTED_PROXIES": value}, capture_output=True, text=True,
        timeout=30)
    assert done.returncode == 78
    assert "CAMET_TRUSTED_PROXIES" in done.stderr and word in done.stderr
