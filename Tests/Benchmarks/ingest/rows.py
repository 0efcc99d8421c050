"""Detections of one line as each way of storing them wants them: the same instants, areas and products for all."""

import json
import random
import struct
import time
from datetime import datetime, timezone
from pathlib import Path

from dashboard.product import Connection

# What a dual line sees in a minute.
ROWS_PER_MINUTE = 24
AREAS, PRODUCTS = 2, 5
SEED = 20260211
# Microseconds from 1970 to 2000, where PostgreSQL begins to count.
EPOCH_2000 = 946_684_800_000_000


class Line:
    """A line with two areas. Each measurement has one of its own, so that all write into tables as empty."""

    def __init__(self, connection: Connection, plant: int, number: int, **more):
        self.code = f"line-{number}"
        made = connection.read("POST", "/api/v1/production-lines", {
            "plant_id": plant, "line_code": self.code, "line_name": self.code, "downtime_threshold_seconds": 300}
            | more)
        self.number = made["line_id"]
        self.areas = [connection.read("POST", "/api/v1/areas", {
            "line_id": self.number, "area_name": name, "area_type": name})["area_id"] for name in ("input", "output")]


class Rows:
    """So many rows up to now, as (microseconds since 1970, area, product), in the order of time."""

    def __init__(self, count: int, products: list[int]):
        chance = random.Random(SEED)
        self.products = products
        step = 60_000_000 // ROWS_PER_MINUTE
        first = int(time.time()) * 1_000_000 - count * step
        self.instants = [first + number * step + chance.randrange(step) for number in range(count)]
        self.texts = [
            datetime.fromtimestamp(instant / 1e6, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for instant in self.instants]
        self.areas = [chance.randrange(AREAS) for _ in range(count)]
        # A product runs for an hour.
        self.chosen = [number // (60 * ROWS_PER_MINUTE) % PRODUCTS for number in range(count)]

    def __len__(self) -> int:
        return len(self.instants)

    def ndjson(self, line: Line, mark: str = "") -> bytes:
        return "".join(text + "\n" for text in self.objects(line, mark)).encode()

    def objects(self, line: Line, mark: str = "") -> list[str]:
        """Each row as a JSON object; with a name of its own where there is a mark."""
        heads = [[json.dumps({"line": line.code, "area": area, "product": f"product-{product}"})[:-1]
                  for product in range(PRODUCTS)] for area in ("input", "output")]
        end = '"}' if not mark else None
        return [
            f'{heads[area][product]}, "detected_at": "{text}' + (end or f'", "event_id": "{mark}-{number}"}}')
            for number, (text, area, product) in enumerate(zip(self.texts, self.areas, self.chosen))]

    def csv(self, line: Line, mark: str = "") -> bytes:
        areas = ("input", "output")
        rows = zip(self.texts, self.areas, self.chosen)
        if mark:
            lines = [f"{line.code},{areas[area]},product-{product},{text},{mark}-{number}\n"
                     for number, (text, area, product) in enumerate(rows)]
        else:
            lines = [f"{line.code},{areas[area]},product-{product},{text}\n" for text, area, product in rows]
        return ("line,area,product,detected_at" + (",event_id\n" if mark else "\n") + "".join(lines)).encode()

    def batches(self, line: Line, size: int) -> list[bytes]:
        """Bodies of POST /detections in JSON."""
        objects = self.objects(line)
        return [('{"detections": [' + ",".join(objects[start:start + size]) + "]}").encode()
                for start in range(0, len(objects), size)]

    def write_copy(self, file: Path, line: Line, start: int = 0, end: int | None = None) -> None:
        """Writes a part of them as COPY … (detected_at, area_id, product_id) FROM … BINARY reads them."""
        pack = struct.Struct(">hiqiiii").pack
        with file.open("wb") as output:
            output.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
            output.writelines(
                pack(3, 8, instant - EPOCH_2000, 4, line.areas[area], 4, self.products[product])
                for instant, area, product in zip(
                    self.instants[start:end], self.areas[start:end], self.chosen[start:end]))
            output.write(struct.pack(">h", -1))
