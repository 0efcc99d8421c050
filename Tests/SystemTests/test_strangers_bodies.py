"""Bodies of people whom nobody knows yet: a megabyte each, and together no more than there is memory for."""

import json
import time

import pytest

from raw_connection import RawConnection
from running_system import PASSWORD, RunningSystem, check_problem, eventually

# Of each body beyond its first 16 KiB together.
STORE = 16 << 20
HELD = (1 << 20) - 1


@pytest.fixture(scope="module")
def gateway():
    with RunningSystem.running() as made:
        yield made


def large_sign_in(username: str, size: int = 1 << 20) -> bytes:
    body = json.dumps({"username": username, "password": PASSWORD})[:-1].encode()
    return body + b" " * (size - len(body) - 1) + b"}"


def resident_megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1_024


def test_what_strangers_hold_is_bounded_and_sign_ins_are_served(gateway):
    tenant = gateway.make_tenant("bodies")
    user = tenant.user("VIEWER")
    client = gateway.client()

    def sign_in(body: bytes):
        return client.send("POST", "/auth/token", data=body, headers={"Content-Type": "application/json"})

    # The control: a megabyte is taken of whoever sends it.
    assert sign_in(large_sign_in(user)).status_code == 200
    before = resident_megabytes(gateway.gateway_pid)
    head = (f"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {1 << 20}\r\n\r\n").encode()
    held = [RawConnection(gateway, patience=5) for _ in range(100)]
    try:
        def is_full() -> bool:
            answer = sign_in(large_sign_in(user))
            if answer.status_code == 200:
                return False
            check_problem(answer, 503, "overloaded")
            assert answer.headers["Retry-After"] == "1"
            return True

        # Twenty fill it, for the ten seconds that a body may stand still; it is not asked for later than that.
        for connection in held[:20]:
            connection.send(head + large_sign_in("nobody")[:HELD])
        assert eventually(is_full, 10)
        for connection in held[20:]:
            connection.send(head + large_sign_in("nobody")[:HELD])
        # Whoever sends no more than a sign-in needs is served all the same.
        for _ in range(5):
            assert sign_in(large_sign_in(user, size=16_000)).status_code == 200
        assert resident_megabytes(gateway.gateway_pid) - before < 80
    finally:
        for connection in held:
            connection.socket.close()
    # And what they held is there again.
    assert eventually(lambda: sign_in(large_sign_in(user)).status_code == 200, 10)


def test_people_who_are_known_take_nothing_of_it(gateway):
    tenant = gateway.make_tenant("known")
    manager = tenant.client("MANAGER")
    body = json.dumps({"plant_code": "large", "plant_name": "Large", "timezone": "UTC"})[:-1].encode()
    body += b" " * ((1 << 20) - len(body) - 1) + b"}"
    head = (f"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {1 << 20}\r\n\r\n").encode()
    held = [RawConnection(gateway, patience=5) for _ in range(40)]
    try:
        for connection in held:
            connection.send(head + large_sign_in("nobody")[:HELD])
        began = time.monotonic()
        answer = manager.send("POST", "/api/v1/plants", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text
        assert time.monotonic() - began < 10
    finally:
        for connection in held:
            connection.socket.close()
