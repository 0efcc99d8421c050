"""The figures of GET /kpis computed again from an answer of GET /explain/kpis alone, as a person would by hand.

Times are whole microseconds, sets of time are lists of disjoint (start, end) in order.
"""

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FOREVER = 1 << 62


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def bounds(item: dict) -> tuple[int, int]:
    return instant(item["start"]), instant(item["end"])


def union(intervals) -> list[tuple[int, int]]:
    result = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def shared(left, right) -> list[tuple[int, int]]:
    return union((max(a, c), min(b, d)) for a, b in left for c, d in right)


def without(left, right) -> list[tuple[int, int]]:
    edges = sorted(edge for interval in right for edge in interval)
    gaps = list(zip([-FOREVER, *edges[1::2]], [*edges[0::2], FOREVER]))
    return shared(left, gaps)


def length(intervals) -> int:
    return sum(end - start for start, end in intervals)


def quotient(left, right):
    return left / right if right else None


class Line:
    """One line of the answer: its sums, then its figures."""

    def __init__(self, line: dict, now: int, shift: int | None, threshold: int | None):
        self.line, self.now, self.shift, self.threshold = line, now, shift, threshold
        self.plan()
        self.stops()
        self.units()

    def plan(self) -> None:
        line = self.line
        closed = union(bounds(item) for item in line["calendar_exceptions"] if item["kind"] == "closed")
        extra = union(bounds(item) for item in line["calendar_exceptions"] if item["kind"] == "extra")
        commissioned = [(
            instant(line["commissioned_at"]) if line["commissioned_at"] else -FOREVER,
            min(self.now, instant(line["decommissioned_at"]) if line["decommissioned_at"] else FOREVER),
        )]
        reach = [bounds(line["reach"])]

        def working(instances):
            return union(
                part for item in instances
                for part in without([bounds(item)], union(bounds(pause) for pause in item["breaks"])))

        worked = reach if line["continuous_schedule"] else working(line["shift_instances"])
        self.own = shared(shared(union(without(worked, closed) + extra), reach), union(commissioned))
        period = instant(line["period"]["from"]), instant(line["period"]["to"])
        self.period = [(period[0], max(period[0], min(period[1], self.now)))]
        assert self.period == [bounds(line["calendar_time"])]
        if self.shift is None:
            self.planned = self.counted = shared(self.own, self.period)
        else:
            chosen = [item for item in line["shift_instances"] if item["selected"]]
            assert all(item["shift_id"] == self.shift for item in chosen)
            wanted = [(-FOREVER, self.now)]
            if not line["takes_whole_instances"]:
                wanted = shared(wanted, self.period)
            self.counted = shared(union(bounds(item) for item in chosen), wanted)
            self.planned = shared(shared(without(working(chosen), closed), wanted), union(commissioned))
        for name, computed in (("own_planned", self.own), ("planned", self.planned), ("counted", self.counted)):
            assert [bounds(item) for item in line[name]] == computed, name

    def version(self, at: int) -> dict:
        """The settings valid at an instant; before the first ones, those."""
        settings = self.line["settings"]
        known = [item for item in settings if item["valid_from"] is None or instant(item["valid_from"]) <= at]
        return known[-1] if known else settings[0]

    def stops(self) -> None:
        self.downtime = self.stop_downtime = self.stop_count = self.micro_count = 0
        self.categories = {}
        lives = []
        for stop in self.line["stops"]:
            life = [bounds(stop)]
            lives += life
            planned = length(shared(life, self.planned))
            planned_life = length(shared(life, self.own))
            assert seconds(stop["duration_seconds"]) == length(life)
            assert seconds(stop["planned_seconds"]) == planned > 0
            assert seconds(stop["planned_life_seconds"]) == planned_life
            kind = "stop"
            if stop["source"] == "calculated":
                version = self.version(instant(stop["calculated_from"]))
                limit = self.threshold or version["downtime_threshold_seconds"]
                micro = version["micro_stop_seconds"]
                assert (stop["threshold_seconds"], stop["micro_stop_seconds"]) == (limit, micro)
                if planned_life <= limit * 1_000_000:
                    kind = "remainder"
                elif micro and planned_life <= micro * 1_000_000:
                    kind = "micro"
            assert stop["kind"] == kind
            self.downtime += planned
            category = stop["loss_category"]
            self.categories[category] = self.categories.get(category, 0) + planned
            if kind == "stop":
                self.stop_count += 1
                self.stop_downtime += planned
            elif kind == "micro":
                self.micro_count += 1
        assert length(union(lives)) == length(lives), "stops overlap"
        unseen = union(bounds(item) for item in self.line["unobserved"])
        self.unobserved = length(shared(shared(union(lives), self.planned), unseen))

    def units(self) -> None:
        line = self.line
        self.calendar, self.pbt = length(self.period), length(self.planned)
        self.apt = self.pbt - self.downtime
        counts = line["counts"]
        types = {item["area_type"] for item in counts}
        self.dual = line["is_dual"]
        assert self.dual or not {"input", "output"} <= types
        quantity = "input" if self.dual else "output"
        self.produced = sum(item["in_plan"] for item in counts if item["area_type"] == quantity)
        self.good = sum(item["in_plan"] for item in counts if item["area_type"] == "output")
        self.total = sum(item["total"] for item in counts if item["area_type"] == "output")
        self.detections = sum(item["total"] for item in counts)
        self.weight = 0.0
        # What is compared with the nominal weight: of the shift alone where one is asked for.
        self.weighed, self.weighed_units = 0.0, 0
        made = {}
        for product in line["products"]:
            number = product["product_id"]

            def counted(area_type, name):
                return sum(item[name] for item in counts
                           if item["area_type"] == area_type and item["product_id"] == number)

            assert sum(item["output"] for item in product["weights"]) == counted("output", "total")
            assert sum(item["produced"] for item in product["rates"]) == counted(quantity, "in_plan")
            self.weight += sum(item["output"] * item["weight_kg"] for item in product["weights"])
            for item in product["weights"]:
                of_shift = item["in_shift"] is not None
                self.weighed += item["in_shift"] * item["weight_kg"] if of_shift else item["output"] * item["weight_kg"]
                self.weighed_units += item["in_shift"] if of_shift else item["output"]
            if counted(quantity, "in_plan"):
                made[number] = product["rates"]
        ends = self.period + self.counted
        hull = min(start for start, _ in ends), max(end for _, end in ends)
        if made:
            stretches = [item for rates in made.values() for item in rates]
            rated = all(item["product_rate_per_minute"] or item["line_rate_per_minute"] for item in stretches)
        else:
            changes = [instant(item["valid_from"]) for item in line["settings"] if item["valid_from"]]
            rated = all(self.version(at)["rate_per_minute"]
                        for at in [hull[0], *(at for at in changes if hull[0] < at < hull[1])])
        self.ideal = None
        if rated:
            self.ideal = 0.0
            for item in (item for rates in made.values() for item in rates):
                rate = item["product_rate_per_minute"] or item["line_rate_per_minute"]
                assert abs(item["ideal_seconds"] - 60 * item["produced"] / rate) < 1e-9
                self.ideal += 60 * item["produced"] / rate

        self.nominal_weight()

    def nominal_weight(self) -> None:
        """What the line's own rate would weigh over its planned time; 0 where that is not known throughout."""
        self.nominal = 0.0
        changes = sorted(instant(item["valid_from"]) for item in self.line["settings"] if item["valid_from"])
        edges = [-FOREVER, *changes, FOREVER]
        pieces = [(length(shared(self.planned, [piece])), self.version(piece[0])["rate_per_minute"])
                  for piece in zip(edges, edges[1:])]
        pieces = [(planned, rate) for planned, rate in pieces if planned]
        if self.weighed_units and all(rate for _, rate in pieces):
            units = sum(planned / 6e7 * rate for planned, rate in pieces)
            self.nominal = units * self.weighed / self.weighed_units

    def figures(self) -> dict:
        quality = quotient(self.good, self.produced) if self.dual and self.pbt else None
        performance = None
        if self.pbt and self.apt and self.ideal is not None:
            performance = self.ideal / (self.apt / 1e6)
        flags = set()
        if not self.pbt:
            flags.add("no_planned_time")
        else:
            if not self.detections:
                flags.add("no_detections")
            if not self.dual or self.produced == self.good == 0:
                flags.add("quality_not_measured")
            elif self.produced == 0:
                flags.add("input_missing")
            if quality is not None and quality > 1:
                flags.add("quality_over_one")
            if performance is not None and performance > 1:
                flags.add("performance_over_one")
            if self.ideal is None:
                flags.add("no_nominal_rate")
            if self.unobserved:
                flags.add("unobserved")
        if self.line["continuous_schedule"] and self.shift is None:
            flags.add("continuous_schedule")
        if self.total > self.good:
            flags.add("production_outside_plan")
        return written(
            self, scrap=max(0, self.produced - self.good) if self.dual else 0,
            ideal=0.0 if self.ideal is None and not self.pbt else self.ideal,
            performance=performance, raw_performance=performance, quality=quality, raw_quality=quality, flags=flags)

    @property
    def quality(self):
        return min(self.good / self.produced, 1) if self.dual and self.produced and self.pbt else None


