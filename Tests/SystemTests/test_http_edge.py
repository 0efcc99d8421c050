"""What an HTTP/1.1 request may try to be taken for: another file, another method, another host, another sender."""

import re

import pytest

from raw_connection import RawConnection


def ask(system, head: str, body: str = "") -> tuple[int, dict[str, str], bytes]:
    """The only answer to one request written out by hand."""
    with RawConnection(system) as connection:
        connection.send(head.replace("\n", "\r\n") + "Connection: close\r\n\r\n" + body)
        answers = connection.answers()
        assert len(answers) == 1, answers
        return answers[0]


@pytest.fixture(scope="module")
def files(system) -> str:
    return re.search(r'"(/static/[^/]+)/camet\.css"', system.client().get("/login").text)[1]


@pytest.mark.parametrize("path", [
    "/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..\\..\\etc\\passwd",
    "/..%5c..%5cetc%5cpasswd", "//etc/passwd", "/%2fetc%2fpasswd", "/camet.css%00.js", "/camet.css/", "/camet.css/..", "/",
    "/./camet.css", "/echarts/../camet.css", "/.", "/..", "/%252e%252e/etc/passwd", "/../Templates/head.mustache",
])
def test_files_cannot_be_escaped(system, files, path):
    status, _, body = ask(system, f"GET {files}{path} HTTP/1.1\nHost: a\n")
    assert status == 404 and b"root:" not in body
    assert ask(system, f"GET {files}/camet.css HTTP/1.1\nHost: a\n")[0] == 200


@pytest.mark.parametrize("line,statuses", [
    ("CONNECT a.example:443 HTTP/1.1", {404, 405}), ("TRACE / HTTP/1.1", {405}), ("OPTIONS * HTTP/1.1", {404, 405}),
    ("TRACK /healthz HTTP/1.1", {400, 405}), ("get /healthz HTTP/1.1", {400, 405}),
])
def test_methods_that_no_route_has_are_refused(system, line, statuses):
    status, _, body = ask(system, f"{line}\nHost: a\nX-Secret: told-to-nobody\n")
    assert status in statuses
    assert b"told-to-nobody" not in body


def test_a_whole_address_means_its_path(system):
    assert ask(system, "GET http://a.example/healthz HTTP/1.1\nHost: a\n")[0] == 200
    assert ask(system, "GET http://a.example/no-such-thing HTTP/1.1\nHost: a\n")[0] == 404


@pytest.mark.parametrize("fields", [
    "Upgrade: h2c\nConnection: Upgrade, HTTP2-Settings\nHTTP2-Settings: AAMAAABkAAQAAP__\n",
    "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: eA==\n",
    "Upgrade: TLS/1.0\nConnection: Upgrade\n",
])
def test_no_connection_becomes_one_of_another_protocol(system, fields):
    with RawConnection(system) as connection:
        connection.send(f"GET /healthz HTTP/1.1\nHost: a\n{fields}\n".replace("\n", "\r\n"))
        answers = connection.answers()
        assert [answer[0] for answer in answers] == [200]
        assert "upgrade" not in answers[0][1]


