"""Years of detections of one line, as fast as the database takes them, and the next hours of it as a stream."""

import json
import random
import time
from datetime import datetime, timezone

from dashboard.product import say
from ingest.rows import AREAS, PRODUCTS, SEED, Line

HOUR = 3600
# A dual line sees 24 units a minute and stands still for the first three minutes of each hour.
STOOD, ROWS_PER_HOUR = 180, 57 * 24
# Rows of one transaction: about a month's.
HOURS_AT_ONCE = 720

FILL = """
SET synchronous_commit = off;
SET timezone = 'UTC';
SELECT count(ensure_detection_month({line}, month))
    FROM generate_series(date_trunc('month', to_timestamp({first} * 3600.0)), to_timestamp({end} * 3600.0), '1 month')
        AS month;
SELECT setseed(0.{seed});
INSERT INTO detection_line_{line} (detected_at, area_id, product_id)
    SELECT to_timestamp(hour * 3600.0 + {stood} + (number + random()) * {step}),
        ('{{{areas}}}'::integer[])[1 + number % {area_count}], ('{{{products}}}'::integer[])[1 + hour % {product_count}]
    FROM generate_series({first}, {end} - 1) AS hour CROSS JOIN generate_series(0, {per_hour} - 1) AS number;
"""


class History:
    """What a line has seen up to an hour (since 1970). It grows backwards from there, through the product's triggers."""

    def __init__(self, plant, line: Line, end: int):
        self.plant, self.line, self.end = plant, line, end
        self.first = end

    def __len__(self) -> int:
        return (self.end - self.first) * ROWS_PER_HOUR

    def grow(self, rows: int) -> None:
        """Makes it at least so long, in whole hours."""
        first = self.end - -(-rows // ROWS_PER_HOUR)
        while self.first > first:
            began, end = time.perf_counter(), self.first
            self.first = max(first, end - HOURS_AT_ONCE)
            self.plant.product.psql(self.plant.database, script=FILL.format(
                line=self.line.number, first=self.first, end=end, seed=SEED, stood=STOOD,
                step=(HOUR - STOOD) / ROWS_PER_HOUR, per_hour=ROWS_PER_HOUR,
                areas=",".join(map(str, self.line.areas)), area_count=AREAS,
                products=",".join(map(str, self.plant.products)), product_count=PRODUCTS))
            rate = (end - self.first) * ROWS_PER_HOUR / (time.perf_counter() - began)
            say(f"  {len(self):,} rows of history, {rate / 1000:.0f} 000 a second")


def stream(line: Line, first: int, hours: int, count: int) -> bytes:
    """So many rows of these hours as NDJSON, in the order of time; the line stands still as it did before."""
    chance = random.Random(SEED + first)
    per_hour = count // hours
    step = (HOUR - STOOD) / per_hour
    texts = []
    for hour in range(first, first + hours):
        rest = json.dumps({"line": line.code, "product": f"product-{hour % PRODUCTS}"})[1:]
        for number in range(per_hour):
            at = datetime.fromtimestamp(hour * HOUR + STOOD + (number + chance.random()) * step, timezone.utc)
            area = ("input", "output")[number % AREAS]
            texts.append(f'{{"detected_at": "{at:%Y-%m-%dT%H:%M:%S.%fZ}", "area": "{area}", {rest}\n')
    return "".join(texts).encode()
