/// A half-open stretch of time `[start, end)`. `end` is never before `start`.
package struct Interval: Hashable, Sendable {
    package var start: Instant
    package var end: Instant

    /// - Precondition: `start <= end`.
    package init(start: Instant, end: Instant) {
        precondition(start <= end, "an interval ends before it starts")
        self.start = start
        self.end = end
    }

    /// Length in microseconds.
    package var length: Int64 { end - start }

    package var isEmpty: Bool { start == end }

    package func contains(_ instant: Instant) -> Bool {
        start <= instant && instant < end
    }

    package func overlaps(_ other: Interval) -> Bool {
        start < other.end && other.start < end
    }

    /// The part both share, or nil when they share none or only touch.
    package func intersection(_ other: Interval) -> Interval? {
        let low = max(start, other.start)
        let high = min(end, other.end)
        return low < high ? Interval(start: low, end: high) : nil
    }
}
