"""deploy/apache/camet.htaccess: below a path of a shared host whose Apache lets nothing be set but this file."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests

from event_stream import EventStream
from page_visitor import PageVisitor
from running_system import REPOSITORY, Client, PlantData, RunningSystem, check_problem, eventually, sign_in
from test_proxy import clients_of, free_port

BASE = "/camet"
FILE = REPOSITORY / "deploy/apache/camet.htaccess"
MODULES = Path("/usr/lib/apache2/modules")
# What is the host's own, with all files in one folder: files below the document root may say no more than these
# need, and pages are compressed unless they say otherwise.
HOST = """\
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/errors.log
ServerName 127.0.0.1
Listen 127.0.0.1:{plain}
Listen 127.0.0.1:{secure}
User www-data
Group www-data
{modules}
DocumentRoot {folder}/site
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {folder}/site>
    AllowOverride FileInfo Indexes
    Options SymLinksIfOwnerMatch
    Require all granted
</Directory>
TypesConfig /etc/mime.types
AddOutputFilterByType DEFLATE text/html text/plain text/css application/json
<VirtualHost 127.0.0.1:{secure}>
    SSLEngine on
    SSLCertificateFile {folder}/certificate.pem
    SSLCertificateKeyFile {folder}/key.pem
</VirtualHost>
"""


class Apache:
    """A host with a page of its own and, in the folder `camet`, the very file but for the gateway's port."""

    def __init__(self, folder: Path, gateway: str):
        self.folder, self.plain, self.secure = folder, free_port(), free_port()
        self.certificate = folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=www.example.com", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", folder / "key.pem", "-out", self.certificate],
            check=True, capture_output=True)
        below = folder / "site/camet"
        below.mkdir(parents=True)
        (folder / "site/index.html").write_text("<!doctype html><title>Whatever was there before</title>" + "<p>Long</p>" * 99)
        text = FILE.read_text()
        assert text.count("127.0.0.1:8080") == 3
        (below / ".htaccess").write_text(text.replace("127.0.0.1:8080", gateway.removeprefix("http://")))
        names = ["mpm_event", "authz_core", "mime", "dir", "env", "filter", "deflate", "headers", "rewrite", "proxy",
                 "proxy_http", "socache_shmcb", "ssl"]
        (folder / "apache.conf").write_text(HOST.format(
            folder=folder, plain=self.plain, secure=self.secure,
            modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)))
        program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
        assert program, "apache2-bin is not installed"
        self.errors = folder / "errors.log"
        self.process = subprocess.Popen([program, "-D", "FOREGROUND", "-f", folder / "apache.conf"])
        self.host = f"https://127.0.0.1:{self.secure}"
        self.base = self.host + BASE
        assert eventually(self.is_listening, 20), self.errors.read_text() if self.errors.exists() else "no log"

    def is_listening(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.secure), timeout=1).close()
            return True
        return False

    def get(self, path: str, **what) -> requests.Response:
        """The answer of the host itself."""
        return requests.get(self.host + path, verify=str(self.certificate), timeout=30, allow_redirects=False, **what)

    def client(self, **more) -> Client:
        return Client(self.base, authority=self.certificate, **more)

    def visitor(self, **more) -> PageVisitor:
        made = PageVisitor(self.base, authority=self.certificate, **more)
        # As browsers send it with every form.
        made.session.headers["Origin"] = self.host
        return made

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def behind():
    with RunningSystem.running({"CAMET_BASE_PATH": BASE, "CAMET_TRUSTED_PROXIES": "127.0.0.1"}) as made:
        yield made


@pytest.fixture(scope="module")
def host(behind):
    folder = Path(tempfile.mkdtemp(prefix="camet-apache-"))
    # Apache's processes run as a user of their own.
    folder.chmod(0o755)
    made = Apache(folder, behind.base.removesuffix(BASE))
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def tenant(behind):
    return behind.make_tenant("hosted")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="H1", shift=("00:00", "00:00"))


def test_the_rest_of_the_host_stays_as_it_was(host):
    assert "Whatever was there before" in host.get("/").text
    assert host.get("/login").status_code == 404
    assert host.get("/camet").headers["Location"].endswith("/camet/")
    assert host.get("/camet/healthz").status_code == 200


