"""Realistic detections of the made plant: the same seed and stretch give the same rows on every Python 3.

Orders of one product each with changeovers between them, micro-stops, breakdowns, slow phases, units lost between
input and output, and one row of a thousand that arrives late. Whatever stops a line freezes both of its areas.
"""

import math
import random
import time
from pathlib import Path

from dashboard.calendar import planned

# seconds per unit, share of orders, share of units lost
PRODUCTS = [(2.88, 0.38, 0.010), (3.44, 0.28, 0.014), (4.12, 0.20, 0.018), (5.19, 0.14, 0.024)]
LINE_FACTORS = [0.92, 0.97, 1.00, 1.06, 1.12]
# A unit leaves when so many others have entered after it.
UNITS_ON_THE_WAY = 8
LATE = 0.001


def cycle_seconds(line: int, product: int) -> float:
    """What a unit takes on a line at its best; both from 1."""
    return PRODUCTS[product - 1][0] * LINE_FACTORS[line - 1]


def entries(line: int, seed: int, start: int, end: int) -> tuple[list[tuple[float, int]], int]:
    """(instant, product) of each unit that enters, and how many times the line stood on purpose."""
    draw = random.Random(f"{seed}:{line}").random
    pause = lambda mean: -mean * math.log(1.0 - draw())  # noqa: E731
    found, stood = [], 0
    product, order_end, slow, slow_end = 0, 0.0, 1.0, 0.0
    micro, breakdown = pause(720), pause(21_600)
    for opens, closes in planned(line, start, end):
        now = opens + 30 * draw()
        while now < closes:
            if now >= order_end:
                before, share, product = product, draw(), 1
                for number, (_, part, _) in enumerate(PRODUCTS, 1):
                    product, share = number, share - part
                    if share < 0:
                        break
                order_end = now + 7_200 + 28_800 * draw()
                if before and before != product:
                    now, stood = now + 600 + 1_500 * draw(), stood + 1
                    continue
            if breakdown <= 0:
                breakdown, now, stood = pause(21_600), now + min(4_500.0, 300 + pause(1_100)), stood + 1
                continue
            if micro <= 0:
                micro, now, stood = pause(720), now + min(90.0, 8 + pause(22)), stood + 1
                continue
            if now >= slow_end:
                slow_end = now + 300 + 2_100 * draw()
                slow = 1.0 if draw() < 0.6 else 1.05 + 0.3 * draw()
            step = cycle_seconds(line, product) * slow * (0.85 + 0.3 * draw())
            now, micro, breakdown = now + step, micro - step, breakdown - step
            if now < closes:
                found.append((now, product))
    return found, stood


def write(path: Path, line: int, seed: int, start: int, end: int, areas: list[int], products: list[int]) -> dict:
    """Writes the rows of a line as CSV (instant, area, product) in the order they arrive; says how many."""
    draw = random.Random(f"{seed}:{line}:rows").random
    units, stood = entries(line, seed, start, end)
    rows = []
    for (at, product), (left_at, _) in zip(units, units[UNITS_ON_THE_WAY:]):
        rows.append((at, areas[0], product))
        if draw() >= PRODUCTS[product - 1][2]:
            rows.append((left_at + 0.8 * draw(), areas[1], product))
    rows = [(at + (5 + 595 * draw() if draw() < LATE else 0), at, area, product) for at, area, product in rows]
    rows.sort()
    days: dict[int, str] = {}
    with path.open("w", newline="\n") as file:
        buffer = []
        for _, at, area, product in rows:
            day, thousandths = divmod(int(at * 1000), 86_400_000)
            if day not in days:
                days[day] = time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))
            seconds, thousandths = divmod(thousandths, 1000)
            minutes, seconds = divmod(seconds, 60)
            buffer.append(f"{days[day]} {minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{thousandths:03d}Z,"
                          f"{area},{products[product - 1]}\n")
        file.writelines(buffer)
    return {"rows": len(rows), "stood": stood}
