"""What a refresh of an open page costs: the tiles of both tabs, with a search and without."""

import statistics
import sys
import time

from dashboard.calendar import DAY, LOCAL
from dashboard.plant import PASSWORD, SLUG, Plant
from dashboard.product import Product, processor_ms
from dashboard.questions import Question, percentile

REQUESTS = 20
# Of the five lines' codes one.
SEARCHES = (None, "L1")


def measure_refreshes(product: Product, plant: Plant, runs: int) -> list[Question]:
    questions = [
        (search, tab, Question(f"page, 5 lines × {days} days, {tab}" + (f", search {search}" if search else ""), days))
        for days in (7, 30) for tab in ("produccion", "oee") for search in SEARCHES]
    for _ in range(runs):
        for search, tab, question in questions:
            question.runs.append(measure(product, path(plant, question.days, tab, search)))
    return [question for _, _, question in questions]


def path(plant: Plant, days: int, tab: str, search: str | None) -> str:
    """The tiles of the last whole days that have rows."""
    first, last = (time.strftime("%Y-%m-%d", time.gmtime(plant.end + LOCAL - before * DAY)) for before in (days, 1))
    return (f"/dashboard/tiles?tab={tab}&period=custom&from={first}&to={last}"
            + (f"&search={search}" if search else ""))


def measure(product: Product, address: str) -> dict:
    connection = product.open_page(SLUG, PASSWORD)
    connection.ask("GET", address)
    pids = product.worker(SLUG), product.gateway
    before = [processor_ms(pid) for pid in pids]
    taken, server = [], []
    for _ in range(REQUESTS):
        taken.append(connection.ask("GET", address) * 1000)
        server.append(connection.server_ms)
        if connection.status != 200:
            sys.exit(f"dashboard: {address}: {connection.status} {connection.body[:200]!r}")
    worker, gateway = ((processor_ms(pid) - was) / REQUESTS for pid, was in zip(pids, before))
    return {"p50": statistics.median(taken), "p95": percentile(taken, 0.95), "bytes": len(connection.body),
            "server": statistics.median(server), "worker": worker, "gateway": gateway, "refused": None, "failed": []}
