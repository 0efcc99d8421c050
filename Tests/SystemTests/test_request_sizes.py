"""Where the limits of a request are, to the byte, and how little is read of what is beyond them."""

import gzip
import json
import time
import zlib

import pytest

from master_data import API
from raw_connection import RawConnection
from running_system import PlantData, check_problem

KIB = 1_024
MIB = 1_024 * KIB
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("sized")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="SIZED", commissioned_at="2026-03-04T03:00:00Z")


def status(system, head: str, body: bytes = b"") -> int:
    """Of the first answer to what is written out by hand."""
    with RawConnection(system) as connection:
        connection.send(head)
        connection.send(body)
        return connection.answers()[0][0]


def padded(body: dict, size: int) -> bytes:
    """JSON of just so many bytes."""
    text = json.dumps(body).encode()
    return text[:-1] + b" " * (size - len(text)) + text[-1:]


@pytest.mark.parametrize("length,expected", [(8 * KIB, 200), (8 * KIB + 1, 414)])
def test_an_address_has_8_kib(system, company, length, expected):
    """All of it: path and query."""
    path = "/healthz?"
    target = path + "x" * (length - len(path))
    assert status(system, f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == expected
    path = f"{API}/plants/"
    target = path + "1" * (length - len(path))
    key = company.client("key:read").headers["X-API-Key"]
    answered = status(system, f"GET {target} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n")
    assert answered == {200: 404}.get(expected, expected)


@pytest.mark.parametrize("fields", [1, 50])
def test_a_head_has_16_kib_in_all(system, fields):
    """In one field or in many: what is well below is served, what is above is refused."""
    def head(size: int) -> str:
        each = size // fields
        lines = "".join(f"X-{number:03}: {'x' * (each - 9)}\r\n" for number in range(fields))
        return f"GET /healthz HTTP/1.1\r\nHost: a\r\n{lines}Connection: close\r\n\r\n"

    assert status(system, head(15 * KIB)) == 200
    assert status(system, head(16 * KIB + 100)) == 431
    assert status(system, head(64 * KIB)) == 431


def test_a_body_has_1_mib(system, company, plant):
    manager = company.client("MANAGER")
    for size, expected in ((MIB, 201), (MIB + 1, 413)):
        body = padded({"plant_code": f"sized-{size}", "plant_name": "P", "timezone": "UTC"}, size)
        answer = manager.send("POST", f"{API}/plants", data=body, headers=JSON)
        assert answer.status_code == expected, answer.text
        # The same in chunks, whose length nobody has announced.
        body = padded({"plant_code": f"chunked-{size}", "plant_name": "P", "timezone": "UTC"}, size)
        answer = manager.send("POST", f"{API}/plants", data=iter([body[:1_000], body[1_000:]]), headers=JSON)
        assert answer.status_code == expected, answer.text
    check_problem(system.client().send("POST", "/auth/token", data=b" " * (MIB + 1), headers=JSON), 413,
                  "body_too_large")


def test_a_batch_of_json_has_8_mib(company, plant):
    camera = company.client("key:ingest")
    batch = {"detections": [plant.detection("2026-03-04T10:00:00Z")]}
    for size, expected in ((8 * MIB, 200), (8 * MIB + 1, 413)):
        answer = camera.send("POST", f"{API}/detections", data=padded(batch, size), headers=JSON)
        assert answer.status_code == expected, answer.text[:200]


def taken_before_the_end(system, head: str, part: bytes, patience: float = 20) -> tuple[int, int]:
    """The status of the answer, and how many bytes of an endless body could be sent until the connection was over."""
    with RawConnection(system) as connection:
        connection.send(head)
        connection.socket.settimeout(patience)
        sent, began = 0, time.monotonic()
        try:
            while time.monotonic() - began < patience:
                sent += connection.socket.send(part)
        except OSError:
            pass
        answers = connection.read_to_end()
        return int(answers.split(b" ", 2)[1]) if answers else 0, sent


BOMB = gzip.compress(b" " * (64 * MIB))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_compressed_body_is_415_and_never_unpacked(system, company, coding):
    """Nobody's coding is believed to be small: whoever packs is told so at once, packed however well."""
    manager, camera = company.client("MANAGER"), company.client("key:ingest")
    bomb = BOMB if "deflate" not in coding else zlib.compress(b" " * (64 * MIB))
    for client, path in ((manager, f"{API}/plants"), (camera, f"{API}/detections"), (system.client(), "/auth/token"),
                         (system.client(), "/auth/refresh"), (company.client("VIEWER"), f"{API}/dashboard/data")):
        began = time.monotonic()
        answer = client.send("POST", path, data=bomb, headers=JSON | {"Content-Encoding": coding})
        check_problem(answer, 415, "unsupported_media_type")
        assert time.monotonic() - began < 5
    plain = manager.send("POST", f"{API}/plants", data=b"{}", headers=JSON | {"Content-Encoding": "identity"})
    check_problem(plain, 422, "invalid")


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
def test_an_endless_body_is_not_read(system, company, announced):
    """Of what nobody may send, or may not send so much of, little is taken before the connection ends."""
    key = company.client("key:ingest").headers["X-API-Key"]
    viewer = company.client("VIEWER").headers["Authorization"]
    length = f"Content-Length: {1 << 40}" if announced else "Transfer-Encoding: chunked"
    part = b" " * (64 * KIB) if announced else b"10000\r\n" + b" " * (64 * KIB) + b"\r\n"
    # Path, who asks, what is answered, and how much may be taken: buffers of the two systems included.
    for path, who, expected, most in (
        ("/auth/token", "", 413, 12 * MIB), (f"{API}/detections", f"X-API-Key: {key}\r\n", 413, 24 * MIB),
        (f"{API}/plants", f"Authorization: {viewer}\r\n", 413 if announced else 403, 12 * MIB),
        (f"{API}/plants", "", 413 if announced else 401, 12 * MIB), ("/no-such-path", "", 404, 12 * MIB),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\n{who}Content-Type: application/json\r\n{length}\r\n\r\n"
        answered, sent = taken_before_the_end(system, head, part)
        # A connection that is reset may lose the answer on its way.
        assert answered in (expected, 0), (path, answered)
        assert sent < most, (path, sent)


def test_rows_and_ids_have_their_limits(company, plant):
    camera, manager = company.client("key:ingest"), company.client("MANAGER")
    row = plant.detection("2026-03-04T10:00:00Z")
    for length, expected in ((200, 200), (201, 422)):
        answer = camera.post(f"{API}/detections", {"detections": [row | {"event_id": "x" * length}]})
        assert answer.status_code == expected, answer.text
    for length, expected in ((500, 201), (501, 422)):
        stop = {"line_id": plant.line, "start": f"2026-03-04T1{length % 10}:00:00Z",
                "end": f"2026-03-04T1{length % 10}:01:00Z",
                "reason": "ñ" * length}
        answer = manager.post(f"{API}/downtimes", stop)
        assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("resource,fields", [
    ("plants", {"plant_code": None, "plant_name": None, "timezone": "UTC"}),
    ("products", {"product_code": None, "product_name": None}),
    ("failures", {"failure_code": None, "failure_name": None}),
    ("line-groups", {"group_name": None, "line_ids": "line"}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_names_have_255_characters_that_are_seen(company, plant, resource, fields):
    """Characters as people count code points, not bytes; not blank; no NUL."""
    manager = company.client("MANAGER")
    names = [name for name, value in fields.items() if value is None]

    def make(text: str, mark: str):
        body = {name: [plant.line] if value == "line" else value for name, value in fields.items()}
        return manager.post(f"{API}/{resource}", body | {name: (mark + text)[:max(255, len(text))] for name in names})

    for number, letter in enumerate("xñ漢😀"):
        right = (f"{number}" + letter * 255)[:255]
        assert make(right, "").status_code == 201, letter
        answer = make(letter * 256, "")
        assert {fault["code"] for fault in check_problem(answer, 422, "invalid")["errors"]} == {"too_long"}, letter
    for blank in ("", " ", "   ", "\t", "\u00a0", "\u2003", "\u3000"):
        problem = check_problem(make(blank, ""), 422, "invalid")
        assert {fault["param"] for fault in problem["errors"]} == set(names), blank
    assert make("a\0b", "").status_code in (400, 422)
