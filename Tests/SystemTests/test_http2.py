"""HTTP/2: the same requests get the same answers as over HTTP/1.1, and what would exhaust the server ends the connection."""

import json
import os
import signal
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import h2.settings
import hpack
import pytest

from conftest import WITHOUT_RATE_LIMITS
from http2_connection import FrameConnection, HTTP2Connection, frame
from running_system import PlantData, RunningSystem, STANDING_HEADERS, eventually
from test_paths import SPELLINGS
from tls_certificates import MadeCertificate
from worker_count import WatchedTenant


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return MadeCertificate(tmp_path_factory.mktemp("http2"))


@pytest.fixture(scope="module")
def secure(certificate):
    with RunningSystem.running(certificate.settings | WITHOUT_RATE_LIMITS, certificate.certificate) as made:
        yield made


@pytest.fixture
def own(certificate):
    """A system that the test may end."""
    with RunningSystem.running(certificate.settings, certificate.certificate) as made:
        yield made


@pytest.fixture(scope="module")
def tenant(secure):
    return secure.make_tenant("second")


@pytest.fixture(scope="module")
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="H1", shift=("00:00", "00:00"))


def bearer(tenant, role: str) -> str:
    return tenant.client(role).headers["Authorization"]


def check_refusal(answer, status: int, code: str) -> None:
    assert answer.status == status, answer.fields
    problem = json.loads(answer.body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]


# The same as over HTTP/1.1


