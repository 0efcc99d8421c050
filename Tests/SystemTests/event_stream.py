"""Follows the server-sent events of a tenant."""

import contextlib
import http.client
import json
import queue
import socket
import ssl
import threading
import time
from typing import NamedTuple


class Event(NamedTuple):
    id: str
    name: str
    data: dict


class EventStream:
    """An open stream. Reads in a thread of its own; `wait` gives the next event that fits."""

    def __init__(self, client, last_event_id: str | None = None):
        headers = client.headers | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        # Not requests: it cannot close what another thread reads.
        scheme, _, place = client.base.partition("://")
        host, slash, base_path = place.partition("/")
        if scheme == "https":
            context = ssl.create_default_context(cafile=client.session.verify)
            self.connection = http.client.HTTPSConnection(host, timeout=60, context=context)
        else:
            self.connection = http.client.HTTPConnection(host, timeout=60)
        self.connection.request("GET", f"{slash}{base_path}/api/v1/stream", headers=headers)
        # The answer takes the connection over when the server will close it.
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        assert self.answer.headers["Content-Type"].startswith("text/event-stream")
        self.events: queue.Queue[Event] = queue.Queue()
        self.opened = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.opened.wait(10), "the stream sends nothing"

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(OSError, http.client.HTTPException):
            while line := self.answer.readline():
                self.opened.set()
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(":")
                    fields[name] = value.removeprefix(" ")
                    continue
                if "event" in fields:
                    self.events.put(Event(fields.get("id", ""), fields["event"], json.loads(fields["data"])))
                fields = {}
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
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.answer.close()
        self.connection.close()

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_) -> None:
        self.close()
