#!/usr/bin/env python3
"""Posts batches of 1 000 detections at a fixed rate until standard input ends, and prints what it did as JSON.

usage: steady_rows.py HOST PORT ROWS_A_SECOND LINE_CODE…, the token in the environment as BENCH_TOKEN

A program of its own, so that what else the bench does takes no time from it. Prints `at it` when the first batch was stored.
"""

import json
import os
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dashboard.product import Connection  # noqa: E402

SIZE, SENDERS = 1_000, 4


def main() -> None:
    host, port, rate, codes = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    over, took, lock = threading.Event(), [], threading.Lock()
    began = time.monotonic()
    numbers = iter(range(1_000_000_000))

    def send() -> None:
        connection = Connection(f"http://{host}:{port}", os.environ["BENCH_TOKEN"])
        while not over.is_set():
            with lock:
                number = next(numbers)
            if over.wait(max(0.0, began + number * SIZE / rate - time.monotonic())):
                return
            now, code = datetime.now(timezone.utc), codes[number % len(codes)]
            rows = [{"line": code, "area": "output", "product": "product-0",
                     "detected_at": (now - timedelta(milliseconds=place)).isoformat()} for place in range(SIZE)]
            took.append(connection.ask("POST", "/api/v1/detections", {"detections": rows}))
            if connection.status != 200:
                sys.exit(f"steady_rows: {connection.status} {connection.body[:300]!r}")
            if len(took) == 1:
                print("at it", flush=True)

    senders = [threading.Thread(target=send, daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    sys.stdin.read()
    over.set()
    for sender in senders:
        sender.join(30)
    print(json.dumps({"rows_a_second": len(took) * SIZE / (time.monotonic() - began), "seconds": took}))


if __name__ == "__main__":
    main()
