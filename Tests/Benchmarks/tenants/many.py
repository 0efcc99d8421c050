"""Many companies of one server, each with a key that may read, and a load spread over them."""

import asyncio
import itertools
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dashboard.product import Connection, Product, say
from edge.edge_product import PLANTS

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
# Making one is a process and the statements of all migrations: two at a time keep two cores busy.
AT_ONCE = 2


@dataclass(frozen=True)
class Company:
    slug: str
    key: str


class Companies:
    def __init__(self, product: Product):
        self.product = product
        self.all: list[Company] = []
        host, port = product.base.removeprefix("http://").split(":")
        self.host, self.port = host, int(port)

    def make(self, count: int) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for company in pool.map(self._make, range(len(self.all), count)):
                self.all.append(company)
                if len(self.all) % 50 == 0:
                    say(f"  {len(self.all)} companies after {time.monotonic() - began:.0f} s")

    def _make(self, number: int) -> Company:
        slug = f"company-{number}"
        self.product.camet("tenant", "create", "--slug", slug, "--name", slug, "--timezone", "UTC")
        made = self.product.camet("key", "create", "--tenant", slug, "--name", "bench", "--scopes", "read")
        return Company(slug, made["api_key"])

    def start(self, company: Company) -> None:
        """Asks one question, for which a worker is started if there is none."""
        connection = Connection(self.product.base, "")
        connection.head = f"HTTP/1.1\r\nHost: bench\r\nX-API-Key: {company.key}\r\n"
        connection.ask("GET", PLANTS)
        connection.socket.close()
        if connection.status != 200:
            sys.exit(f"bench: {company.slug}: {connection.status} {connection.body[:200]!r}")

    def workers(self) -> dict[str, int]:
        """The process of each company that has one."""
        items = self.product.camet("worker", "list")["items"]
        return {item["tenant"]: item["pid"] for item in items if item["pid"] and item["state"] == "ready"}

    def load(self, companies: list[Company], weights: list[float], rate: float, seconds: float, seed: int) -> "Answers":
        return asyncio.run(self._load(companies, weights, rate, seconds, seed))

    async def _load(self, companies, weights, rate, seconds, seed) -> "Answers":
        """Asks at a fixed rate, of one company after another as the weights have it; a time counts from when it was due."""
        generator = random.Random(seed)
        answers = Answers()
        free: list[tuple] = []
        cumulated = list(itertools.accumulate(weights))
        began = time.perf_counter()

        async def ask(due: float, company: Company) -> None:
            reader, writer = free.pop() if free else await asyncio.open_connection(self.host, self.port)
            writer.write(f"GET {PLANTS} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {company.key}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
            answers.add(int(head.split(" ")[1]), time.perf_counter() - began - due)
            free.append((reader, writer))

        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                due = number / rate
                await asyncio.sleep(max(0, due - (time.perf_counter() - began)))
                tasks.create_task(ask(due, generator.choices(companies, cum_weights=cumulated)[0]))
        for _, writer in free:
            writer.close()
        return answers


class Answers:
    def __init__(self):
        self.latencies: list[float] = []
        self.wrong: dict[int, int] = {}

    def add(self, status: int, taken: float) -> None:
        self.latencies.append(taken)
        if status != 200:
            self.wrong[status] = self.wrong.get(status, 0) + 1


def allow_connections(product: Product, most: int) -> None:
    """Restarts PostgreSQL with room for more connections than a server on one's own machine has."""
    cluster = Path((product.data / "cluster-made").read_text().strip())
    with (cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"max_connections = {most}\n")
    become = ["setpriv", f"--reuid={cluster.owner()}", f"--regid={cluster.group()}", "--init-groups", "--"]
    subprocess.run(
        [*(become if os.geteuid() == 0 else []), POSTGRES_PROGRAMS / "pg_ctl", "-D", cluster, "-w", "-m", "fast", "-l", "/dev/null",
         "restart"],
        cwd="/", check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def own_mib(pid: int) -> float:
    """Memory that the process shares with no other."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:"))) / 1024


def proportional_mib(pid: int) -> float:
    """The same with its part of what several share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
