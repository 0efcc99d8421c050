"""Disturbs the PostgreSQL server of a system."""

import contextlib
import os
import signal
from pathlib import Path


def processes(system) -> list[int]:
    """The server's processes, the first one first."""
    first = system.postgres_pid
    found = [first]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == first:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@contextlib.contextmanager
def paused(system):
    """Every process of the server stands still while the block lasts."""
    standing = []
    try:
        # The first one first: it makes no further ones then.
        for pid in processes(system):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                standing.append(pid)
        yield
    finally:
        for pid in standing:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def end_sessions(system, of: str = "true") -> None:
    """Ends the server's sessions, as an administrator does."""
    system.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            f"WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND {of}")
