"""The same figures from the raw rows: by plain SQL in the same PostgreSQL, and by DuckDB over Parquet of the same rows.

Three queries each: output per hour, stops by a window function over the gaps, OEE per line. What they find must equal
what the product says, or the comparison means nothing and the bench fails.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from dashboard import detections
from dashboard.calendar import DAY, planned
from dashboard.plant import NOMINAL, PASSWORD, SLUG, THRESHOLD_SECONDS, Plant, instant
from dashboard.product import REPOSITORY, Product, say
from dashboard.questions import PATH, REQUESTS, Question, measure

SQL_GOAL, DUCKDB_GOAL = 100, 20
VENV = REPOSITORY / ".tools/bench-venv"
REQUIREMENTS = REPOSITORY / "script/steps/bench-requirements.txt"

HOURS = """
SELECT line_id, date_trunc('hour', detected_at) AS hour, product_id, count(*)
FROM detection JOIN area USING (line_id, area_id)
WHERE area_type = 'output' AND detected_at >= {start} AND detected_at < {end}
GROUP BY line_id, hour, product_id
"""

# One sort of all rows; gaps joined by a lone unit are one stop. A day more is read, for what reaches into the period.
STOP = """
WITH gap AS (
    SELECT line_id, detected_at AS gap_start,
        lag(detected_at) OVER neighbour AS before, lead(detected_at, 1, {now}) OVER neighbour AS gap_end
    FROM detection WHERE detected_at >= {reach}
    WINDOW neighbour AS (PARTITION BY line_id ORDER BY detected_at)
), numbered AS (
    SELECT line_id, gap_start, gap_end,
        sum(CASE WHEN gap_start - before > INTERVAL '{threshold} seconds' THEN 0 ELSE 1 END)
            OVER (PARTITION BY line_id ORDER BY gap_start) AS run
    FROM gap WHERE gap_end - gap_start > INTERVAL '{threshold} seconds'
), stop AS (
    SELECT line_id, min(gap_start) AS stop_start, max(gap_end) AS stop_end FROM numbered GROUP BY line_id, run
), part AS (
    SELECT line_id, stop_start, stop_end,
        extract(epoch FROM least(stop_end, plan_end) - greatest(stop_start, plan_start)) AS whole,
        greatest(0, extract(epoch FROM
            least(stop_end, plan_end, {end}) - greatest(stop_start, plan_start, {start}))) AS inside
    FROM stop JOIN planned USING (line_id) WHERE plan_start < stop_end AND plan_end > stop_start
)
"""

STOPS = STOP + """
SELECT line_id, stop_start, stop_end, sum(inside) FROM part
GROUP BY line_id, stop_start, stop_end HAVING sum(whole) > {threshold} AND sum(inside) > 0
"""

OEE = STOP + """
, planned_time AS (
    SELECT line_id, sum(extract(epoch FROM least(plan_end, {end}) - greatest(plan_start, {start}))) AS seconds
    FROM planned WHERE plan_start < {end} AND plan_end > {start} GROUP BY line_id
), downtime AS (
    SELECT line_id, sum(inside) AS seconds FROM part GROUP BY line_id
), amount AS ({amount}
), made AS (
    SELECT line_id, sum(CASE WHEN area_type = 'input' THEN units ELSE 0 END) AS produced,
        sum(CASE WHEN area_type = 'output' THEN units ELSE 0 END) AS good,
        sum(CASE WHEN area_type = 'input' THEN units * ideal_seconds ELSE 0 END) AS ideal
    FROM amount JOIN area USING (line_id, area_id) JOIN ideal USING (line_id, product_id) GROUP BY line_id
)
SELECT line_id, CAST(1.0 - downtime.seconds / planned_time.seconds AS double precision)
    * least(1.0, CAST(ideal / (planned_time.seconds - downtime.seconds) AS double precision))
    * least(1.0, CAST(good AS double precision) / CAST(produced AS double precision)) AS oee
