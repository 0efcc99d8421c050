"""The tenant of the bench: five dual lines, 31 days of detections, and counters alone for the rest of a year.

The rows go by COPY into detection_line_<id> as the owner of the tenant's database, as a vision system would write them,
so the product's own triggers make counters and gaps. The older time repeats their first four weeks, without rows.
"""

import json
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from dashboard import detections
from dashboard.calendar import BREAK_MINUTES, DAY, GROUPS, SHIFTS, ZONE
from dashboard.product import Connection, Product, say

SEED = 42
DAYS = 31
WEEKS_REPEATED = 4
REPETITIONS = 12
# A worker keeps 70 days; a month and the one before it, shifted, reach 61 days back from the end of the rows.
DAYS_OF_USE = 8
THRESHOLD_SECONDS = 60
MICRO_STOP_SECONDS = 180
SLUG = "bench"
PASSWORD = "a long password of the measurements"
WEIGHTS = [25.0, 12.5, 8.25, 40.0]
# What is sold as nominal is a little more than the lines do at their best.
NOMINAL = 0.95

REPEAT = """
BEGIN;
CREATE TEMP TABLE edge ON COMMIT DROP AS
    SELECT {line} AS line_id, min(detected_at) AS first_at,
        max(detected_at) FILTER (WHERE detected_at < to_timestamp({start} + {length})) AS last_at
    FROM detection_line_{line};
INSERT INTO minute_count
    SELECT line_id, minute - {length} / 60 * again, area_id, product_id, detections
    FROM minute_count CROSS JOIN generate_series(1, {repetitions}) AS again
    WHERE line_id = {line} AND minute < ({start} + {length}) / 60
    ORDER BY 2, 3, 4;
INSERT INTO activity_gap
    SELECT line_id, gap_start - again * interval '{length} s', gap_end - again * interval '{length} s', start_is_lone
    FROM activity_gap CROSS JOIN generate_series(1, {repetitions}) AS again
    WHERE line_id = {line} AND gap_end < to_timestamp({start} + {length})
    UNION ALL
    SELECT line_id, last_at - again * interval '{length} s', first_at - (again - 1) * interval '{length} s', true
    FROM edge CROSS JOIN generate_series(1, {repetitions}) AS again
    WHERE first_at + interval '{length} s' - last_at >= interval '10 s'
    ORDER BY 2;
UPDATE line_activity SET first_detected_at = first_detected_at - {repetitions} * interval '{length} s',
    detections = (SELECT sum(detections) FROM minute_count WHERE line_id = {line}), version = version + 1
    WHERE line_id = {line};
COMMIT;
"""


@dataclass
class Plant:
    """What is known of the loaded tenant; instants are seconds since 1970."""

    seed: int
    start: int
    end: int
    history_start: int
    database: str
    lines: list[int]
    areas: list[list[int]]
    products: list[int]
    rows: int
    stood: int
    load_seconds: float

    def rows_file(self, folder: Path, line: int) -> Path:
        return folder / f"rows/line_{line}.csv"


def kept(folder: Path) -> Plant | None:
    """The tenant that an earlier run left in the folder, if a worker still keeps its last months in memory."""
    description = folder / "plant.json"
    plant = Plant(**json.loads(description.read_text())) if description.exists() else None
    return plant if plant and plant.end > time.time() - DAYS_OF_USE * DAY else None


def ready(folder: Path, product: Product) -> Plant:
    """The tenant of the folder, loaded now unless an earlier run left it there."""
    plant = kept(folder)
    if plant:
        say(f"  data of an earlier run: {plant.rows:,} rows up to {instant(plant.end)}, seed {plant.seed}")
        return plant
    plant = load(folder, product)
    (folder / "plant.json").write_text(json.dumps(asdict(plant)))
    return plant


