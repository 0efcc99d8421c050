"""The events of the stream by WebSocket: the same, resumed alike, ended alike, and for nobody else."""

import base64
import contextlib
import json
import os
import re
import signal
import time
from datetime import datetime, timezone

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from event_stream import EventStream
from page_visitor import PageVisitor
from raw_connection import RawConnection
from running_system import PlantData, RunningSystem, check_problem, eventually, sign_in

WS = "/api/v1/ws"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode()}


@pytest.fixture(scope="module")
def plant(north):
    return PlantData(north.client("MANAGER"), code="SOCKET")


def opened(client, query: str = "", **more):
    """Messages of whoever the client is."""
    return connect("ws" + client.base.removeprefix("http") + WS + query,
                   additional_headers=client.headers | more.pop("headers", {}), proxy=None, **more)


def wait(socket, event: str, seconds: float = 15, **data) -> dict:
    deadline = time.monotonic() + seconds
    while True:
        message = json.loads(socket.recv(timeout=max(0.01, deadline - time.monotonic())))
        assert {"event", "data"} <= message.keys() <= {"id", "event", "data"}
        if message["event"] == event and data.items() <= message["data"].items():
            return message


def post_one(tenant, plant) -> None:
    row = plant.detection(datetime.now(timezone.utc).isoformat())
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": [row]})
    assert answer.status_code == 200, answer.text


