/// A set of instants as disjoint, non-touching, non-empty intervals in ascending order.
package struct IntervalSet: Hashable, Sendable {
    package private(set) var intervals: [Interval]

    package init() {
        intervals = []
    }

    package init(_ interval: Interval) {
        intervals = interval.isEmpty ? [] : [interval]
    }

    /// The union of any intervals, in any order.
    package init(union unordered: some Sequence<Interval>) {
        let sorted = unordered.filter { !$0.isEmpty }.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        intervals = []
        intervals.reserveCapacity(sorted.count)
        for interval in sorted {
            append(interval)
        }
    }

    /// Total length in microseconds.
    package var length: Int64 {
        intervals.reduce(0) { $0 + $1.length }
    }

    package var isEmpty: Bool { intervals.isEmpty }

    /// Adds an interval that starts no earlier than every interval added before.
    private mutating func append(_ interval: Interval) {
        if let last = intervals.last, interval.start <= last.end {
            intervals[intervals.count - 1].end = max(last.end, interval.end)
        } else {
            intervals.append(interval)
        }
    }

    package func union(_ other: IntervalSet) -> IntervalSet {
        if isEmpty { return other }
        if other.isEmpty { return self }
        var result = IntervalSet()
        result.intervals.reserveCapacity(intervals.count + other.intervals.count)
        var left = 0
        var right = 0
        while left < intervals.count || right < other.intervals.count {
            if right == other.intervals.count
                || (left < intervals.count && intervals[left].start <= other.intervals[right].start)
            {
                result.append(intervals[left])
                left += 1
            } else {
                result.append(other.intervals[right])
                right += 1
            }
        }
        return result
    }

    package func intersection(_ other: IntervalSet) -> IntervalSet {
        var result = IntervalSet()
        var left = 0
        var right = 0
        while left < intervals.count, right < other.intervals.count {
            if let shared = intervals[left].intersection(other.intervals[right]) {
                result.intervals.append(shared)
            }
            if intervals[left].end <= other.intervals[right].end {
                left += 1
            } else {
                right += 1
            }
        }
        return result
    }

    /// What of this set lies in an interval, found by binary search.
    package func intersection(_ interval: Interval) -> IntervalSet {
        var result = IntervalSet()
        var index = firstIndex(endingAfter: interval.start)
        while index < intervals.count, let shared = intervals[index].intersection(interval) {
            result.intervals.append(shared)
            index += 1
        }
        return result
    }

    /// What is in this set and not in `other`.
    package func subtracting(_ other: IntervalSet) -> IntervalSet {
        var result = IntervalSet()
        var index = 0
        for interval in intervals {
            var start = interval.start
            while index < other.intervals.count, other.intervals[index].end <= start {
                index += 1
            }
            var cut = index
            while cut < other.intervals.count, other.intervals[cut].start < interval.end {
                if start < other.intervals[cut].start {
                    result.intervals.append(Interval(start: start, end: other.intervals[cut].start))
                }
                start = max(start, other.intervals[cut].end)
                cut += 1
            }
            if start < interval.end {
                result.intervals.append(Interval(start: start, end: interval.end))
            }
        }
        return result
    }

    /// What this set shares with each of some ascending, disjoint intervals: one walk for all of them.
    package func parts(in intervals: [Interval]) -> [IntervalSet] {
        var parts: [IntervalSet] = []
        parts.reserveCapacity(intervals.count)
        var first = 0
        for wanted in intervals {
            var part = IntervalSet()
            while first < self.intervals.count, self.intervals[first].end <= wanted.start { first += 1 }
            var index = first
            while index < self.intervals.count, self.intervals[index].start < wanted.end {
                if let shared = self.intervals[index].intersection(wanted) { part.intervals.append(shared) }
                index += 1
            }
            parts.append(part)
        }
        return parts
    }

    /// The length in microseconds of what this set shares with `interval`, found by binary search.
    package func length(within interval: Interval) -> Int64 {
        var total: Int64 = 0
        var index = firstIndex(endingAfter: interval.start)
        while index < intervals.count, intervals[index].start < interval.end {
            total += min(intervals[index].end, interval.end) - max(intervals[index].start, interval.start)
            index += 1
        }
        return total
    }

    package func contains(_ instant: Instant) -> Bool {
        let index = firstIndex(endingAfter: instant)
        return index < intervals.count && intervals[index].start <= instant
    }

    /// The index of the first interval whose end lies after `instant`; `intervals.count` when there is none.
    package func firstIndex(endingAfter instant: Instant) -> Int {
        var low = 0
        var high = intervals.count
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].end <= instant {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
