"""The dashboards asked for: every request a period that was not asked before, unless the question says otherwise."""

import json
import statistics
import time
from dataclasses import dataclass, field

from dashboard.calendar import DAY, LOCAL
from dashboard.plant import PASSWORD, SLUG, Plant
from dashboard.product import Product, processor_ms, say

PATH = "/api/v1/dashboard/data"
REQUESTS = 40


@dataclass
class Question:
    """One kind of dashboard, with its goals in milliseconds and what was measured of it."""

    name: str
    days: int
    line: int | str = "all"
    goal_p50: float = 0
    goal_p95: float | None = None
    threshold: int | None = None
    is_repeated: bool = False
    # how many minutes the period of the first request is later than that of other questions of the same days
    offset: int = 0
    asked: int = 0
    # of the last request, seconds since 1970
    period: tuple[int, int] = (0, 0)
    runs: list[dict] = field(default_factory=list)

    def body(self, plant: Plant) -> dict:
        """The next request: its period is a minute later than that of the one before, in the last day of the rows."""
        if not self.is_repeated or self.asked == 0:
            self.asked += 1
        start = plant.end - DAY - self.days * DAY + 60 * (self.offset + self.asked)
        self.period = (start, start + self.days * DAY)
        body = {"daterange": clock_range(*self.period), "line_id": self.line,
                "interval": "hour" if self.days <= 7 else "day"}
        return body | ({} if self.threshold is None else {"downtime_threshold": self.threshold})


def clock_range(start: int, end: int) -> dict:
    """A period on the plant's clock, in whole minutes."""
    def clock(at: int, part: str) -> str:
        return time.strftime(part, time.gmtime(at + LOCAL))

    return {"start_date": clock(start, "%Y-%m-%d"), "start_time": clock(start, "%H:%M"),
            "end_date": clock(end, "%Y-%m-%d"), "end_time": clock(end, "%H:%M")}


def questions(plant: Plant) -> list[Question]:
    """What is asked of the month that has rows."""
    first = plant.lines[0]
    return [
        Question("1 line × 1 day", 1, line=first, goal_p50=3),
        Question("5 lines × 1 day", 1, goal_p50=5),
        Question("5 lines × 7 days", 7, goal_p50=8),
        Question("5 lines × 30 days", 30, goal_p50=10, goal_p95=25),
        Question("5 lines × 30 days, repeated", 30, offset=900, is_repeated=True),
        Question("5 lines × 30 days, threshold 30 s", 30, offset=500, goal_p50=20, threshold=30),
    ]


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measure(product: Product, plant: Plant, question: Question, count: int) -> None:
    """One run of a question on a connection of its own; what takes long is asked less often."""
    connection = product.sign_in(SLUG, PASSWORD)
    connection.ask("POST", PATH, question.body(plant))
    worker, gateway = product.worker(SLUG), product.gateway
    before = [processor_ms(pid) for pid in (worker, gateway)]
    taken, server, sizes, refused = [], [], [], None
    until = time.monotonic() + 12
    while len(taken) < count and (len(taken) < 2 or time.monotonic() < until):
        taken.append(connection.ask("POST", PATH, question.body(plant)) * 1000)
        server.append(connection.server_ms)
        sizes.append(len(connection.body))
        if connection.status != 200:
            refused = f"{connection.status} {connection.body[:200].decode(errors='replace')}"
            break
    if product.worker(SLUG) != worker:
        refused = f"the worker ended; {refused or 'the answer came'}"
    failed = [] if refused else failed_widgets(connection.body)
    question.runs.append({
        "p50": statistics.median(taken), "p95": percentile(taken, 0.95), "bytes": statistics.median(sizes),
        "server": statistics.median(server), "count": len(taken), "refused": refused, "failed": failed,
        "worker": (processor_ms(worker) - before[0]) / len(taken),
        "gateway": (processor_ms(gateway) - before[1]) / len(taken),
    })
    run = question.runs[-1]
    say(f"  {question.name}: p50 {run['p50']:.2f} ms, p95 {run['p95']:.2f} ms, {run['count']} requests, worker "
        f"{run['worker']:.1f} ms of processor, server {run['server']:.2f} ms"
        + (f", refused: {refused}" if refused else "") + (f", failed: {failed}" if failed else ""))


def failed_widgets(body: bytes) -> list[str]:
    return [key for key, widget in json.loads(body)["widgets"].items() if "error" in widget]
