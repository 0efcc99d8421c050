"""TLS that ends at the gateway: what it speaks, what it refuses, and how it takes another certificate."""

import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from page_visitor import PageVisitor
from raw_connection import RawConnection
from running_system import REPOSITORY, RunningSystem, eventually
from tls_certificates import MadeCertificate, serial_of

HSTS = "max-age=31536000"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return MadeCertificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate):
    """A system that speaks TLS."""
    with RunningSystem.running(certificate.settings, certificate.certificate) as made:
        yield made


def address_of(system) -> tuple[str, int]:
    host, port = system.base.removeprefix("https://").split(":")
    return host, int(port)


def context_for(system, lowest=ssl.TLSVersion.TLSv1_2, highest=ssl.TLSVersion.TLSv1_3, ciphers: str | None = None,
                protocols: list[str] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=system.authority)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest
    if ciphers:
        context.set_ciphers(ciphers)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def connect(system, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    plain = socket.create_connection(address_of(system), timeout=30)
    return (context or context_for(system)).wrap_socket(plain, server_hostname="127.0.0.1")


def answer_on(connection, path: str = "/healthz") -> bytes:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return connection.recv(65536)


# What is spoken


def test_the_server_says_that_it_speaks_tls(secure):
    assert secure.base.startswith("https://127.0.0.1:")
    assert (secure.folder / "run/url").read_text().strip() == secure.base
    assert secure.client().get("/readyz").status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(secure, version):
    with connect(secure, context_for(secure, version, version)) as connection:
        assert connection.version() == version.name.replace("_", ".")
        assert answer_on(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(secure, version):
    context = context_for(secure, version, version, "ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)) as refusal:
        connect(secure, context)
    # The other side said so; it was not our own library that would not.
    assert "ALERT" in str(refusal.value).upper() or isinstance(refusal.value, ConnectionResetError), refusal.value


@pytest.mark.parametrize("cipher,is_sound", [
    ("ECDHE-ECDSA-AES128-GCM-SHA256", True), ("ECDHE-ECDSA-AES256-GCM-SHA384", True),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", True),
    ("ECDHE-ECDSA-AES128-SHA", False), ("ECDHE-ECDSA-AES256-SHA384", False), ("ECDHE-ECDSA-AES128-SHA256", False),
    ("AES128-GCM-SHA256", False), ("AES256-SHA", False), ("DHE-RSA-AES128-GCM-SHA256", False),
])
def test_only_forward_secret_authenticated_ciphers_are_spoken(secure, cipher, is_sound):
    two = ssl.TLSVersion.TLSv1_2
    context = context_for(secure, two, two, f"{cipher}:@SECLEVEL=0")
    if is_sound:
        with connect(secure, context) as connection:
            assert connection.cipher()[0] == cipher
            assert answer_on(connection).startswith(b"HTTP/1.1 200 ")
    else:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            connect(secure, context)


@pytest.mark.parametrize("offered,agreed", [
    (["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), (None, None),
])
def test_the_protocol_is_agreed_on_with_tls(secure, offered, agreed):
    with connect(secure, context_for(secure, protocols=offered)) as connection:
        assert connection.selected_alpn_protocol() == agreed
        if agreed != "h2":
            assert answer_on(connection).startswith(b"HTTP/1.1 200 ")


def test_another_name_than_the_certificates_is_refused_by_clients(secure):
    context = context_for(secure)
    with socket.create_connection(address_of(secure), timeout=30) as plain:
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(plain, server_hostname="camet.example.com")
    with connect(secure) as connection:
        assert connection.getpeercert()["subjectAltName"]


def test_plain_http_on_the_port_of_tls_ends_without_an_answer(secure):
    with socket.create_connection(address_of(secure), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        read = b""
        try:
            while part := connection.recv(65536):
                read += part
        except ConnectionResetError:
            pass
        assert b"HTTP/" not in read
    with connect(secure) as connection:
        assert answer_on(connection).startswith(b"HTTP/1.1 200 ")


def test_what_holds_for_connections_holds_over_tls(secure):
    with RawConnection(secure) as connection:
        connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        answers = connection.answers()
        assert [answer[0] for answer in answers] == [400]
        assert answers[0][1]["strict-transport-security"] == HSTS
        assert answers[0][1]["connection"] == "close"
    with RawConnection(secure) as connection:
        connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2
                        + "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert [answer[0] for answer in connection.answers()] == [200, 200, 200]


def test_large_bodies_pass_both_ways(secure):
    name = next(line for line in secure.client().get("/login").text.split('"') if line.endswith("/camet.css"))
    assert secure.client().get(name).content == (REPOSITORY / "Sources/Gateway/Web/camet.css").read_bytes()
    answer = secure.client().send(
        "POST", "/auth/token", data=b" " * 900_000 + b"{}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


# What follows from it


def test_every_answer_over_tls_asks_for_tls_from_then_on(secure, system):
    for client, expected in ((secure.client(), HSTS), (system.client(), None)):
        for path in ("/healthz", "/login", "/", "/no-such-thing", "/api/v1/plants"):
            answer = client.get(path)
            assert answer.headers.get("Strict-Transport-Security") == expected, path
    # Whoever is no trusted proxy cannot say it for others.
    told = system.client().get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in told.headers


def test_pages_have_a_cookie_that_only_tls_carries(secure):
    tenant = secure.make_tenant("over-tls")
    visitor = PageVisitor(secure.base, authority=secure.authority)
    answer = visitor.sign_in(tenant.user("VIEWER"))
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-camet_session=") and "; Secure" in cookie and "; Path=/;" in cookie
    page = visitor.get("/")
    assert page.status_code == 200
    # A page's token is taken over TLS as over plain HTTP, with the browser's word about where it comes from.
    origin = {"Origin": secure.base, "Sec-Fetch-Site": "same-origin"}
    assert visitor.get("/login").status_code == 200
    foreign = visitor.send("POST", "/logout", data={"csrf_token": "x"}, headers=origin)
    assert foreign.status_code == 403
    assert visitor.sign_out(page).status_code == 303
    assert visitor.get("/").status_code == 303


# Slowness


def test_slow_handshakes_are_cut_and_slow_starters_served(secure):
    hello = client_hello(secure)

    def cut_after(send) -> float:
        began = time.monotonic()
        with socket.create_connection(address_of(secure), timeout=60) as connection:
            send(connection)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        return time.monotonic() - began

    def says_nothing(connection):
        pass

    def stops_in_the_middle(connection):
        connection.sendall(hello[:100])

    def never_answers(connection):
        connection.sendall(hello)

    def trickles(connection):
        connection.settimeout(0.2)
        for number in range(len(hello)):
            try:
                connection.sendall(hello[number:number + 1])
                if not connection.recv(65536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        connection.settimeout(60)

    def is_a_little_slow() -> float:
        began = time.monotonic()
        plain = socket.create_connection(address_of(secure), timeout=60)
        # The client's first words wait for as long as a slow line might take.
        assert not eventually(lambda: False, 2)
        with context_for(secure).wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            assert answer_on(connection).startswith(b"HTTP/1.1 200 ")
        return time.monotonic() - began

    with ThreadPoolExecutor(5) as pool:
        cut = [pool.submit(cut_after, send) for send in (says_nothing, stops_in_the_middle, never_answers, trickles)]
        served = pool.submit(is_a_little_slow)
        cut = [future.result() for future in cut]
        assert served.result() >= 2
    assert all(5 < took < 50 for took in cut), cut


def client_hello(system) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    talk = context_for(system).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        talk.do_handshake()
    return outgoing.read()


# Another certificate


@pytest.fixture
def changing(tmp_path):
    """A system of its own, with a certificate that the test may change."""
    def start(check_seconds: int):
        certificate = MadeCertificate(tmp_path / "used")
        return certificate, RunningSystem.running(
            certificate.settings | {"CAMET_TLS_CHECK_SECONDS": str(check_seconds)}, certificate.certificate)

    return start


def shown_to(system) -> str:
    """The serial number of the certificate that a new connection is shown, whoever vouches for it."""
    return serial_of(ssl.get_server_certificate(address_of(system), timeout=30))


def log_of(system) -> str:
    return (system.folder / "log/gateway.log").read_text()


def test_a_signal_brings_another_certificate_and_a_bad_one_changes_nothing(changing, tmp_path):
    # So long that only the signal can have brought it.
    certificate, running = changing(86_400)
    with running as system:
        first = certificate.serial
        assert shown_to(system) == first
        with connect(system) as old:
            assert answer_on(old).startswith(b"HTTP/1.1 200 ")
            second = MadeCertificate(tmp_path / "second")
            certificate.become(second)
            os.kill(system.gateway_pid, signal.SIGHUP)
            assert eventually(lambda: shown_to(system) == second.serial, 10)
            assert second.serial != first
            # A connection that was there goes on.
            assert answer_on(old).startswith(b"HTTP/1.1 200 ")
            for number, bad in enumerate((
                lambda: certificate.key.write_text("nothing"),
                lambda: certificate.certificate.write_text("nothing"),
                lambda: certificate.certificate.unlink(),
                lambda: certificate.key.write_bytes(MadeCertificate(tmp_path / "foreign").key.read_bytes()),
                lambda: certificate.become(MadeCertificate(tmp_path / "over", days=1, at="3 days ago")),
            ), start=1):
                bad()
                os.kill(system.gateway_pid, signal.SIGHUP)
                assert eventually(lambda: log_of(system).count("the new certificate cannot be used") == number, 10)
                assert shown_to(system) == second.serial
            assert answer_on(old).startswith(b"HTTP/1.1 200 ")
            assert "has expired" in log_of(system)
        # The control: a good one is taken again.
        third = MadeCertificate(tmp_path / "third")
        certificate.become(third)
        os.kill(system.gateway_pid, signal.SIGHUP)
        assert eventually(lambda: shown_to(system) == third.serial, 10)
        assert system.stop() == 0


def test_changed_files_are_noticed(changing, tmp_path):
    certificate, running = changing(1)
    with running as system:
        assert shown_to(system) == certificate.serial
        second = MadeCertificate(tmp_path / "second")
        certificate.become(second)
        assert eventually(lambda: shown_to(system) == second.serial, 10)
        # What cannot be used is told once, not at every look.
        certificate.key.write_text("nothing")
        assert eventually(lambda: "the new certificate cannot be used" in log_of(system), 10)
        third = MadeCertificate(tmp_path / "third")
        certificate.become(third)
        assert eventually(lambda: shown_to(system) == third.serial, 10)
        assert log_of(system).count("the new certificate cannot be used") <= 2


# What stops the start


def start_with(system, settings: dict[str, str]) -> subprocess.CompletedProcess:
    """The gateway alone, with the settings and secrets of a system that runs."""
    for value in settings.values():
        system.give_to_gateway(Path(value))
    return subprocess.run(
        [REPOSITORY / ".build/release/camet-gateway"], user=system.gateway_user, group=system.gateway_user,
        extra_groups=[] if os.geteuid() == 0 else None,
        env={"PATH": os.environ["PATH"], "CAMET_DATA": str(system.folder), "CAMET_PORT": "0"} | settings,
        capture_output=True, text=True, timeout=30)


def test_a_certificate_that_cannot_be_used_stops_the_start_with_one_message(system, tmp_path):
    good = MadeCertificate(tmp_path / "good")
    other = MadeCertificate(tmp_path / "other")
    over = MadeCertificate(tmp_path / "over", days=1, at="3 days ago")
    early = MadeCertificate(tmp_path / "early", at="+3 days")
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    certificate, key = "CAMET_TLS_CERTIFICATE_FILE", "CAMET_TLS_KEY_FILE"
    for settings, words in (
        ({certificate: str(good.certificate)}, "CAMET_TLS_KEY_FILE is not"),
        ({key: str(good.key)}, "CAMET_TLS_CERTIFICATE_FILE is not"),
        (good.settings | {certificate: str(tmp_path / "missing.pem")}, "missing.pem cannot be read"),
        (good.settings | {key: str(tmp_path / "missing.pem")}, "missing.pem cannot be read"),
        (good.settings | {certificate: str(nothing)}, "nothing.pem"),
        (good.settings | {key: str(nothing)}, "nothing.pem is no private key"),
        (good.settings | {key: str(other.key)}, "does not belong to"),
        (over.settings, "has expired"),
        (early.settings, "is not valid yet"),
        (good.settings | {"CAMET_TLS_CHECK_SECONDS": "0"}, "CAMET_TLS_CHECK_SECONDS"),
    ):
        done = start_with(system, settings)
        assert done.returncode == 78, (settings, done.stderr)
        assert words in done.stderr, (words, done.stderr)
        assert len(done.stderr.strip().split("\n")) == 1, done.stderr