def test_plain_http_is_sent_to_tls(host):
    answer = requests.get(
        f"http://127.0.0.1:{host.plain}/camet/login?next=%2Fcamet%2Fx", allow_redirects=False, timeout=10,
        headers={"Host": "www.example.com"})
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://www.example.com/camet/login?next=%2Fcamet%2Fx"


def test_people_sign_in_use_forms_and_sign_out(host, tenant, plant):
    visitor = host.visitor()
    sent_away = visitor.get("/?tab=oee")
    assert sent_away.status_code == 303 and sent_away.headers["Location"].startswith(f"{BASE}/login?next=")
    answer = visitor.sign_in(tenant.user("MANAGER"))
    assert answer.status_code == 303 and answer.headers["Location"] == f"{BASE}/"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-camet_session=") and "; Secure" in cookie and f"; Path={BASE};" in cookie
    page = visitor.get("/")
    assert page.status_code == 200 and 'id="panel-produccion"' in page.text
    assert visitor.get("/dashboard/tiles").status_code == 200
    assert visitor.sign_out(page).headers["Location"] == f"{BASE}/login"
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://{host}", "https://{host}.evil.example"])
def test_forms_of_other_sites_are_refused(host, tenant, origin):
    visitor = host.visitor()
    assert visitor.sign_in(tenant.user("MANAGER")).status_code == 303
    page = visitor.get("/")
    own = visitor.session.headers["Origin"]
    visitor.session.headers["Origin"] = origin.format(host=own.removeprefix("https://"))
    assert visitor.sign_out(page).status_code == 403
    visitor.session.headers["Origin"] = own
    assert visitor.sign_out(page).status_code == 303


def test_the_api_gets_paths_and_queries_as_they_were_sent(host, behind, tenant, plant):
    token = tenant.client("MANAGER").headers["Authorization"].removeprefix("Bearer ")
    through, direct = host.client(bearer=token), behind.client(bearer=token)
    made = through.post("/api/v1/plants", {"plant_code": "ñ 1", "plant_name": "Through Apache", "timezone": "UTC"})
    assert made.status_code == 201 and made.headers["Location"].startswith(f"{BASE}/api/v1/plants/")
    for path in ("/api/v1/plants", "/api/v1/plants?limit=1", "/api/v1/plants?limit=1&cursor=%31%2B%26x",
                 "/api/v1/filters/line_id/options?search=%C3%B1%20%26%3D%2B&limit=5", "/api/v1/plants/1%20",
                 "/api/v1/plants/%C3%B1", "/api/v1/plants/a%2Bb"):
        given = {"X-Request-Id": "the-same-for-both"}
        ours, theirs = through.get(path, headers=given), direct.get(path, headers=given)
        assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), path
    check_problem(host.client().get("/api/v1/plants"), 401, "unauthorized")
    # The host's own word: an escaped slash.
    refused = host.get("/camet/api/v1/plants/1%2F2")
    assert refused.status_code == 404 and refused.headers["Server"].startswith("Apache")


def test_the_log_names_the_client_and_not_the_proxy(host, behind):
    for name, told in (("by-apache", {}), ("by-apache-with-a-tale", {"X-Forwarded-For": "203.0.113.9"})):
        client = host.client(source="127.0.0.95")
        assert client.get("/healthz", headers=told | {"X-Request-Id": name}).status_code == 200
        assert clients_of(behind, name) == ["127.0.0.95"], name


def test_events_come_through_at_once(host, behind, tenant, plant):
    token = sign_in(behind, tenant.user("VIEWER"))["access_token"]
    with EventStream(host.client(bearer=token)) as stream:
        for _ in range(3):
            now = datetime.now(timezone.utc).isoformat()
            answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [plant.detection(now)]})
            assert answer.status_code == 200, answer.text
            # Sooner than the next beat, with which a buffer could not be full either.
            stream.wait("detection_counts", seconds=5)


def test_only_the_gateway_compresses(host, tenant, plant):
    visitor = host.visitor()
    visitor.session.headers["Accept-Encoding"] = "gzip"
    assert visitor.sign_in(tenant.user("MANAGER")).status_code == 303
    page = visitor.get("/")
    assert page.status_code == 200 and "Content-Encoding" not in page.headers
    assert visitor.get("/dashboard/tiles").headers["Content-Encoding"] == "gzip"
    # The control: the host does compress what is its own.
    assert host.get("/", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
