"""Prints one benchmark's result as a table (`table FILE`), or all of a folder as one JSON object (`join FOLDER`)."""

import json
import os
import platform
import sys
from datetime import datetime, timezone
from pathlib import Path


def read(path: Path) -> dict:
    """The result in a file; ends with a message that names what is wrong with its shape."""
    try:
        result = json.loads(path.read_text())
    except ValueError as error:
        sys.exit(f"{path.stem}: not JSON: {error}")
    for key, kind in (("title", str), ("columns", list), ("rows", list)):
        if not isinstance(result, dict) or not isinstance(result.get(key), kind):
            sys.exit(f"{path.stem}: the result has no {key}")
    for number, row in enumerate(result["rows"]):
        if not isinstance(row, list) or len(row) != len(result["columns"]):
            sys.exit(f"{path.stem}: row {number} does not have {len(result['columns'])} cells")
    return result


def text(cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else "" if cell is None else str(cell)


def print_table(result: dict) -> None:
    cells = [result["columns"], *[[text(cell) for cell in row] for row in result["rows"]]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    print(f"\n{result['title']}\n")
    for number, line in enumerate(cells):
        shown = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(shown) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for note in result.get("notes", []):
        print(f"\n{note}")
    print()


def join(folder: Path) -> dict:
    return {
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "benchmarks": {path.stem: read(path) for path in sorted(folder.glob("*.json"))},
    }


if __name__ == "__main__":
    if sys.argv[1] == "table":
        print_table(read(Path(sys.argv[2])))
    else:
        json.dump(join(Path(sys.argv[2])), sys.stdout, indent=2, ensure_ascii=False)
        print()
