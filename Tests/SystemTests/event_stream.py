"""Follows the server-sent events of a tenant."""

import json
import queue
import threading
import time
from typing import NamedTuple

import requests


class Event(NamedTuple):
    id: str
    name: str
    data: dict


class EventStream:
    """An open stream. Reads in a thread of its own; `wait` gives the next event that fits."""

    def __init__(self, client, last_event_id: str | None = None):
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        self.answer = client.get("/api/v1/stream", headers=headers, stream=True, timeout=60)
        assert self.answer.status_code == 200, self.answer.text
        assert self.answer.headers["Content-Type"].startswith("text/event-stream")
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.opened = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.opened.wait(10), "the stream sends nothing"

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                self.opened.set()
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif "event" in fields:
                    self.events.put(Event(fields.get("id", ""), fields["event"], json.loads(fields["data"])))
                    fields = {}
                else:
                    fields = {}
        except (requests.RequestException, AttributeError, ValueError):
            pass
        self.ended.set()

    def wait(self, name: str, seconds: float = 15, **data) -> Event:
        """The next event of that name whose data holds these fields; fails when the time is over."""
        deadline = time.monotonic() + seconds
        seen = []
        while True:
            try:
                event = self.events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name} {data} within {seconds} s; there were {seen}") from None
            if event.name == name and data.items() <= event.data.items():
                return event
            seen.append(event)

    def close(self) -> None:
        self.answer.close()

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_) -> None:
        self.close()
