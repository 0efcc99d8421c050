"""What was asked and what became of it, while things are broken: invoked, and then ok, failed or unknown.

Writes are rows of a line, each with a time of its own, so that the table tells afterwards how often each was stored.
"""

import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import requests

from running_system import Client, PlantData

ROUTE = "/api/v1/detections"
FIRST = datetime.fromisoformat("2026-02-11T12:00:00+00:00")
# Refusals that are certain: nothing was begun, or what was begun was undone.
CERTAIN = {"worker_starting", "worker_backoff", "worker_draining", "database_unavailable", "overloaded", "rate_limited",
           # of a company that is suspended
           "unauthorized", "tenant_suspended"}
UNCERTAIN = {"outcome_unknown", "deadline_exceeded"}


class History:
    """Of one tenant; several threads add to it."""

    def __init__(self, tenant, plant: PlantData):
        self.tenant, self.plant = tenant, plant
        self.lock = threading.Lock()
        # Of each write, by its number: how it ended. What is still running has no end.
        self.writes: dict[int, str] = {}
        self.reads: Counter = Counter()
        self.codes: Counter = Counter()
        # Answers that nobody should get, whatever is broken.
        self.impossible: list[str] = []
        # Requests that were refused by the system or cut off, for whoever looks into a failure.
        self.broken: list[str] = []
        self.longest_read = 0.0

    def write(self, client: Client, keyed: bool) -> str:
        with self.lock:
            number = len(self.writes)
            self.writes[number] = "unknown"
        row = self.plant.detection((FIRST + timedelta(milliseconds=number)).isoformat(timespec="microseconds"))
        if keyed:
            row["event_id"] = f"event-{number}"
        try:
            answer = client.post(ROUTE, {"detections": [row]}, timeout=60)
        except requests.exceptions.RequestException as error:
            # Refused, or cut off: whether it was taken is not known.
            outcome = "unknown"
            self.broken.append(f"write {number}: {error!r}")
        else:
            outcome = self._outcome(answer)
            # Asked once more by the gateway, a keyed one may find itself.
            if outcome == "ok" and answer.json()["stored"] + answer.json()["duplicates"] != 1:
                self.impossible.append(answer.text)
        with self.lock:
            self.writes[number] = outcome
        return outcome

    def read(self, client: Client) -> str:
        began = time.monotonic()
        try:
            answer = client.get(f"/api/v1/production-lines/{self.plant.line}", timeout=60)
        except requests.exceptions.RequestException as error:
            outcome = "unknown"
            self.broken.append(f"read: {error!r}")
        else:
            outcome = self._outcome(answer)
            if outcome == "ok" and answer.json().get("line_code") != self.plant.code:
                self.impossible.append(answer.text)
        with self.lock:
            self.longest_read = max(self.longest_read, time.monotonic() - began)
            self.reads[outcome] += 1
        return outcome

    def _outcome(self, answer: requests.Response) -> str:
        if answer.status_code == 200:
            return "ok"
        try:
            code = answer.json()["code"]
        except ValueError:
            code = f"no JSON: {answer.text[:200]}"
        with self.lock:
            self.codes[code] += 1
            if code not in CERTAIN | UNCERTAIN:
                self.impossible.append(f"{answer.status_code} {answer.text}")
        return "failed" if code in CERTAIN else "unknown"

    def count(self, outcome: str) -> int:
        with self.lock:
            return sum(end == outcome for end in self.writes.values())

    def check(self) -> None:
        """Acknowledged: stored exactly once. Refused: not at all. Unknown: at most once. And nothing else is there."""
        assert self.impossible == []
        stored = Counter(
            int(line) for line in self.tenant.system.psql(
                self.tenant.database,
                f"SELECT round(extract(epoch FROM detected_at - '{FIRST.isoformat()}') * 1000)::bigint "
                f"FROM detection_line_{self.plant.line}").split())
        wrong = {number: (end, stored[number]) for number, end in self.writes.items()
                 if stored[number] not in {"ok": {1}, "failed": {0}, "unknown": {0, 1}}[end]}
        assert wrong == {}
        assert set(stored) <= set(self.writes)

    def __str__(self) -> str:
        return (f"{self.tenant.slug}: writes {dict(Counter(self.writes.values()))}, reads {dict(self.reads)}, "
                f"codes {dict(self.codes)}, longest read {self.longest_read:.2f} s, broken {self.broken[:5]}")


class Load:
    """Reads and writes of one tenant from several threads, until the block ends; then the history is checked."""

    def __init__(self, tenant, plant: PlantData, writers: int = 2, readers: int = 2):
        self.history = History(tenant, plant)
        self.over = threading.Event()
        system = tenant.system
        ingest, read = (tenant.client(f"key:{scope}").headers["X-API-Key"] for scope in ("ingest", "read"))
        self.threads = [
            threading.Thread(target=self._write, args=[system.client(key=ingest), number % 2 == 0], daemon=True)
            for number in range(writers)
        ] + [threading.Thread(target=self._read, args=[system.client(key=read)], daemon=True) for _ in range(readers)]

    def _write(self, client: Client, keyed: bool) -> None:
        while not self.over.is_set():
            if self.history.write(client, keyed) != "ok":
                self.over.wait(0.02)

    def _read(self, client: Client) -> None:
        while not self.over.wait(0.005):
            self.history.read(client)

    def __enter__(self) -> History:
        for thread in self.threads:
            thread.start()
        return self.history

    def __exit__(self, kind, *_) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(120)
        print(self.history)
        if kind is None:
            assert not any(thread.is_alive() for thread in self.threads)
            self.history.check()


def check_untouched(history: History) -> None:
    """Nobody was refused anything, and somebody asked."""
    assert set(history.reads) == {"ok"} and set(history.writes.values()) == {"ok"}, str(history)