class Total:
    """Several lines: sums first, never an average of ratios."""

    def __init__(self, lines: list[Line]):
        self.lines = lines
        for name in ("calendar", "pbt", "downtime", "unobserved", "apt", "produced", "good", "total", "weight",
                     "stop_count", "micro_count", "stop_downtime"):
            setattr(self, name, sum(getattr(line, name) for line in lines))
        self.dual = [line for line in lines if line.dual]
        self.rated = [line for line in lines if line.ideal is not None]
        self.weights = [min(line.ideal, line.apt / 1e6) for line in self.rated]
        self.entered = sum(line.produced for line in self.dual)
        self.left = sum(line.good for line in self.dual)

    def sums(self) -> dict:
        return {
            "lines": len(self.lines),
            "lines_with_rate": len(self.rated),
            "runtime_seconds_with_rate": sum(line.apt for line in self.rated) / 1e6,
            "ideal_seconds": sum(line.ideal for line in self.rated),
            "ideal_running_seconds": sum(self.weights),
            "ideal_good_seconds": sum(self.goods()),
            "dual_produced": self.entered,
            "dual_good": self.left,
            "stop_downtime_seconds": self.stop_downtime / 1e6,
        }

    def weight_efficiency(self) -> dict:
        weighed = [line for line in self.lines if line.nominal]
        return weight_efficiency(weighed)

    def goods(self) -> list[float]:
        return [weight * (1 if line.quality is None else line.quality)
                for line, weight in zip(self.rated, self.weights)]

    def figures(self, lines: list[dict]) -> dict:
        flags = {flag for line in lines for flag in line["flags"]}
        ideal = sum(line.ideal for line in self.rated) if self.rated or not self.pbt else None
        performance = raw_performance = quality = raw_quality = None
        if not self.pbt:
            flags.add("no_planned_time")
        else:
            running = sum(line.apt for line in self.rated) / 1e6
            if running:
                performance, raw_performance = sum(self.weights) / running, ideal / running
            if any(line.quality is not None for line in self.dual):
                raw_quality = self.left / self.entered
            if sum(self.weights) > 0:
                if any(line.quality is not None and weight for line, weight in zip(self.rated, self.weights)):
                    quality = sum(self.goods()) / sum(self.weights)
            else:
                quality = raw_quality
            if raw_quality is not None and raw_quality > 1:
                flags.add("quality_over_one")
            if raw_performance is not None and raw_performance > 1:
                flags.add("performance_over_one")
        return written(
            self, scrap=max(0, self.entered - self.left), ideal=ideal, performance=performance,
            raw_performance=raw_performance, quality=quality, raw_quality=raw_quality, flags=flags)


