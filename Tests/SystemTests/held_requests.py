"""Requests that are not answered yet."""

import contextlib
import threading

import requests

from database_session import DatabaseSession
from running_system import eventually


def fresh(tenant):
    """A client on a new connection."""
    return tenant.system.client(key=tenant.client("key:read").headers["X-API-Key"])


class Asked:
    """A request in a thread of its own, on a connection of its own."""

    def __init__(self, tenant, path: str = "/api/v1/plants"):
        self.answer, self.failure = None, None
        self.client = fresh(tenant)
        self.thread = threading.Thread(target=self._ask, args=[path], daemon=True)
        self.thread.start()

    def _ask(self, path: str) -> None:
        try:
            self.answer = self.client.get(path, timeout=90)
        except requests.exceptions.RequestException as error:
            self.failure = error

    @property
    def status(self) -> int:
        self.thread.join(90)
        assert self.failure is None
        return self.answer.status_code


@contextlib.contextmanager
def held_up(system, tenant, line):
    """A request that is not answered before the block ends."""
    with DatabaseSession(system, tenant.database) as holder:
        holder.run("BEGIN")
        holder.run(f"LOCK TABLE detection_line_{line} IN ACCESS EXCLUSIVE MODE")
        asked = Asked(
            tenant, f"/api/v1/detections?line_id={line}&from=2026-02-11T12:00:00Z&to=2026-02-11T13:00:00Z")
        waits = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                 f"AND wait_event_type = 'Lock' AND query LIKE '%detection_line_{line}%'")
        assert eventually(lambda: system.psql(tenant.database, waits) != "0", 20)
        yield asked
        holder.run("COMMIT")