FROM planned_time JOIN downtime USING (line_id) JOIN made USING (line_id) ORDER BY line_id
"""


# Units in planned time, in the form that suits each: a look into the index per planned stretch, or a join of minutes.
AMOUNT = {"timestamptz": """
    SELECT line_id, area_id, product_id, count(*) AS units
    FROM planned CROSS JOIN LATERAL (
        SELECT area_id, product_id FROM detection
        WHERE detection.line_id = planned.line_id
            AND detected_at >= greatest(plan_start, {start}) AND detected_at < least(plan_end, {end}) OFFSET 0
    ) AS seen GROUP BY line_id, area_id, product_id""", "timestamp": """
    SELECT line_id, area_id, product_id, count(*) AS units
    FROM (SELECT *, date_trunc('minute', detected_at) AS minute FROM detection) JOIN (
        SELECT line_id, unnest(generate_series(plan_start, plan_end - INTERVAL 1 minute, INTERVAL 1 minute)) AS minute
        FROM planned
    ) USING (line_id, minute)
    WHERE detected_at >= {start} AND detected_at < {end}
    GROUP BY line_id, area_id, product_id"""}


def tables(plant: Plant, kind: str, until: int) -> str:
    """What the queries know besides the rows: areas, ideal times, planned time."""
    numbers = range(1, len(plant.lines) + 1)
    areas = [f"({plant.lines[n - 1]}, {area}, '{name}')" for n in numbers
             for area, name in zip(plant.areas[n - 1], ("input", "output"))]
    ideal = [f"({plant.lines[n - 1]}, {product}, {NOMINAL * detections.cycle_seconds(n, index)!r})" for n in numbers
             for index, product in enumerate(plant.products, 1)]
    stretches = [f"({plant.lines[n - 1]}, '{instant(start)}', '{instant(end)}')" for n in numbers
                 for start, end in planned(n, plant.start, until)]
    if kind == "timestamp":
        stretches = [text.replace("Z'", "'") for text in stretches]
    return f"""
        CREATE TEMP TABLE area (line_id integer, area_id integer, area_type text);
        CREATE TEMP TABLE ideal (line_id integer, product_id integer, ideal_seconds double precision);
        CREATE TEMP TABLE planned (line_id integer, plan_start {kind}, plan_end {kind});
        INSERT INTO area VALUES {', '.join(areas)};
        INSERT INTO ideal VALUES {', '.join(ideal)};
        INSERT INTO planned VALUES {', '.join(stretches)};
        """


def texts(kind: str, start: int, end: int, now: int) -> list[str]:
    def literal(at: int) -> str:
        return f"{kind} '{instant(at) if kind == 'timestamptz' else instant(at)[:-1]}'"

    values = {"start": literal(start), "end": literal(end), "now": literal(now), "reach": literal(start - DAY),
              "threshold": THRESHOLD_SECONDS}
    values["amount"] = AMOUNT[kind].format(**values)
    return [text.format(**values) for text in (HOURS, STOPS, OEE)]


def by_sql(product: Product, plant: Plant, folder: Path, queries: list[str], now: int, runs: int) -> tuple[list, dict]:
    """Milliseconds of the three queries in each run, and what they found in the first, which is not counted."""
    rows = " UNION ALL ".join(
        f"SELECT {line} AS line_id, detected_at, area_id, product_id FROM detection_line_{line}"
        for line in plant.lines)
    script = f"SET work_mem = '256MB'; {tables(plant, 'timestamptz', now)} ANALYZE area, ideal, planned;"
    script += f"CREATE TEMP VIEW detection AS {rows};\n\\timing on\n"
    for run in range(runs + 1):
        for number, query in enumerate(queries):
            script += f"\\o {folder}/sql_{number}.txt\n" if run == 0 else "\\o /dev/null\n"
            script += query + ";\n"
    printed = product.psql(plant.database, script=script)
    taken = [float(text) for text in re.findall(r"Time: ([0-9.]+) ms", printed)][-3 * (runs + 1):]
    found = [[line.split("|") for line in (folder / f"sql_{number}.txt").read_text().splitlines()
              if line.count("|") > 0] for number in range(3)]
    return [taken[3 * run:3 * run + 3] for run in range(1, runs + 1)], summary(found)


def by_duckdb(plant: Plant, folder: Path, queries: list[str], now: int, runs: int) -> tuple[list, dict]:
    installed = VENV / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != REQUIREMENTS.read_bytes():
        say("  installing DuckDB")
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", VENV], check=True, stdout=sys.stderr)
        subprocess.run(
            [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
             "--only-binary", ":all:", "--requirement", REQUIREMENTS], check=True, stdout=sys.stderr)
        installed.write_bytes(REQUIREMENTS.read_bytes())
    done = subprocess.run(
        [VENV / "bin/python", Path(__file__).with_name("duckdb_queries.py")], check=True, text=True,
        stdout=subprocess.PIPE, input=json.dumps({
            "files": {str(plant.rows_file(folder, number)): line for number, line in enumerate(plant.lines, 1)},
            "tables": tables(plant, "timestamp", now), "queries": queries, "runs": runs}))
    answer = json.loads(done.stdout)
    return answer["taken"], summary(answer["found"])


def summary(found: list[list]) -> dict:
    hours, stops, lines = found
    return {"units": sum(int(row[3]) for row in hours), "stops": len(stops),
            "oee": {int(row[0]): float(row[1]) for row in lines}}


def by_product(product: Product, plant: Plant, question: Question) -> dict:
    body = question.body(plant)
    connection = product.sign_in(SLUG, PASSWORD)
    widgets = connection.read("POST", PATH, body)["widgets"]
    start, end = question.period
    kpis = connection.read("GET", f"/api/v1/kpis?line_id=all&from={instant(start)}&to={instant(end)}")
    downtime = widgets["KpiTotalDowntime"]["data"]
    return {"units": widgets["KpiTotalProduction"]["data"]["value"],
            "stops": downtime["value"] + downtime["micro_stops"],
            "oee": {line["line_id"]: line["oee"] for line in kpis["lines"]}}


def require_equal(name: str, found: dict, ours: dict) -> None:
    is_same = (found["units"], found["stops"]) == (ours["units"], ours["stops"]) and all(
        abs(found["oee"].get(line, -1) - oee) < 1e-9 for line, oee in ours["oee"].items())
    say(f"  {name}: {found}")
    if not is_same:
        sys.exit(f"dashboard: {name} finds {found}, the product {ours}")


def compare(product: Product, plant: Plant, folder: Path, runs: int) -> tuple[list[dict], list[str]]:
    """Rows of the report, as the arguments of its function `row`, and notes.

    The dashboard of the same days is measured before and after, so that a busy machine meets all of them.
    """
    question, now = Question("5 lines × 30 days, beside the comparison", 30, offset=1_100), int(time.time())
    ours = by_product(product, plant, question)
    start, end = question.period
    rows = []
    measure(product, plant, question, REQUESTS)
    sums = {}
    for name, (taken, found) in (
        ("plain SQL", by_sql(product, plant, folder, texts("timestamptz", start, end, now), now, runs)),
        ("DuckDB over Parquet", by_duckdb(plant, folder, texts("timestamp", start, end, now), now, runs)),
    ):
        require_equal(name, found, ours)
        for number, part in enumerate(("output per hour", "stops", "OEE per line")):
            rows.append({"name": f"{name}: {part}", "unit": "ms", "values": [run[number] for run in taken]})
        sums[name] = [sum(run) for run in taken]
        rows.append({"name": f"{name}: all three", "unit": "ms", "values": sums[name]})
        say(f"  {name}: {statistics.median(sums[name]):,.0f} ms")
    measure(product, plant, question, REQUESTS)
    ours_ms = statistics.median(run["p50"] for run in question.runs)
    for name, goal in (("plain SQL", SQL_GOAL), ("DuckDB over Parquet", DUCKDB_GOAL)):
        rows.append({"name": f"{name} ÷ dashboard", "unit": "times", "goal": goal, "is_least": True,
                     "values": [value / ours_ms for value in sums[name]]})
    return rows, [
        f"The comparison, 5 lines × 30 days: {ours['units']:,} units, {ours['stops']:,} stops and the OEE of each line "
        "are the same by the product, by SQL (work_mem 256 MB) and by DuckDB (two threads), all warm. The dashboard "
        f"took {ours_ms:.1f} ms beside them (p50)."]
