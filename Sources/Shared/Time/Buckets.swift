/// The buckets that cover an interval: contiguous, none empty, none overlapping another.
///
/// The first begins at the floor of the interval's start on the clock of the zone, the last ends where it naturally
/// does. Where the clock is put back a bucket ends and its label may repeat; where it is put forward one may be short.
package struct Buckets: Sendable {
    package let size: BucketSize
    /// Where each begins, ascending.
    package private(set) var starts: [Instant] = []
    /// What the clock is floored to in each; 00:00 of the first day for a day or longer.
    package private(set) var clocks: [LocalDateTime] = []
    /// Where the last one ends.
    package private(set) var end: Instant

    /// Buckets over `interval`; none when it is empty.
    package init(_ size: BucketSize, over interval: Interval, in zone: TimeZoneRules) {
        self.size = size
        self.end = interval.start
        guard !interval.isEmpty else { return }
        if let unit = size.clockLength {
            fill(unit: unit, over: interval, in: zone)
        } else {
            fillDates(over: interval, in: zone)
        }
    }

    package var count: Int { starts.count }

    package func interval(at index: Int) -> Interval {
        Interval(start: starts[index], end: index + 1 < starts.count ? starts[index + 1] : end)
    }

    package func label(at index: Int) -> String {
        var bytes: [UInt8] = []
        size.appendLabel(of: clocks[index], to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bucket that holds `instant`, nil outside all of them.
    package func index(of instant: Instant) -> Int? {
        guard let first = starts.first, first <= instant, instant < end else { return nil }
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }

    private mutating func fillDates(over interval: Interval, in zone: TimeZoneRules) {
        var first = size.firstDate(of: zone.date(of: interval.start))
        var start = zone.start(of: first)
        while start < interval.end {
            let next = size.nextDate(after: first)
            let nextStart = zone.start(of: next)
            // A zone that crosses the date line leaves out a date, whose day then has no length.
            if start < nextStart {
                starts.append(start)
                clocks.append(LocalDateTime(first))
            }
            (first, start) = (next, nextStart)
        }
        end = start
    }

    private mutating func fill(unit: Int64, over interval: Interval, in zone: TimeZoneRules) {
        var stretch = zone.stretch(at: interval.start.microseconds)
        var clock = LocalDateTime(microseconds: interval.start.microseconds + stretch.offset).floored(to: unit)
        var start = Self.start(of: clock, in: stretch, zone)
        let count = (interval.end.microseconds - start) / unit + 2
        starts.reserveCapacity(Int(count))
        clocks.reserveCapacity(Int(count))
        while start < interval.end.microseconds {
            starts.append(Instant(microseconds: start))
            clocks.append(clock)
            // The clock is put forward within the bucket as long as it still shows the bucket's own time after it.
            var naturalEnd = clock.microseconds + unit - stretch.offset
            while naturalEnd > stretch.end {
                let next = zone.stretch(at: stretch.end)
                guard next.offset > stretch.offset, stretch.end + next.offset < clock.microseconds + unit else { break }
                stretch = next
                naturalEnd = clock.microseconds + unit - stretch.offset
            }
            start = min(naturalEnd, stretch.end)
            if start == stretch.end { stretch = zone.stretch(at: start) }
            clock = LocalDateTime(microseconds: start + stretch.offset).floored(to: unit)
        }
        end = Instant(microseconds: start)
    }

    /// Where the bucket begins that shows `clock` and reaches into `stretch`.
    private static func start(
        of clock: LocalDateTime, in stretch: TimeZoneRules.Stretch, _ zone: TimeZoneRules
    ) -> Int64 {
        var stretch = stretch
        while clock.microseconds - stretch.offset < stretch.start {
            let earlier = zone.stretch(at: stretch.start - 1)
            guard earlier.offset < stretch.offset, stretch.start + earlier.offset > clock.microseconds else {
                return stretch.start
            }
            stretch = earlier
        }
        return clock.microseconds - stretch.offset
    }
}
