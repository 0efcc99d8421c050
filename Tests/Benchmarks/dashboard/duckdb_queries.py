"""Runs the queries it reads from stdin in DuckDB over Parquet files, made of the rows when they are missing."""

import json
import sys
import time
from pathlib import Path

import duckdb


def parquet(connection: duckdb.DuckDBPyConnection, rows: Path, line: int) -> Path:
    made = rows.with_suffix(".parquet")
    if not made.exists():
        connection.execute(
            f"COPY (SELECT {line} AS line_id, CAST(rtrim(detected_at, 'Z') AS TIMESTAMP) AS detected_at, area_id, "
            f"product_id FROM read_csv('{rows}', header = false, columns = {{'detected_at': 'VARCHAR', "
            f"'area_id': 'INTEGER', 'product_id': 'INTEGER'}})) TO '{made}.part' (FORMAT parquet)")
        Path(f"{made}.part").rename(made)
    return made


def main() -> None:
    asked = json.load(sys.stdin)
    connection = duckdb.connect(config={"threads": 2})
    files = [str(parquet(connection, Path(rows), line)) for rows, line in asked["files"].items()]
    connection.execute(asked["tables"])
    connection.execute(f"CREATE TEMP VIEW detection AS SELECT * FROM read_parquet({files})")
    taken, found = [], []
    # The first run is not counted.
    for run in range(asked["runs"] + 1):
        times = []
        for query in asked["queries"]:
            began = time.perf_counter()
            rows = connection.execute(query).fetchall()
            times.append((time.perf_counter() - began) * 1000)
            if run == 0:
                found.append(rows)
        taken.append(times)
    json.dump({"taken": taken[1:], "found": found}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
