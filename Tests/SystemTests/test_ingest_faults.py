"""Whoever stores what is killed or restarted: every row that was answered as stored is there, once."""

import json
import os
import signal
import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conftest import WITHOUT_RATE_LIMITS
from raw_connection import RawConnection
from running_system import Client, PlantData, RunningSystem, eventually, is_alive

ROUTE = "/api/v1/detections"
DAY = "2026-02-11"
FIRST = datetime.fromisoformat(f"{DAY}T12:00:00+00:00")
LONGEST = 64 << 20
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def system():
    """What lasts 64 MiB on a busy machine is not what is tested here."""
    settings = {"CAMET_REQUEST_DEADLINE_SECONDS": "60", "CAMET_INGEST_ROWS_PER_MINUTE_OF_TENANT": "1000000000"}
    with RunningSystem.running(WITHOUT_RATE_LIMITS | settings) as made:
        yield made


def rows(code: str, first: int, count: int, mark: str = "") -> list[dict]:
    """Of a line by its code, with names if there is a mark for them."""
    return [
        {"line": code, "area": "output", "product": f"product-{code}",
         "detected_at": (FIRST + timedelta(milliseconds=number)).isoformat(timespec="microseconds")}
        | ({"event_id": f"{mark}-{number}"} if mark else {})
        for number in range(first, first + count)]


