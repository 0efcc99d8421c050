"""That a request which waits for nobody but its worker is served on one thread of the gateway and one of the worker."""

import os
from pathlib import Path

REQUESTS = 600


def switches(pid: int) -> tuple[int, int]:
    """How often the threads of a process have waited: event loops, and all others."""
    loops = others = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        folder = Path(f"/proc/{pid}/task/{thread}")
        try:
            name, status = (folder / "comm").read_text(), (folder / "status").read_text()
        except OSError:
            continue
        count = int(next(line for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")).split()[1])
        if name.startswith("NIO-"):
            loops += count
        else:
            others += count
    return loops, others


def test_requests_wake_no_thread_but_event_loops(system):
    company = system.make_tenant("loops")
    client = company.client("key:read")
    assert client.get("/api/v1/plants").status_code == 200
    processes = {"gateway": system.gateway_pid, "worker": system.worker("loops")["pid"]}
    before = {name: switches(pid) for name, pid in processes.items()}
    for _ in range(REQUESTS):
        assert client.get("/api/v1/plants").status_code == 200
    for name, pid in processes.items():
        loops, others = (now - then for now, then in zip(switches(pid), before[name]))
        # Each comes when the loops have nothing else to do.
        assert loops > REQUESTS / 2, name
        assert others < REQUESTS / 4, f"{name}: other threads have waited {others} times"
