"""What the benches of the edge have in common: a server with one tenant whose list of plants is about a kilobyte."""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from dashboard.product import Product

PASSWORD = "a long password of the measurements"
PLANTS = "/api/v1/plants"
BODY_BYTES = 1024
RUNS = int(os.environ.get("CAMET_BENCH_RUNS", "5"))


class EdgeProduct(Product):
    """A server with the tenant `bench`, its manager `bench` signed in, and a kilobyte to ask for."""

    def __init__(self, data: Path, settings: dict[str, str] | None = None):
        super().__init__(data, settings)
        try:
            self.prepare()
        except BaseException:
            self.stop()
            raise

    def prepare(self) -> None:
        self.camet("tenant", "create", "--slug", "bench", "--name", "Bench", "--timezone", "UTC")
        self.make_user("bench")
        self.connection = self.sign_in("bench", PASSWORD)
        self.token = self.connection.token
        self.host, port = self.base.removeprefix("http://").split(":")
        self.port = int(port)

    def make_user(self, username: str) -> None:
        self.camet("user", "create", "--tenant", "bench", "--username", username, "--email",
                   f"{username}@example.com", "--role", "MANAGER", "--password-stdin", given=PASSWORD + "\n")

    def fill(self) -> int:
        """Adds plants until their list is about a kilobyte; gives its length."""
        # The first connection may have been idle for too long while other servers were started.
        self.connection = self.sign_in("bench", PASSWORD)
        number = 0
        while True:
            self.connection.read("POST", PLANTS, {
                "plant_code": f"P{number}", "plant_name": f"Plant {number}", "timezone": "UTC"})
            number += 1
            self.connection.read("GET", PLANTS)
            if len(self.connection.body) >= BODY_BYTES * 0.95:
                return len(self.connection.body)


@contextlib.contextmanager
def edge_products(*settings: dict[str, str]):
    """One server for each; all end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="camet-bench-"))
    # PostgreSQL runs as a user of its own and must get through.
    folder.chmod(0o711)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started: list[EdgeProduct] = []
    try:
        for number, given in enumerate(settings):
            started.append(EdgeProduct(folder / f"data-{number}", given))
        yield started
    finally:
        for product in started:
            product.stop()
        shutil.rmtree(folder, ignore_errors=True)


def report(title: str, columns: list[str], rows: list[list], notes: list[str]) -> None:
    json.dump({"title": title, "columns": columns, "rows": rows, "notes": notes}, sys.stdout, indent=2,
              ensure_ascii=False)
    print()