def written(sums, scrap, ideal, performance, raw_performance, quality, raw_quality, flags) -> dict:
    """The figures as the API shows them."""
    availability = quotient(sums.apt, sums.pbt)
    performance = None if performance is None else min(performance, 1)
    quality = None if quality is None else min(quality, 1)
    oee = None
    if availability == 0:
        oee = 0
    elif availability is not None and performance is not None:
        oee = availability * performance * (1 if quality is None else quality)
    stops = sums.stop_count if sums.pbt else 0
    return {
        "calendar_seconds": sums.calendar / 1e6,
        "planned_seconds": sums.pbt / 1e6,
        "downtime_seconds": sums.downtime / 1e6,
        "unobserved_seconds": sums.unobserved / 1e6,
        "runtime_seconds": sums.apt / 1e6,
        "produced": sums.produced,
        "good": sums.good,
        "scrap": scrap,
        "total_production": sums.total,
        "unplanned_production": sums.total - sums.good,
        "weight_kg": sums.weight,
        "ideal_seconds": ideal,
        "availability": availability,
        "performance": performance,
        "quality": quality,
        "oee": oee,
        "teep": None if oee is None or not sums.calendar else oee * sums.pbt / sums.calendar,
        "raw_performance": raw_performance,
        "raw_quality": raw_quality,
        "stops": sums.stop_count,
        "micro_stops": sums.micro_count,
        "mtbf_seconds": sums.apt / 1e6 / stops if stops else None,
        "mttr_seconds": sums.stop_downtime / 1e6 / stops if stops else None,
        "flags": sorted(flags),
    }


def weight_efficiency(weighed: list[Line]) -> dict:
    weight, nominal = sum(line.weighed for line in weighed), sum(line.nominal for line in weighed)
    return {"value": quotient(weight, nominal), "weight_kg": weight, "nominal_weight_kg": nominal}


def seconds(number: int | float) -> int:
    """Seconds with at most six decimals as microseconds."""
    return round(number * 1_000_000)


def recompute(answer: dict) -> dict:
    """What GET /kpis must answer to the same query, but for what only names lines."""
    lines = [
        Line(line, instant(answer["now"]), answer["shift_id"], answer["threshold_seconds"])
        for line in answer["lines"]
    ]
    figures = [line.figures() for line in lines]
    categories = {name: 0 for name in answer["downtime_by_category"]}
    for line in lines:
        for name, downtime in line.categories.items():
            categories[name] += downtime
    total = Total(lines)
    return {
        "lines": figures,
        "downtime_by_category": {name: downtime / 1e6 for name, downtime in categories.items()},
        "total": total.figures(figures),
        "sums": total.sums(),
        "weight_efficiency": [weight_efficiency([line] if line.nominal else []) for line in lines]
        + [total.weight_efficiency()],
    }