def test_answers_are_those_of_http_1_1(secure, tenant, plant):
    key = tenant.client("key:read").headers["X-API-Key"]
    with HTTP2Connection(secure) as connection:
        for path, fields in (
            ("/healthz", {}), ("/login", {"accept": "text/html"}), ("/no-such-thing", {}), ("/api/v1/plants", {}),
            ("/api/v1/plants", {"x-api-key": key}), (f"/api/v1/plants/{plant.plant}", {"x-api-key": key}),
            ("/api/v1/plants?limit=x", {"x-api-key": key, "accept-language": "en"}),
        ):
            old = secure.client().get(path, headers=fields)
            new = connection.ask("GET", path, **fields)
            assert new.status == old.status_code
            if old.headers["Content-Type"].endswith("json"):
                assert json.loads(new.body) | {"request_id": ""} == old.json() | {"request_id": ""}
            alike = {name.lower() for name in old.headers} - {"connection"}
            assert set(new.headers) - {":status"} == alike, path
            for name, value in STANDING_HEADERS.items():
                assert new.headers[name.lower()] == value
            assert new.headers["strict-transport-security"] == "max-age=31536000"
            assert new.headers["content-length"] == str(len(new.body))
            assert float(new.headers["x-process-time"]) >= 0
        head = connection.ask("HEAD", "/healthz")
        assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 0
        refused = connection.ask("DELETE", "/healthz")
        check_refusal(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == "GET, HEAD"


def test_another_spelling_of_a_path_is_another_path_here_too(secure, tenant, plant):
    key = tenant.client("key:read").headers["X-API-Key"]
    with HTTP2Connection(secure) as connection:
        for path in SPELLINGS:
            if "#" in path:
                continue
            answer = connection.ask("GET", path, x_api_key=key)
            assert answer.status == 404 and b"plant_code" not in answer.body, path
            assert connection.ask("GET", path).status == 404, path
        assert connection.ask("GET", "/api/v1/plants", x_api_key=key).status == 200


def test_the_head_of_what_never_ends_ends(secure, tenant, plant):
    key = tenant.client("key:read").headers["X-API-Key"]
    with HTTP2Connection(secure) as connection:
        # More than a connection may have streams at one time.
        for _ in range(120):
            answer = connection.ask("HEAD", "/api/v1/stream", x_api_key=key)
            assert (answer.status, answer.body) == (200, b"")
        assert connection.ask("GET", "/api/v1/plants", x_api_key=key).status == 200


def test_objects_are_made_changed_and_deleted(secure, tenant):
    with HTTP2Connection(secure) as connection:
        fields = {"authorization": bearer(tenant, "MANAGER"), "content-type": "application/json"}
        body = {"plant_code": "h2", "plant_name": "Ñandú", "timezone": "UTC"}
        made = connection.ask("POST", "/api/v1/plants", json.dumps(body).encode(), **fields)
        assert made.status == 201
        where = made.headers["location"]
        read = connection.ask("GET", where, authorization=fields["authorization"])
        assert json.loads(read.body) == json.loads(made.body) and read.headers["etag"] == made.headers["etag"]
        known = connection.ask("GET", where, authorization=fields["authorization"], if_none_match=read.headers["etag"])
        assert known.status == 304 and known.body == b"" and "content-length" not in known.headers
        stale = connection.ask("PUT", where, json.dumps(body).encode(), if_match='"other"', **fields)
        check_refusal(stale, 412, "precondition_failed")
        gone = connection.ask("DELETE", where, authorization=fields["authorization"])
        assert gone.status == 204 and gone.body == b""


def test_cookies_in_several_fields_are_one(secure, tenant):
    with HTTP2Connection(secure) as connection:
        head = connection.head(path="/login", accept="text/html")
        crumbs = [("cookie", "__Host-camet_language=en"), ("cookie", "__Host-camet_theme=dark")]
        answer = connection.answer(connection.start(head + crumbs))
        assert b'lang="en"' in answer.body and b'data-theme="dark"' in answer.body


def test_many_streams_are_served_at_once(secure, tenant):
    with HTTP2Connection(secure) as connection:
        assert connection.ask().status == 200
        assert connection.remote_settings[h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS] == 100
        streams = [connection.start(connection.head(path="/api/v1/plants", authorization=bearer(tenant, "VIEWER")))
                   for _ in range(100)]
        assert {connection.answer(stream).status for stream in streams} == {200}
        assert not connection.goaways


def test_bodies_larger_than_every_window_pass_both_ways(secure, tenant, plant):
    with HTTP2Connection(secure) as connection:
        page = connection.ask("GET", "/login").body.decode()
        base = next(text for text in page.split('"') if text.endswith("/camet.css")).removesuffix("/camet.css")
        large = connection.ask("GET", f"{base}/echarts/index-DlVyZyb_.js")
        assert large.status == 200 and len(large.body) > 1_000_000
        assert large.body == secure.client().get(f"{base}/echarts/index-DlVyZyb_.js").content
        now = datetime.now(timezone.utc).isoformat()
        rows = [plant.detection(now, event_id=f"h2-{number}") for number in range(9_000)]
        body = json.dumps({"detections": rows}).encode()
        assert len(body) > 1_000_000
        answer = connection.ask(
            "POST", "/api/v1/detections", body, content_type="application/json",
            x_api_key=tenant.client("key:ingest").headers["X-API-Key"])
        assert answer.status == 200 and json.loads(answer.body)["stored"] == 9_000


def test_events_come_at_once(secure, tenant, plant):
    with HTTP2Connection(secure) as connection:
        stream = connection.start(connection.head(path="/api/v1/stream", authorization=bearer(tenant, "VIEWER")))
        assert connection.until(lambda: connection.answers[stream].body)
        assert connection.answers[stream].headers["content-type"].startswith("text/event-stream")
        for _ in range(3):
            seen = connection.answers[stream].body.count(b"event: detection_counts")
            now = datetime.now(timezone.utc).isoformat()
            answer = connection.ask(
                "POST", "/api/v1/detections", json.dumps({"detections": [plant.detection(now)]}).encode(),
                content_type="application/json", x_api_key=tenant.client("key:ingest").headers["X-API-Key"])
            assert answer.status == 200, answer.body
            # Sooner than the next beat.
            assert connection.until(
                lambda: connection.answers[stream].body.count(b"event: detection_counts") > seen, 5)
        assert not connection.answers[stream].is_over
        connection.protocol.reset_stream(stream)
        connection.flush()
        assert connection.ask().status == 200


# Limits


def test_limits_are_those_of_http_1_1(secure, tenant):
    fields = {"authorization": bearer(tenant, "VIEWER")}
    with HTTP2Connection(secure) as connection:
        # Until a client has heard of the server's own limit, one that is lower ends the connection.
        assert connection.ask().status == 200
        check_refusal(connection.ask(path="/api/v1/plants", x_long="x" * 16_400, **fields), 431, "headers_too_large")
        assert connection.ask(path="/api/v1/plants", x_long="x" * 8_000, **fields).status == 200
        check_refusal(
            connection.ask(path="/api/v1/plants?cursor=" + "1" * 8_200, **fields), 414, "uri_too_long")
        assert connection.ask(path="/api/v1/plants?cursor=1", **fields).status == 200
        # Announced, not a byte of it sent.
        json_type = {"content_type": "application/json"}
        stream = connection.start(
            connection.head("POST", "/auth/token", content_length=str((1 << 20) + 1), **json_type), ends=False)
        check_refusal(connection.answer(stream), 413, "body_too_large")
        # Not announced.
        stream = connection.start(connection.head("POST", "/auth/token", **json_type), ends=False)
        connection.give(stream, b" " * (3 << 20), ends=True)
        check_refusal(connection.answer(stream), 413, "body_too_large")
        allowed = connection.ask("POST", "/auth/token", b" " * 900_000 + b"{}", **json_type)
        check_refusal(allowed, 422, "invalid")
        check_refusal(
            connection.ask("POST", "/auth/token", b"{}", content_type="text/plain"), 415, "unsupported_media_type")
        assert not connection.goaways and not connection.is_ended
    with HTTP2Connection(secure) as connection:
        connection.start(connection.head(x_long="x" * 200_000))
        assert connection.until(lambda: connection.is_ended)
        assert not any(answer.headers.get(":status") == "200" for answer in connection.answers.values())


def test_slow_bodies_and_heads_are_cut_and_others_served(secure):
    def trickles_a_body():
        with HTTP2Connection(secure) as connection:
            stream = connection.start(
                connection.head("POST", "/auth/token", content_type="application/json", content_length="1000"),
                ends=False)
            began = time.monotonic()
            for _ in range(300):
                connection.protocol.send_data(stream, b" ")
                connection.flush()
                if connection.until(lambda: connection.answers[stream].headers, 0.2):
                    break
            check_refusal(connection.answer(stream), 408, "request_timeout")
            took = time.monotonic() - began
            # The other streams of the connection go on.
            assert connection.ask().status == 200
            return took

    def stops_in_a_head():
        with FrameConnection(secure) as connection:
            block = hpack.Encoder().encode([(":method", "GET")])
            connection.send(frame(1, 1, 1, block))
            assert [found.type for found in connection.frames_to_end()][-1] == 7
            return connection.took

    def stops_in_a_frame():
        with FrameConnection(secure) as connection:
            connection.send(frame(1, 5, 1, b"x" * 50)[:20])
            connection.frames_to_end()
            return connection.took

    def stops_before_the_preface():
        with FrameConnection.__new__(FrameConnection) as connection:
            from http2_connection import connect
            connection.socket, connection.began = connect(secure), time.monotonic()
            connection.frames_to_end()
            return connection.took

    def is_fast_enough():
        with HTTP2Connection(secure) as connection:
            stream = connection.start(
                connection.head("POST", "/auth/token", content_type="application/json"), ends=False)
            began = time.monotonic()
            for number in range(24):
                connection.protocol.send_data(stream, b" " * 1_000)
                connection.flush()
                connection.until(lambda: connection.answers[stream].headers, 0.5)
            connection.give(stream, b"{}", ends=True)
            check_refusal(connection.answer(stream), 422, "invalid")
            return time.monotonic() - began

    tasks = (trickles_a_body, stops_in_a_head, stops_in_a_frame, stops_before_the_preface, is_fast_enough)
    with ThreadPoolExecutor(len(tasks)) as pool:
        *cut, served = [future.result() for future in [pool.submit(task) for task in tasks]]
    assert all(5 < took < 50 for took in cut), cut
    assert served > 11


# What is no HTTP


def without(head, name):
    return [field for field in head if field[0] != name]


def replaced(head, name, value):
    return [(field, value if field == name else given) for field, given in head]


MALFORMED = {
    "no method": lambda head: without(head, ":method"),
    "no scheme": lambda head: without(head, ":scheme"),
    "no path": lambda head: without(head, ":path"),
    "an empty path": lambda head: replaced(head, ":path", ""),
    "a path without a slash": lambda head: replaced(head, ":path", "api/v1/plants"),
    "a whole address as path": lambda head: replaced(head, ":path", "https://a/api/v1/plants"),
    "a blank in the path": lambda head: replaced(head, ":path", "/api/v1/plants HTTP/1.1"),
    "a line in the path": lambda head: replaced(head, ":path", "/api/v1/plants\r\nx: y"),
    "a blank in the method": lambda head: replaced(head, ":method", "GE T"),
    "no host": lambda head: without(head, ":authority"),
    "two authorities": lambda head: head[:3] + [(":authority", "b")] + head[3:],
    "two methods": lambda head: [(":method", "POST")] + head,
    "another host": lambda head: head + [("host", "b.example")],
    "two hosts": lambda head: without(head, ":authority") + [("host", "a"), ("host", "a")],
    "a blank in the host": lambda head: replaced(head, ":authority", "a b"),
    "an unknown pseudo-field": lambda head: [(":unknown", "x")] + head,
    "a pseudo-field of answers": lambda head: [(":status", "200")] + head,
    "a pseudo-field at the end": lambda head: without(head, ":path") + [(":path", "/api/v1/plants")],
    "a name in capitals": lambda head: head + [("X-Name", "y")],
    "a name with a blank": lambda head: head + [("x name", "y")],
    "a name with a line": lambda head: head + [("x\r\ny", "z")],
    "an empty name": lambda head: head + [("", "z")],
    "a line in a value": lambda head: head + [("x", "y\r\nz: a")],
    "a NUL in a value": lambda head: head + [("x", "y\0")],
    "a control character in a value": lambda head: head + [("x", "y\x01")],
    "Connection": lambda head: head + [("connection", "close")],
    "Keep-Alive": lambda head: head + [("keep-alive", "timeout=5")],
    "Proxy-Connection": lambda head: head + [("proxy-connection", "close")],
    "Transfer-Encoding": lambda head: head + [("transfer-encoding", "chunked")],
    "Upgrade": lambda head: head + [("upgrade", "h2c")],
    "TE": lambda head: head + [("te", "gzip")],
    "two lengths": lambda head: head + [("content-length", "0"), ("content-length", "1")],
    "a length twice": lambda head: head + [("content-length", "0"), ("content-length", "0")],
    "a length in words": lambda head: head + [("content-length", "two")],
    "a signed length": lambda head: head + [("content-length", "+0")],
    "a negative length": lambda head: head + [("content-length", "-1")],
    "a list of lengths": lambda head: head + [("content-length", "0, 0")],
    "an endless length": lambda head: head + [("content-length", "99999999999999999999999")],
    "a length without a body": lambda head: head + [("content-length", "5")],
}


@pytest.fixture(scope="module")
def watched(secure):
    return WatchedTenant(secure)


def test_malformed_heads_are_refused_and_reach_no_worker(secure, watched):
    key = watched.client("key:read").headers["X-API-Key"]
    watched.check_count()
    wrong = {}
    for name, change in MALFORMED.items():
        with HTTP2Connection(secure) as connection:
            stream = connection.start(change(connection.head(path="/api/v1/plants", x_api_key=key)))
            answer = connection.answer(stream, 10)
            is_refused = answer.status == 400 if answer.headers else answer.reset is not None or connection.goaways
            if not is_refused and not connection.is_ended:
                wrong[name] = (answer.fields, answer.reset)
    assert not wrong
    watched.check_count()
    for control in (lambda head: head, lambda head: head + [("te", "trailers")],
                    lambda head: head + [("content-length", "0")],
                    lambda head: without(head, ":authority") + [("host", "a")],
                    lambda head: head + [("host", dict(head)[":authority"])]):
        with HTTP2Connection(secure) as connection:
            stream = connection.start(control(connection.head(path="/api/v1/plants", x_api_key=key)))
            assert connection.answer(stream).status == 200
            watched.asked += 1
    watched.check_count()


def test_a_body_of_another_length_than_announced_is_refused(secure):
    fields = {"content_type": "application/json"}
    for announced, body in ((5, b"{}"), (1, b"{}"), (0, b"{}")):
        with HTTP2Connection(secure) as connection:
            stream = connection.start(
                connection.head("POST", "/auth/token", content_length=str(announced), **fields), ends=False)
            connection.protocol.send_data(stream, body, end_stream=True)
            connection.flush()
            answer = connection.answer(stream, 10)
            assert not answer.headers or answer.status in (400, 408), answer.fields
            assert answer.is_over or connection.is_ended
    with HTTP2Connection(secure) as connection:
        assert connection.ask("POST", "/auth/token", b"{}", content_length="2", **fields).status == 422


def test_what_a_client_gives_up_is_no_failure_of_the_server(secure, tenant):
    def statuses(template: str) -> list[int]:
        lines = (secure.folder / "log/access.log").read_text().splitlines()
        return [entry["status"] for entry in map(json.loads, lines) if entry.get("route") == template]

    before = len(statuses("/auth/token"))
    with HTTP2Connection(secure) as connection:
        for _ in range(20):
            stream = connection.start(
                connection.head("POST", "/auth/token", content_type="application/json", content_length="100"), ends=False)
            connection.protocol.send_data(stream, b'{"user')
            connection.flush()
            connection.protocol.reset_stream(stream)
            connection.flush()
        assert connection.ask().status == 200
        # The same, sent whole, is answered and logged as ever.
        whole = connection.start(
            connection.head("POST", "/auth/token", content_type="application/json", content_length="2"), ends=False)
        connection.protocol.send_data(whole, b"{}", end_stream=True)
        connection.flush()
        check_refusal(connection.answer(whole), 422, "invalid")
    assert eventually(lambda: len(statuses("/auth/token")) >= before + 21, 20)
    found = statuses("/auth/token")[before:]
    assert 422 in found and all(400 <= status < 500 for status in found), found


def test_fields_behind_a_body_change_nothing(secure):
    with HTTP2Connection(secure) as connection:
        stream = connection.start(
            connection.head("POST", "/auth/token", content_type="application/json"), ends=False)
        connection.give(stream, b"{}")
        connection.protocol.send_headers(stream, [("x-request-id", "from-behind")], end_stream=True)
        connection.flush()
        answer = connection.answer(stream)
        assert answer.status == 422 and answer.headers["x-request-id"] != "from-behind"


@pytest.mark.parametrize("method,target", [("CONNECT", None), ("TRACE", "/"), ("PRI", "/")])
def test_methods_that_no_route_has_are_refused(secure, method, target):
    with HTTP2Connection(secure) as connection:
        head = [(":method", method), (":authority", "a.example:443")]
        if target:
            head = connection.head(method, target)
        answer = connection.answer(connection.start(head))
        assert answer.status in (404, 405)
        assert connection.ask().status == 200


def test_http_1_1_on_a_connection_of_http_2_is_refused(secure):
    from http2_connection import connect
    with connect(secure) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        read = b""
        try:
            while part := plain.recv(65536):
                read += part
        except OSError:
            pass
        assert b"HTTP/1.1 200" not in read


# Floods

GET = hpack.Encoder().encode([
    (":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/healthz")])
POST = hpack.Encoder().encode([
    (":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/auth/token"),
    ("content-type", "application/json")])


def rapid_resets(connection):
    for number in range(5_000):
        stream = 2 * number + 1
        yield frame(1, 5, stream, GET) + frame(3, 0, stream, struct.pack(">I", 8))


def settings(connection):
    for _ in range(5_000):
        yield frame(4, 0, 0, struct.pack(">HI", 3, 100))


def pings(connection):
    for _ in range(5_000):
        yield frame(6, 0, 0, b"12345678")


def priorities(connection):
    for _ in range(5_000):
        yield frame(2, 0, 1, struct.pack(">IB", 0, 1))


def empty_data(connection):
    yield frame(1, 4, 1, POST)
    for _ in range(5_000):
        yield frame(0, 0, 1, b"")


def continuations(connection):
    yield frame(1, 1, 1, GET[:1])
    for _ in range(5_000):
        yield frame(9, 0, 1, b"")


def too_many_streams(connection):
    for number in range(5_000):
        yield frame(1, 4, 2 * number + 1, POST)


def a_frame_too_long(connection):
    yield frame(0, 0, 1, b"x" * 20_000)


def a_compressed_bomb(connection):
    # One entry of the table, referred to again and again: 4 KiB that become megabytes.
    encoder = hpack.Encoder()
    yield frame(1, 1, 1, GET + encoder.encode([("x-bomb", "x" * 4_000)], huffman=False))
    yield frame(9, 4, 1, b"\xbe" * 16_000)


def a_stream_of_the_servers(connection):
    yield frame(1, 5, 2, GET)


def data_without_a_stream(connection):
    yield frame(0, 0, 7, b"x")


def a_window_too_large(connection):
    for _ in range(3):
        yield frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF))