def ndjson(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def stored(tenant, plant, what: str = "count(*)") -> int:
    return int(tenant.system.psql(tenant.database, f"SELECT {what} FROM detection_line_{plant.line}"))


def produced(tenant, plant) -> int | None:
    query = f"/api/v1/production?from={DAY}&to={DAY}&line_id={plant.line}&interval=day"
    answer = tenant.client("key:read").get(query)
    return sum(sum(bucket["series"].values()) for bucket in answer.json()["buckets"]) if answer.ok else None


class Sender:
    """Sends batch after batch from a thread, each with names until it is acknowledged, and counts what it was told."""

    def __init__(self, client: Client, kind: str):
        self.client, self.code, self.kind = client, kind.upper(), kind
        self.mark = "" if kind == "plain" else uuid.uuid4().hex
        # Rows of batches answered as stored, and of those of which nobody knows.
        self.acknowledged = self.doubtful = 0
        self.batches = 0
        self.refusals: list[str] = []
        self.unexpected: list[str] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        number = 0
        while not self.over.is_set():
            size = 5_000 if self.kind == "stream" else 200
            while not self._is_done(rows(self.code, number, size, self.mark)):
                self.over.wait(0.05)
            number += size

    def _is_done(self, batch: list[dict]) -> bool:
        if self.kind == "stream":
            answer = self.client.send("POST", ROUTE, data=ndjson(batch), headers=NDJSON, timeout=60)
        else:
            answer = self.client.post(ROUTE, {"detections": batch}, timeout=60)
        if answer.status_code == 200:
            self.acknowledged += len(batch)
            self.batches += 1
            return True
        code = answer.json()["code"]
        self.refusals.append(code)
        if answer.status_code != 503:
            self.unexpected.append(answer.text)
        # Rows without names would be stored twice if they were sent again.
        if code == "outcome_unknown" and not self.mark:
            self.doubtful += len(batch)
            return True
        return bool(self.unexpected)

    def __enter__(self) -> "Sender":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(120)
        assert not self.thread.is_alive()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
def test_a_restart_of_postgresql_loses_nothing_and_doubles_nothing(system, end):
    tenant = system.make_tenant("fast" if end == signal.SIGINT else "crash")
    manager, key = tenant.client("MANAGER"), tenant.client("key:ingest").headers["X-API-Key"]
    plants = {kind: PlantData(manager, code=kind.upper()) for kind in ("named", "stream", "plain")}
    senders = [Sender(system.client(key=key), kind) for kind in plants for _ in range(2)]
    for sender in senders:
        sender.__enter__()
    try:
        for _ in range(2):
            before = [sender.batches for sender in senders]
            assert eventually(lambda: all(
                sender.batches > known + 3 for sender, known in zip(senders, before)), 60), "nothing is stored"
            known = [len(sender.refusals) for sender in senders]
            pid = system.postgres_pid
            os.kill(pid, end)
            try:
                assert eventually(lambda: not is_alive(pid), 30)
                assert eventually(lambda: all(
                    len(sender.refusals) > count for sender, count in zip(senders, known)), 60)
            finally:
                system.start_postgres()
        before = [sender.batches for sender in senders]
        assert eventually(lambda: all(sender.batches > count + 3 for sender, count in zip(senders, before)), 60)
    finally:
        for sender in senders:
            sender.__exit__()
    assert [sender.unexpected for sender in senders] == [[]] * len(senders)
    for kind, plant in plants.items():
        mine = [sender for sender in senders if sender.kind == kind]
        acknowledged, doubtful = (sum(getattr(one, name) for one in mine) for name in ("acknowledged", "doubtful"))
        there = stored(tenant, plant)
        if kind == "plain":
            assert acknowledged <= there <= acknowledged + doubtful
        else:
            assert (there, stored(tenant, plant, "count(DISTINCT event_id)")) == (acknowledged, acknowledged)
        assert eventually(lambda: produced(tenant, plant) == there, 10), f"{produced(tenant, plant)} of {there}"


# 64 MiB


@pytest.fixture(scope="module")
def long_body():
    """A stream as long as one may be, for lines of the code LONG, and its number of rows."""
    count = LONGEST // len(ndjson(rows("LONG", 0, 1)))
    body = ndjson(rows("LONG", 0, count))
    assert LONGEST - 200 < len(body) <= LONGEST
    return body, count


@pytest.fixture
def tenant(system):
    tenant.number = getattr(tenant, "number", 0) + 1
    return system.make_tenant(f"long-{tenant.number}")


@pytest.fixture
def plant(tenant):
    return PlantData(tenant.client("MANAGER"), code="LONG")


def send(tenant, body: bytes, **headers):
    client = tenant.system.client(key=tenant.client("key:ingest").headers["X-API-Key"])
    return client.send("POST", ROUTE, data=body, headers=NDJSON | headers, timeout=120)


def holds_rows(pid: int) -> bool:
    """Whether a worker has written rows of a stream to a file that has no name."""
    folder = Path(f"/proc/{pid}/fd")
    return any("/camet-" in os.readlink(entry) and entry.stat().st_size > 0 for entry in folder.iterdir())


def check_whole(tenant, plant, answer, count: int) -> None:
    assert answer.status_code == 200, answer.text
    assert (answer.json()["stored"], answer.json()["rejected_count"]) == (count, 0)
    assert stored(tenant, plant) == count
    assert eventually(lambda: produced(tenant, plant) == count, 10)


@pytest.mark.parametrize("who", ["worker", "gateway"])
def test_of_a_stream_that_is_cut_by_kill_9_nothing_is_stored(system, tenant, plant, long_body, who):
    body, count = long_body
    key = tenant.client("key:ingest").headers["X-API-Key"]
    assert tenant.client("key:ingest").post(ROUTE, {"detections": []}).status_code == 422
    worker = system.worker(tenant.slug)["pid"]
    with RawConnection(system) as connection:
        connection.send(
            f"POST {ROUTE} HTTP/1.1\r\nHost: camet\r\nX-API-Key: {key}\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
        connection.send(body[:len(body) // 2])
        assert eventually(lambda: holds_rows(worker), 30), "the worker keeps nothing of the stream"
        if who == "worker":
            os.kill(worker, signal.SIGKILL)
            connection.send(body[len(body) // 2:])
            (status, headers, problem), = connection.answers()
            assert (status, json.loads(problem)["code"]) == (503, "worker_draining")
            assert int(headers["retry-after"]) > 0
        else:
            os.kill(system.gateway_pid, signal.SIGKILL)
            connection.read_to_end()
    if who == "gateway":
        system.process.wait(25)
        system.process.stdout.close()
        system.errors.close()
        system.start()
        tenant.forget_clients()
    assert eventually(lambda: not is_alive(worker), 10)
    assert stored(tenant, plant) == 0
    check_whole(tenant, plant, send(tenant, body), count)


def test_kill_9_while_a_stream_is_written_stores_it_once(system, tenant, plant, long_body):
    body, count = long_body
    key = {"Idempotency-Key": uuid.uuid4().hex}
    writing = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{tenant.database}' AND query LIKE 'COPY%' " \
              "AND state = 'active'"
    answers = []
    thread = threading.Thread(target=lambda: answers.append(send(tenant, body, **key)), daemon=True)
    thread.start()
    assert eventually(lambda: system.psql("postgres", writing) == "1", 60), "no COPY is seen"
    os.kill(system.worker(tenant.slug)["pid"], signal.SIGKILL)
    thread.join(60)
    assert (answers[0].status_code, answers[0].json()["code"]) == (503, "outcome_unknown")
    check_whole(tenant, plant, send(tenant, body, **key), count)
    again = send(tenant, body, **key)
    check_whole(tenant, plant, again, count)