def load(folder: Path, product: Product) -> Plant:
    # From a Tuesday to a Friday, so that every run meets the same weekends: 1970-01-02 was a Friday.
    end = (int(time.time()) - DAY) // (7 * DAY) * 7 * DAY + DAY
    start = end - DAYS * DAY
    history_start = start - REPETITIONS * WEEKS_REPEATED * 7 * DAY
    product.camet("tenant", "create", "--slug", SLUG, "--name", "Bench", "--timezone", ZONE)
    product.camet("user", "create", "--tenant", SLUG, "--username", SLUG, "--email", "bench@example.com",
                  "--role", "ADMIN", "--password-stdin", given=PASSWORD + "\n")
    database = product.psql("camet_global", f"SELECT database_name FROM tenant WHERE slug = '{SLUG}'").strip()
    lines, areas, products = describe(product.sign_in(SLUG, PASSWORD), history_start)
    plant = Plant(SEED, start, end, history_start, database, lines, areas, products, rows=0, stood=0, load_seconds=0)

    say(f"  making {DAYS} days of detections from {instant(start)}, seed {SEED}")
    (folder / "rows").mkdir(exist_ok=True)
    jobs = [(plant.rows_file(folder, line), line, SEED, start, end, areas[line - 1], products)
            for line in range(1, len(lines) + 1)]
    with multiprocessing.Pool() as pool:
        made = pool.starmap(detections.write, jobs, chunksize=1)
    plant.rows, plant.stood = sum(line["rows"] for line in made), sum(line["stood"] for line in made)

    say(f"  loading {plant.rows:,} rows")
    began = time.monotonic()

    def load_line(number: int) -> None:
        line = lines[number - 1]
        months = [f"ensure_detection_month({line}, to_timestamp({at}))" for at in (start, (start + end) // 2, end)]
        product.psql(
            database, f"SET ROLE {database}_owner", *(f"SELECT {month}" for month in months),
            f"\\copy detection_line_{line} (detected_at, area_id, product_id) from "
            f"'{plant.rows_file(folder, number)}' csv")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(load_line, range(1, len(lines) + 1)))
    plant.load_seconds = round(time.monotonic() - began, 1)
    say(f"  loaded in {plant.load_seconds} s; repeating counters and gaps for the older time")
    for line in lines:
        product.psql(database, script=REPEAT.format(
            line=line, start=start, length=WEEKS_REPEATED * 7 * DAY, repetitions=REPETITIONS))
    product.psql(database, "VACUUM ANALYZE")
    product.end_worker(SLUG)
    connection = product.sign_in(SLUG, PASSWORD)
    for line in lines:
        connection.read("POST", "/api/v1/downtimes/recalculate", {
            "line_id": line, "from": instant(history_start), "to": instant(end)})
    return plant


def describe(connection: Connection, since: int) -> tuple[list[int], list[list[int]], list[int]]:
    """Makes the plant, its products, lines and shifts; the ids of lines, their two areas, and products."""
    def make(resource: str, **fields) -> dict:
        return connection.read("POST", f"/api/v1/{resource}", fields)

    plant = make("plants", plant_code="B", plant_name="Plant", timezone=ZONE)["plant_id"]
    products = [
        make("products", product_code=f"P{number}", product_name=f"Product {number}", weight_kg=weight,
             color=f"#{number}{number}6699")["product_id"] for number, weight in enumerate(WEIGHTS, 1)]
    lines, areas = [], []
    for number in range(1, len(detections.LINE_FACTORS) + 1):
        line = make(
            "production-lines", plant_id=plant, line_code=f"L{number}", line_name=f"Line {number}", rate_per_minute=16,
            downtime_threshold_seconds=THRESHOLD_SECONDS, micro_stop_seconds=MICRO_STOP_SECONDS, target_oee=0.75,
            commissioned_at=instant(since))["line_id"]
        lines.append(line)
        areas.append([make("areas", line_id=line, area_name=kind, area_type=kind, area_order=order)["area_id"]
                      for order, kind in enumerate(("input", "output"))])
        for index, product in enumerate(products, 1):
            make("ideal-rates", line_id=line, product_id=product,
                 rate_per_minute=60 / (NOMINAL * detections.cycle_seconds(number, index)))
    for numbers, days in GROUPS:
        for name, opens, closes, pause in SHIFTS:
            make("shifts", plant_id=plant, line_ids=[lines[number - 1] for number in numbers],
                 shift_name=f"{name} of {numbers[0]}", days=days[name], start_time=f"{opens:02d}:00",
                 end_time=f"{closes:02d}:00", breaks=[{
                     "name": "Pause", "start_time": f"{pause:02d}:00",
                     "end_time": f"{pause:02d}:{BREAK_MINUTES:02d}"}])
    return lines, areas, products


def instant(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