@pytest.mark.parametrize("flood", [
    rapid_resets, settings, pings, priorities, empty_data, continuations, too_many_streams, a_frame_too_long,
    a_compressed_bomb, a_stream_of_the_servers, data_without_a_stream, a_window_too_large,
], ids=lambda flood: flood.__name__)
def test_floods_end_in_goaway(secure, flood):
    with FrameConnection(secure) as connection:
        for data in flood(connection):
            if not connection.send(data):
                break
        connection.socket.settimeout(30)
        found = connection.frames_to_end()
        assert 7 in [each.type for each in found], [each.type for each in found][-10:]
    with HTTP2Connection(secure) as connection:
        # A few of what floods are made of are nobody's harm.
        for _ in range(20):
            connection.protocol.ping(b"12345678")
            stream = connection.start(connection.head("POST", "/auth/token"), ends=False)
            connection.protocol.reset_stream(stream)
            connection.flush()
        assert connection.until(lambda: len(connection.pings) == 20)
        assert connection.ask().status == 200


def memory_of(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_readers_that_read_nothing_cost_little_and_others_are_served(secure):
    with HTTP2Connection(secure) as connection:
        page = connection.ask("GET", "/login").body.decode()
        base = next(text for text in page.split('"') if text.endswith("/camet.css")).removesuffix("/camet.css")
        path = f"{base}/echarts/index-DlVyZyb_.js"
        length = len(connection.ask("GET", path).body)
    before = memory_of(secure.gateway_pid)
    stalled = []
    try:
        for _ in range(5):
            connection = HTTP2Connection(
                secure, settings={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0}, reads_bodies=False)
            streams = [connection.start(connection.head(path=path)) for _ in range(90)]
            assert connection.until(lambda: all(connection.answers[stream].headers for stream in streams))
            assert not any(connection.answers[stream].body for stream in streams)
            stalled.append(connection)
        grown = memory_of(secure.gateway_pid) - before
        # 450 answers of more than a megabyte each wait, and none of them is in memory for itself.
        assert grown < 64 << 20 < 450 * length, grown
        with HTTP2Connection(secure) as connection:
            assert connection.ask("GET", path).is_whole
    finally:
        for connection in stalled:
            connection.socket.close()


# The end


def test_the_end_is_announced_and_what_has_begun_is_finished(own):
    tenant = own.make_tenant("ending")
    viewer = bearer(tenant, "VIEWER")
    with HTTP2Connection(own) as idle, HTTP2Connection(own) as busy:
        assert idle.ask().status == 200
        events = busy.start(busy.head(path="/api/v1/stream", authorization=viewer))
        assert busy.until(lambda: busy.answers[events].body)
        half = busy.start(busy.head("POST", "/auth/token", content_type="application/json"), ends=False)
        busy.give(half, b"{")
        own.process.send_signal(signal.SIGTERM)
        assert busy.until(lambda: busy.goaways, 10)
        assert busy.goaways[0].error_code == 0
        # What was begun before is still taken and answered.
        busy.give(half, b"}", ends=True)
        check_refusal(busy.answer(half), 422, "invalid")
        assert busy.answer(events).is_whole
        assert busy.until(lambda: busy.is_ended, 10)
        assert idle.until(lambda: idle.is_ended, 10)
        assert idle.goaways and not any(goaway.error_code for goaway in idle.goaways + busy.goaways)
    assert own.stop() == 0
