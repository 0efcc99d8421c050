"""What somebody else's requests suffer from a disturbance: the same load alone, and during it, in turns."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from dashboard.product import say
from edge.edge_product import PLANTS, RUNS, EdgeProduct

RATE, SECONDS = 200, 8
PROGRAM = Path(__file__).with_name("fixed_rate.py")


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def load(product: EdgeProduct) -> dict[str, float]:
    """Milliseconds of one run at the fixed rate."""
    done = subprocess.run(
        [sys.executable, PROGRAM, product.host, str(product.port), PLANTS, str(RATE), str(SECONDS)],
        env=os.environ | {"BENCH_TOKEN": product.token}, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    if found["wrong"]:
        sys.exit(f"bench: {found['wrong']} answers were not 200")
    return {name: quantile(found["latencies"], share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1))}


def compare(product: EdgeProduct, name: str, disturbance) -> dict[str, list[dict]]:
    """Runs alone and during the disturbance: a context manager that begins and ends it."""
    return compare_all(product, {name: disturbance})


def compare_all(product: EdgeProduct, disturbances: dict) -> dict[str, list[dict]]:
    """Runs alone and during each of the disturbances, in turns."""
    product.fill()
    load(product)
    runs = {name: [] for name in ("alone", *disturbances)}
    for number in range(RUNS):
        runs["alone"].append(load(product))
        for name, disturbance in disturbances.items():
            with disturbance():
                runs[name].append(load(product))
        say(f"  run {number + 1}: p99 " + ", ".join(f"{name} {values[-1]['p99']:.2f} ms" for name, values in runs.items()))
    return runs


def rows(runs: dict[str, list[dict]], goals: float | dict[str, float]) -> list[list]:
    """Of each the medians; the ratio is the median of those of neighbouring runs. The goal may be one for each name."""
    found = []
    alone = runs["alone"]
    for name, values in runs.items():
        ratio = statistics.median(run["p99"] / beside["p99"] for run, beside in zip(values, alone))
        is_judged = values is not alone
        goal = goals[name] if isinstance(goals, dict) and is_judged else goals
        found.append([
            name, *(round(statistics.median(run[key] for run in values), 2) for key in ("p50", "p99", "most")),
            round(min(run["p99"] for run in values), 2), round(max(run["p99"] for run in values), 2), round(ratio, 2),
            f"≤ {goal:g}" if is_judged else None, ("yes" if ratio <= goal else "MISSED") if is_judged else None])
    return found


COLUMNS = ["requests", "p50 ms", "p99 ms", "most ms", "least p99", "greatest p99", "÷ alone", "goal", "met"]