@pytest.mark.parametrize("name,value", [
    ("X-Tenant", "south"), ("X-Tenant-Id", "1"), ("X-Role", "SUPER_ADMIN"), ("X-Principal", "1"), ("X-User", "admin"),
    ("X-Original-URL", "/api/v1/api-keys"), ("X-Rewrite-URL", "/api/v1/api-keys"), ("X-HTTP-Method-Override", "DELETE"),
    ("X-Forwarded-Host", "evil.example"), ("Forwarded", "for=203.0.113.1;proto=https"), ("X-Real-IP", "203.0.113.1"),
    ("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/evil"), ("X-Accel-Redirect", "/etc/passwd"),
    ("Proxy-Authorization", "Basic eDp4"), ("TE", "trailers"), ("Connection", "X-API-Key"),
])
def test_what_a_client_says_of_itself_changes_nothing(system, north, south, name, value):
    """Also a field that names the key as one of the connection, which others on the way might then take away."""
    key = north.client("key:read").headers["X-API-Key"]
    head = f"GET /api/v1/plants HTTP/1.1\nHost: a\nX-API-Key: {key}\n"
    changing = {"date", "x-request-id", "x-process-time", "server-timing"}
    plain, told = ask(system, head), ask(system, head + f"{name}: {value}\n")
    assert plain[0] == told[0] == 200 and plain[2] == told[2]
    kept = [{name: text for name, text in answer[1].items() if name not in changing} for answer in (plain, told)]
    assert kept[0] == kept[1]


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(system):
    with RawConnection(system, patience=10) as connection:
        connection.send("POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        "Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert connection.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send("{}")
        assert [answer[0] for answer in connection.answers()] == [422]
    # Whose body would be refused is not told to send it.
    with RawConnection(system, patience=10) as connection:
        connection.send("POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {1 << 30}\r\nExpect: 100-continue\r\n\r\n")
        assert [answer[0] for answer in connection.answers()] == [413]


def resident_kib(system) -> int:
    with open(f"/proc/{system.gateway_pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def test_whoever_reads_no_answers_is_read_no_further(system):
    """Answers that nobody takes are not made in advance: 200 000 requests at once cost no memory."""
    request = b"GET /login HTTP/1.1\r\nHost: a\r\n\r\n"
    rest = request * 200_000
    before = resident_kib(system)
    with RawConnection(system) as connection:
        connection.socket.settimeout(2)
        sent = 0
        try:
            while sent < len(rest):
                sent += connection.socket.send(rest[sent:sent + (1 << 20)])
        except TimeoutError:
            pass
        assert sent < len(rest), "all was read although no answer was"
        assert resident_kib(system) - before < 64 << 10
        # As soon as it reads, it is answered.
        connection.socket.settimeout(60)
        taken = 0
        while taken < 500_000:
            taken += len(connection.socket.recv(65536))


def test_many_requests_at_once_are_all_answered(system):
    with RawConnection(system) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2_999
                        + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert [answer[0] for answer in connection.answers()] == [200] * 3_000


def test_an_answer_that_comes_before_the_body_is_told_to_be_the_last(system):
    """Or the client would send its next request into a connection that ends."""
    for line, status in (("POST /api/v1/plants HTTP/1.1", 401), ("POST /no-such-path HTTP/1.1", 404),
                         ("DELETE /healthz HTTP/1.1", 405)):
        head = f"{line}\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        with RawConnection(system, patience=10) as connection:
            connection.send(head)
            answers = connection.answers()
            assert [(answer[0], answer[1].get("connection")) for answer in answers] == [(status, "close")]
        # The control: with its body at hand it is not the last.
        with RawConnection(system, patience=10) as connection:
            connection.send(head + "{}")
            connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answers = connection.answers()
            assert [(answer[0], answer[1].get("connection")) for answer in answers] == [(status, None), (200, "close")]


def test_the_head_of_what_never_ends_ends(system, north, north_plant):
    """Whoever asks for the head of the stream of events is answered, and so is his next request."""
    key = north.client("key:read").headers["X-API-Key"]
    with RawConnection(system, patience=10) as connection:
        for _ in range(3):
            connection.send(f"HEAD /api/v1/stream HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n")
            head = connection.socket.recv(65536)
            assert head.startswith(b"HTTP/1.1 200 ") and b"text/event-stream" in head and head.endswith(b"\r\n\r\n")
            # What never ends has no length.
            assert b"content-length" not in head.lower()
        connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert [answer[0] for answer in connection.answers()] == [200]
    with RawConnection(system, patience=10) as connection:
        connection.send(f"GET /api/v1/stream HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n")
        assert connection.socket.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://a.evil.example"])
def test_no_page_of_another_site_may_read_an_answer(system, north, north_plant, origin):
    """No field that would let a browser show it to one, nor an answer to the question beforehand."""
    client = north.client("VIEWER")
    for path in ("/api/v1/plants", "/auth/me", "/healthz", "/login", "/api/v1/no-such-thing"):
        answer = client.get(path, headers={"Origin": origin})
        asked = client.send("OPTIONS", path, headers={
            "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"})
        assert asked.status_code in (404, 405)
        for one in (answer, asked):
            assert not [name for name in one.headers if name.lower().startswith("access-control-")], path
    assert client.get("/api/v1/plants", headers={"Origin": origin}).status_code == 200
