"""Detections a row a line: read as they come, stored at the end or not at all."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from raw_connection import RawConnection
from running_system import PlantData, check_problem, eventually

ROUTE = "/api/v1/detections"
FIRST = datetime.fromisoformat("2026-02-11T12:00:00+00:00")
COLUMNS = ["line", "area", "product", "detected_at", "event_id"]


@pytest.fixture(scope="module")
def plant(north):
    return PlantData(north.client("MANAGER"), code="STREAM")


@pytest.fixture(scope="module")
def second(north):
    return PlantData(north.client("MANAGER"), code="STREAM2")


@pytest.fixture
def camera(north):
    return north.client("key:ingest")


def rows(plant, count: int, event_ids: bool = False, milliseconds: int = 1) -> list[dict]:
    mark = uuid.uuid4().hex
    made = [
        plant.detection((FIRST + timedelta(milliseconds=number * milliseconds)).isoformat(timespec="microseconds"))
        for number in range(count)]
    return [row | {"event_id": f"{mark}-{number}"} for number, row in enumerate(made)] if event_ids else made


def ndjson(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def csv(rows, end: str = "\n") -> bytes:
    lines = [",".join(COLUMNS)] + [",".join(str(row.get(column, "")) for column in COLUMNS) for row in rows]
    return "".join(line + end for line in lines).encode()


FORMATS = {"application/x-ndjson": ndjson, "text/csv": csv}


def send(client, kind: str, body, **headers):
    return client.send("POST", ROUTE, data=body, headers={"Content-Type": kind} | headers)


def stored(north, plant) -> int:
    return int(north.system.psql(north.database, f"SELECT count(*) FROM detection_line_{plant.line}"))


def outcome(answer, status=200) -> tuple[int, int, int, int]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["received"], body["stored"], body["duplicates"], body["rejected_count"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_stream_is_stored_like_a_batch(north, plant, second, camera, kind):
    before = stored(north, plant), stored(north, second)
    mixed = [row for pair in zip(rows(plant, 500), rows(second, 500, event_ids=True)) for row in pair]
    body = FORMATS[kind](mixed)
    assert outcome(send(camera, kind, body)) == (1000, 1000, 0, 0)
    assert outcome(send(camera, kind, (body[at:at + 777] for at in range(0, len(body), 777)))) == (1000, 500, 500, 0)
    assert (stored(north, plant), stored(north, second)) == (before[0] + 1000, before[1] + 500)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_last_line_without_an_end_counts_and_empty_lines_do_not(plant, camera, kind):
    body = FORMATS[kind](rows(plant, 3))
    assert outcome(send(camera, kind, body.rstrip(b"\n"))) == (3, 3, 0, 0)
    assert outcome(send(camera, kind, body.replace(b"\n", b"\r\n\r\n"))) == (3, 3, 0, 0)


def test_an_unreadable_line_is_a_rejected_row_and_loses_no_other(plant, camera):
    good = [ndjson([row]) for row in rows(plant, 3)]
    bad = [b"{\n", b"7\n", b"[]\n", b'{"line": "STREAM"} {}\n', b"\xff\n", b"x" * 100_000 + b"\n"]
    body = good[0] + b"".join(bad[:3]) + good[1] + b"".join(bad[3:]) + good[2]
    answer = send(camera, "application/x-ndjson", body)
    assert outcome(answer) == (9, 3, 0, 6)
    told = [(row["index"], row["code"]) for row in answer.json()["rejected"]]
    assert told == [(index, "invalid_row") for index in (1, 2, 3, 5, 6, 7)]
    assert all(row["message"] for row in answer.json()["rejected"])


def test_rows_are_rejected_for_the_reasons_of_a_batch(plant, camera):
    good = rows(plant, 1)[0]
    wrong = [
        ({"line": "NOBODY"}, "unknown_line"), ({"area": "nowhere"}, "unknown_area"), ({"product": "none"}, "unknown_product"),
        ({"detected_at": "2026-02-11T12:00:00"}, "invalid_time"), ({"detected_at": "2999-01-01T00:00:00Z"}, "future_time"),
        ({"event_id": "x" * 201}, "invalid_row"), ({"colour": "red"}, "invalid_row"),
    ]
    answer = send(camera, "application/x-ndjson", ndjson([good] + [good | change for change, _ in wrong]))
    assert outcome(answer) == (8, 1, 0, 7)
    codes = [code for _, code in wrong]
    assert [row["code"] for row in answer.json()["rejected"]] == codes
    answer = send(camera, "text/csv", csv([good] + [good | change for change, _ in wrong[:-1]]))
    assert outcome(answer) == (7, 1, 0, 6)
    assert [row["code"] for row in answer.json()["rejected"]] == codes[:-1]


def test_of_many_rejected_rows_the_first_hundred_are_told(plant, camera):
    good = rows(plant, 1)[0]
    answer = send(camera, "text/csv", csv([good | {"line": "NOBODY"}] * 25_000 + [good]))
    assert outcome(answer) == (25_001, 1, 0, 25_000)
    assert [row["index"] for row in answer.json()["rejected"]] == list(range(100))


def test_quotation_marks_of_csv_are_those_of_rfc_4180(plant, camera):
    row = rows(plant, 1)[0]
    at = row["detected_at"]
    lines = [
        f'"{row["line"]}","{row["area"]}",{row["product"]},"{at}","a ""named"", one {uuid.uuid4().hex}"',
        f'{row["line"]},{row["area"]},{row["product"]},{at},"two\nlines {uuid.uuid4().hex}"',
        f'{row["line"]},{row["area"]},{row["product"]},{at},half "quoted"',
        f'{row["line"]},{row["area"]},{row["product"]},{at}',
        f'{row["line"]},{row["area"]},{row["product"]},{at},',
    ]
    answer = send(camera, "text/csv", (",".join(COLUMNS) + "\n" + "\n".join(lines)).encode())
    assert outcome(answer) == (5, 3, 0, 2)
    assert [row["index"] for row in answer.json()["rejected"]] == [2, 3]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line(plant, camera):
    good = rows(plant, 3_000)
    body = csv(good[:1]) + b'"oops,output,p\n' + csv(good[1:]).split(b"\n", 1)[1]
    received, kept, _, rejected = outcome(send(camera, "text/csv", body))
    assert (received, kept, rejected) == (3_001, 3_000, 1)


@pytest.mark.parametrize("header,faults", [
    ("line,area,product", [("detected_at", "required")]),
    ("line,area,product,detected_at,colour", [("colour", "unknown_field")]),
    ("line,line,area,product,detected_at", [("line", "duplicate_field")]),
    ("", [("detections", "required")]),
])
def test_a_csv_with_a_wrong_header_is_refused_whole(north, plant, camera, header, faults):
    before = stored(north, plant)
    values = ",".join(["x"] * len(header.split(",")))
    problem = check_problem(send(camera, "text/csv", f"{header}\n{values if header else ''}\n".encode()), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == faults
    assert stored(north, plant) == before
    assert outcome(send(camera, "text/csv", csv(rows(plant, 1)))) == (1, 1, 0, 0)


@pytest.mark.parametrize("kind,body", [
    ("application/x-ndjson", b""), ("application/x-ndjson", b"\n\n"), ("text/csv", b""), ("text/csv", csv([])),
])
def test_a_stream_without_rows_is_422(camera, kind, body):
    problem = check_problem(send(camera, kind, body), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("detections", "required")]


def test_a_stream_of_which_nothing_can_be_stored_is_422_with_its_rows(plant, camera):
    answer = send(camera, "application/x-ndjson", ndjson([rows(plant, 1)[0] | {"line": "NOBODY"}] * 2))
    assert outcome(answer, 422) == (2, 0, 0, 2)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_idempotency_key_repeats_the_first_answer_of_a_stream(north, plant, camera, kind):
    before = stored(north, plant)
    body = FORMATS[kind](rows(plant, 3))
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = send(camera, kind, body, **key)
    assert outcome(first) == (3, 3, 0, 0)
    again = send(camera, kind, body, **key)
    assert (again.status_code, again.json()) == (200, first.json())
    check_problem(send(camera, kind, FORMATS[kind](rows(plant, 2)), **key), 409, "idempotency_conflict")
    assert stored(north, plant) == before + 3


def test_twenty_streams_of_the_same_rows_in_any_order_store_each_once(system, north, plant, second):
    before = stored(north, plant), stored(north, second)
    mixed = rows(plant, 15_000, event_ids=True) + rows(second, 200, event_ids=True)
    key = north.client("key:ingest").headers["X-API-Key"]

    def post(number):
        return send(system.client(key=key), "application/x-ndjson", ndjson(mixed[::1 if number % 2 else -1]))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20, [answer.text[:200] for answer in answers]
    assert sum(answer.json()["stored"] for answer in answers) == 15_200
    assert all(sum(outcome(answer)[1:3]) == 15_200 for answer in answers)
    assert (stored(north, plant), stored(north, second)) == (before[0] + 15_000, before[1] + 200)


@pytest.mark.parametrize("event_ids", [False, True], ids=["without event ids", "with event ids"])
def test_a_long_stream_is_stored_whole(north, plant, camera, event_ids):
    """More than a worker keeps of it in memory."""
    before = stored(north, plant)
    body = csv(rows(plant, 150_000, event_ids))
    assert outcome(send(camera, "text/csv", body)) == (150_000, 150_000, 0, 0)
    assert stored(north, plant) == before + 150_000


def head(camera, length: str) -> str:
    return (f"POST {ROUTE} HTTP/1.1\r\nHost: camet\r\nX-API-Key: {camera.headers['X-API-Key']}\r\n"
            f"Content-Type: application/x-ndjson\r\n{length}\r\n\r\n")


@pytest.mark.parametrize("cut", ["length", "chunk"])
def test_of_a_body_that_breaks_off_nothing_is_stored(system, north, plant, camera, cut):
    before = stored(north, plant)
    body = ndjson(rows(plant, 2_000)).decode()
    mark = f"broken-off-by-{cut}"
    with RawConnection(system) as connection:
        if cut == "length":
            length = f"Content-Length: {len(body) + 1}"
            connection.send(head(camera, f"X-Request-Id: {mark}\r\n{length}") + body)
        else:
            chunked = "Transfer-Encoding: chunked"
            connection.send(head(camera, f"X-Request-Id: {mark}\r\n{chunked}") + f"{len(body):x}\r\n{body}\r\n")
    assert outcome(send(camera, "application/x-ndjson", body)) == (2_000, 2_000, 0, 0)
    assert stored(north, plant) == before + 2_000
    # A camera that loses its connection is no failure of the server.
    assert eventually(lambda: mark in (system.folder / "log/access.log").read_text(), 10)
    assert mark not in (system.folder / "log/gateway.log").read_text()


def test_a_body_over_64_mib_is_refused_at_once(system, plant, camera):
    with RawConnection(system) as connection:
        connection.send(head(camera, f"Content-Length: {(64 << 20) + 1}"))
        assert [status for status, _, _ in connection.answers()] == [413]
    assert outcome(send(camera, "application/x-ndjson", ndjson(rows(plant, 1)))) == (1, 1, 0, 0)


def test_whoever_may_not_store_is_told_before_the_body(system, north, plant):
    reader = north.client("key:read")
    with RawConnection(system) as connection:
        connection.send(head(reader, "Content-Length: 10000000"))
        assert [status for status, _, _ in connection.answers()] == [403]


def test_new_rows_of_a_stream_are_seen_at_once(north, plant, camera):
    def total():
        path = f"/api/v1/kpis?from=2026-02-14&to=2026-02-14&line_id={plant.line}"
        return north.client("VIEWER").read(path)["lines"][0]["total_production"]

    assert total() == 0
    made = [plant.detection(f"2026-02-14T15:00:{second:02}Z") for second in range(30)]
    assert outcome(send(camera, "text/csv", csv(made))) == (30, 30, 0, 0)
    assert total() == 30


@pytest.mark.parametrize("kind", FORMATS)
def test_a_mark_of_byte_order_at_the_start_is_taken_off(plant, camera, kind):
    mark = "\ufeff".encode()
    body = FORMATS[kind](rows(plant, 3))
    assert outcome(send(camera, kind, mark + body)) == (3, 3, 0, 0)
    assert outcome(send(camera, kind, (bytes([byte]) for byte in mark + body))) == (3, 3, 0, 0)
    last = body.rindex(b"\n", 0, -1) + 1
    assert outcome(send(camera, kind, body[:last] + mark + body[last:])) == (3, 2, 0, 1)


@pytest.mark.parametrize("pieces", [7_919, 1_000_000])
def test_a_line_over_64_kib_is_a_rejected_row_however_it_comes(plant, camera, pieces):
    def told(kind: str, *lines: bytes) -> list[tuple]:
        body = b"".join(line + b"\n" for line in lines)
        answer = send(camera, kind, (body[at:at + pieces] for at in range(0, len(body), pieces)))
        assert answer.status_code == 200, answer.text
        return [(row["index"], row["field"]) for row in answer.json()["rejected"]]

    good = ndjson(rows(plant, 1)).rstrip()
    at_most, too_long = good.ljust(65_536), good.ljust(65_537)
    assert told("application/x-ndjson", good, at_most, good) == []
    assert told("application/x-ndjson", good, too_long, b" " * 65_537, good) == [(1, "detection"), (2, "detection")]
    # Without an event_id, which the last column is.
    header, row = csv(rows(plant, 1)).splitlines()
    at_most, too_long = row.ljust(65_536, b"x"), row.ljust(65_537, b"x")
    assert told("text/csv", header, row, at_most, row) == [(1, "event_id")]
    assert told("text/csv", header, row, too_long, row) == [(1, "detection")]