def closing_code(socket, seconds: float = 25) -> int | None:
    """What the server closes with."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(TimeoutError):
        try:
            while True:
                socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else None
    raise AssertionError(f"it is not closed within {seconds} s")


@pytest.mark.parametrize("who", ["VIEWER", "key:read"])
def test_the_events_are_those_of_the_stream(north, plant, who):
    with opened(north.client(who)) as socket, EventStream(north.client(who)) as stream:
        post_one(north, plant)
        there = stream.wait("detection_counts", line_id=plant.line)
        here = wait(socket, "detection_counts", line_id=plant.line)
        assert (here["id"], here["data"]) == (there.id, there.data)


def test_it_goes_on_after_the_last_event_seen(north, plant):
    with opened(north.client("VIEWER")) as socket:
        post_one(north, plant)
        seen = wait(socket, "detection_counts", line_id=plant.line)["id"]
    post_one(north, plant)
    with opened(north.client("VIEWER"), f"?last_event_id={seen}") as socket:
        missed = wait(socket, "detection_counts", line_id=plant.line)["id"]
        assert int(missed.rpartition("-")[2]) > int(seen.rpartition("-")[2])
    with opened(north.client("VIEWER"), "?last_event_id=1-1") as socket:
        wait(socket, "resync")


def test_another_tenant_hears_nothing(north, south, plant, south_plant):
    with opened(south.client("VIEWER")) as socket:
        post_one(north, plant)
        post_one(south, south_plant)
        assert wait(socket, "detection_counts")["data"]["line_id"] == south_plant.line


def test_it_is_for_readers_alone(system, north):
    for client, status in ((system.client(), 401), (system.client(bearer="abc"), 401),
                           (north.client("key:ingest"), 403), (north.client("key:write"), 403)):
        with pytest.raises(InvalidStatus) as refused, opened(client):
            pass
        assert refused.value.response.status_code == status


def test_a_page_opens_it_to_its_own_site_alone(system, north, plant):
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(north.user("VIEWER")).status_code == 303
    cookie = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in visitor.session.cookies)}
    client = system.client()
    for origin in (None, "http://evil.example", "null", system.base + ".evil.example"):
        with pytest.raises(InvalidStatus) as refused, opened(client, headers=cookie, origin=origin):
            pass
        assert refused.value.response.status_code == 403, origin
        assert b"csrf_failed" in refused.value.response.body
    with opened(client, headers=cookie, origin=system.base) as socket:
        post_one(north, plant)
        wait(socket, "detection_counts", line_id=plant.line)
    # Whoever has no cookie that others could use may come from anywhere.
    with opened(north.client("key:read"), origin="http://elsewhere.example"):
        pass


@pytest.mark.parametrize("change", [
    {"Upgrade": None}, {"Upgrade": "h2c"}, {"Connection": "keep-alive"}, {"Sec-WebSocket-Version": "8"},
    {"Sec-WebSocket-Key": None}, {"Sec-WebSocket-Key": "short"}], ids=str)
def test_what_asks_for_no_web_socket_is_told_to(north, change):
    headers = {name: value for name, value in (UPGRADE | change).items() if value is not None}
    answer = north.client("VIEWER").get(WS, headers=headers)
    check_problem(answer, 426, "upgrade_required")
    assert answer.headers["Upgrade"] == "websocket"
    head = north.client("VIEWER").send("HEAD", WS, headers=headers)
    assert (head.status_code, head.content) == (426, b"")


def test_an_older_version_of_http_has_none(system, north):
    with RawConnection(system) as connection:
        token = north.client("VIEWER").headers["Authorization"]
        fields = "".join(f"{name}: {value}\r\n" for name, value in UPGRADE.items())
        connection.send(f"GET {WS} HTTP/1.0\r\nHost: a\r\nAuthorization: {token}\r\n{fields}\r\n".encode())
        assert b" 426 " in connection.read_to_end().split(b"\r\n")[0]


def test_it_ends_when_its_sign_in_does(system, north):
    client = system.client(bearer=sign_in(system, north.user("VIEWER"))["access_token"])
    with opened(client) as leaving, opened(north.client("MANAGER")) as staying:
        assert client.send("POST", "/auth/logout").status_code == 204
        assert closing_code(leaving) == 1008
        staying.ping().wait(10)


def test_it_ends_with_its_worker_and_begins_with_the_next(system, north, plant):
    with opened(north.client("VIEWER")) as socket:
        post_one(north, plant)
        seen = wait(socket, "detection_counts", line_id=plant.line)["id"]
        os.kill(system.worker("north")["pid"], signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=10)
    with opened(north.client("VIEWER"), f"?last_event_id={seen}") as socket:
        wait(socket, "resync")


def test_signs_of_life_are_answered_and_the_end_is_agreed_to(north):
    with opened(north.client("VIEWER"), ping_interval=None) as socket:
        assert socket.ping(b"still there").wait(10)
        socket.close(1000)
        assert socket.close_code == 1000


@pytest.mark.parametrize("frame,code", [
    (Frame(Opcode.TEXT, b"hello"), 1003), (Frame(Opcode.BINARY, b"\0"), 1003),
    (Frame(Opcode.TEXT, b"x" * 5_000), 1009)], ids=["text", "binary", "long"])
def test_whoever_says_something_is_told_that_nobody_listens(system, north, plant, frame, code):
    with opened(north.client("VIEWER")) as socket, opened(north.client("VIEWER")) as beside:
        socket.socket.sendall(frame.serialize(mask=True))
        assert closing_code(socket, 10) == code
        post_one(north, plant)
        wait(beside, "detection_counts", line_id=plant.line)


def test_frames_without_mask_and_garbage_end_the_connection(system, north):
    for bytes_sent in (Frame(Opcode.PING, b"").serialize(mask=False), b"\xff" * 64, b"GET / HTTP/1.1\r\n" * 8):
        with opened(north.client("VIEWER")) as socket:
            socket.socket.sendall(bytes_sent)
            assert closing_code(socket, 10) in (1002, 1009, None)
    assert north.client("VIEWER").get("/api/v1/plants").status_code == 200


@pytest.mark.parametrize(
    "frame", [b"\xc9\x80\0\0\0\0", b"\xa9\x80\0\0\0\0", b"\x99\x80\0\0\0\0", b"\x88\x81\0\0\0\0\x03"],
    ids=["first bit", "second bit", "third bit", "half a code"])
def test_what_nothing_was_agreed_about_ends_the_connection(north, frame):
    """Bits of extensions that there are none of, and an end whose reason has no code (RFC 6455 §5.2, §5.5.1)."""
    with opened(north.client("VIEWER")) as socket:
        socket.socket.sendall(frame)
        assert closing_code(socket, 10) == 1002


def test_each_takes_the_place_of_a_stream():
    with RunningSystem.running({"CAMET_STREAMS_OF_PRINCIPAL": "2"}) as system:
        tenant = system.make_tenant("places")
        client = tenant.client("key:read")
        with opened(client), EventStream(client):
            with pytest.raises(InvalidStatus) as refused, opened(client):
                pass
            assert refused.value.response.status_code == 429
            assert "principal_streams" in refused.value.response.headers["RateLimit"]
        assert eventually(lambda: is_free(client), 10)
        # The gateway ends without waiting for them, and says so.
        with opened(client) as socket:
            os.kill(system.gateway_pid, signal.SIGTERM)
            assert closing_code(socket, 10) == 1001


def is_free(client) -> bool:
    try:
        with opened(client):
            return True
    except InvalidStatus:
        return False


def test_it_is_in_the_log_with_its_template_and_no_more(system, north):
    name = f"ws-{time.monotonic_ns()}"
    with opened(north.client("VIEWER"), headers={"X-Request-Id": name}):
        pass
    logs = [*system.folder.glob("log/*"), system.data / "server-errors.txt"]
    found = eventually(lambda: [line for log in logs for line in re.findall(rf".*{name}.*", log.read_text())], 10)
    assert len(found) == 1 and WS in found[0] and "101" in found[0]
