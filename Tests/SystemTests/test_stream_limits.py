"""Streams of events: so many at one time of one person or key, and of one company; and a worker has room beside them."""

import http.client
import socket
from contextlib import ExitStack

import pytest

from event_stream import EventStream
from running_system import PlantData, RunningSystem, eventually, sign_in
from test_limits import refused_by, told

STREAM = "/api/v1/stream"
OF_PRINCIPAL, OF_TENANT = 3, 5


@pytest.fixture(scope="module")
def few():
    """A system with few places for streams."""
    settings = {
        "CAMET_STREAMS_OF_PRINCIPAL": str(OF_PRINCIPAL),
        "CAMET_STREAMS_OF_TENANT": str(OF_TENANT),
        "CAMET_STOP_CALCULATION_SECONDS": "86400",
    }
    with RunningSystem.running(settings) as made:
        yield made


@pytest.fixture(scope="module")
def tenant(few):
    made = few.make_tenant("few")
    PlantData(made.client("MANAGER"))
    return made


def served(client) -> EventStream | None:
    """One more stream, none when it is refused."""
    try:
        return EventStream(client)
    except AssertionError:
        return None


def opened(stack: ExitStack, client, count: int) -> list[EventStream]:
    """So many streams at one time; the server may still be taking note that an earlier one has ended."""
    streams = []
    for _ in range(count):
        stream = eventually(lambda: served(client), 10)
        assert stream, f"no place for stream {len(streams) + 1} of {count} within 10 s"
        streams.append(stack.enter_context(stream))
    return streams


def can_follow(client) -> bool:
    """Whether one more stream is served; it ends again."""
    stream = served(client)
    if stream:
        stream.close()
    return stream is not None


def test_one_too_many_of_a_person_is_refused_and_others_are_served(few, tenant):
    viewer, key = tenant.client("VIEWER"), tenant.client("key:read")
    again = few.client(bearer=sign_in(few, tenant.user("VIEWER"))["access_token"])
    with ExitStack() as stack:
        streams = opened(stack, viewer, OF_PRINCIPAL)
        # Whichever sign-in it is.
        for client in (viewer, again):
            answer = client.get(STREAM)
            assert refused_by(answer, "principal_streams") == 5
            policies, left = told(answer)
            assert policies["principal_streams"] == {"q": OF_PRINCIPAL, "qu": "concurrent-requests"}
            assert left["principal_streams"] == {"r": 0}
            # It was counted as a request too.
            assert "principal" in left
        # Whoever may open no more streams is served everything else.
        assert viewer.get("/api/v1/line-status").status_code == 200
        assert can_follow(key)
        # A place comes back when its stream ends, and one alone does.
        streams[0].close()
        opened(stack, viewer, 1)
        refused_by(viewer.get(STREAM), "principal_streams")
    assert eventually(lambda: can_follow(viewer), 10)


def test_one_too_many_of_a_company_is_refused_and_other_companies_are_served(few, tenant):
    other = few.make_tenant("other")
    with ExitStack() as stack:
        opened(stack, tenant.client("VIEWER"), OF_PRINCIPAL)
        opened(stack, tenant.client("MANAGER"), OF_TENANT - OF_PRINCIPAL)
        answer = tenant.client("ADMIN").get(STREAM)
        refused_by(answer, "tenant_streams")
        assert told(answer)[0]["tenant_streams"] == {"q": OF_TENANT, "qu": "concurrent-requests"}
        assert can_follow(other.client("VIEWER"))
    assert eventually(lambda: can_follow(tenant.client("ADMIN")), 10)


def test_places_come_back_when_a_sign_in_ends_its_streams(few, tenant):
    leaving = few.client(bearer=sign_in(few, tenant.user("OPERATOR"))["access_token"])
    with ExitStack() as stack:
        streams = opened(stack, leaving, OF_PRINCIPAL)
        staying = few.client(bearer=sign_in(few, tenant.user("OPERATOR"))["access_token"])
        refused_by(staying.get(STREAM), "principal_streams")
        assert leaving.send("POST", "/auth/logout").status_code == 204
        for stream in streams:
            assert stream.ended.wait(25)
        assert eventually(lambda: can_follow(staying), 10)


def test_head_and_refusals_leave_no_place_taken(few, tenant):
    manager = tenant.client("MANAGER")
    for _ in range(2 * OF_PRINCIPAL):
        # A head without its body, and one whose client leaves before it.
        assert manager.send("HEAD", STREAM, stream=True).close() is None
        with socket.create_connection((few.base.split("/")[2].split(":")[0], int(few.base.rsplit(":", 1)[1]))) as left:
            left.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nAuthorization: "
                         f"{manager.headers['Authorization']}\r\n\r\n".encode())
    assert eventually(lambda: can_follow(manager), 10)


def test_a_worker_with_all_its_streams_serves_requests(system):
    """The places there are by default, all of them taken."""
    tenant = system.make_tenant("streaming")
    PlantData(tenant.client("MANAGER"))
    admin = tenant.client("ADMIN")
    keys = [admin.make("api-keys", name=f"screen {number}", scopes=["read"])["api_key"] for number in range(26)]
    host, port = system.base.split("/")[2].split(":")
    connections = []
    try:
        for key in keys[:25]:
            for _ in range(20):
                connection = http.client.HTTPConnection(host, int(port), timeout=30)
                connections.append(connection)
                connection.request("GET", STREAM, headers={"X-API-Key": key})
        answers = [connection.getresponse() for connection in connections]
        refused = [answer.read() for answer in answers if answer.status != 200]
        assert not refused and len(answers) == 500, refused[:2]
        assert all(answer.readline() for answer in answers)
        refused_by(system.client(key=keys[25]).get(STREAM), "tenant_streams")
        pid = system.worker("streaming")["pid"]
        for _ in range(50):
            assert tenant.client("VIEWER").get("/api/v1/line-status").status_code == 200
        assert system.worker("streaming")["pid"] == pid
    finally:
        for connection in connections:
            connection.close()
