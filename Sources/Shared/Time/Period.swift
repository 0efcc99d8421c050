/// A period someone asked for, in one time zone.
package struct Period: Hashable, Sendable {
    package let interval: Interval
    package let extent: Extent

    /// What the period was given as, which decides what a period of equal length before it is.
    package enum Extent: Hashable, Sendable {
        /// Local days from 00:00 to 24:00; a chosen shift's instances that start on them are taken whole.
        case wholeDates(ClosedRange<LocalDate>)
        /// Times on the clock; a chosen shift's instances are cut to them.
        case clock(from: LocalDateTime, to: LocalDateTime)
        /// Instants; a chosen shift's instances are cut to them.
        case instants
    }

    /// The days of a period of whole local dates, nil for any other.
    package var wholeDates: ClosedRange<LocalDate>? {
        switch extent {
        case .wholeDates(let dates): dates
        case .clock, .instants: nil
        }
    }

    /// A period between instants.
    package init(_ interval: Interval) {
        self.interval = interval
        self.extent = .instants
    }

    /// Whole local days.
    package init(_ dates: ClosedRange<LocalDate>, in zone: TimeZoneRules) {
        self.interval = Interval(start: zone.start(of: dates.lowerBound), end: zone.start(of: dates.upperBound + 1))
        self.extent = .wholeDates(dates)
    }

    /// Times on the clock of a zone.
    /// - Precondition: `from <= to`.
    package init(from: LocalDateTime, to: LocalDateTime, in zone: TimeZoneRules) {
        self.interval = Interval(start: zone.instant(of: from), end: zone.instant(of: to))
        self.extent = .clock(from: from, to: to)
    }

    /// The period of equal length that ends where this one starts, or `steps` lengths before that.
    ///
    /// Days are counted as days and clock times on the clock, so that a change of clocks between does not shift it.
    /// Nil when this period has no length or the earlier one would start before 1970.
    package func earlier(steps: Int = 1, in zone: TimeZoneRules) -> Period? {
        let period: Period
        switch extent {
        case .wholeDates(let dates):
            let days = (dates.upperBound - dates.lowerBound + 1) * steps
            period = Period(dates.lowerBound + (-days)...dates.upperBound + (-days), in: zone)
        case .clock(let from, let to):
            let length = (to - from) * Int64(steps)
            period = Period(from: from + (-length), to: to + (-length), in: zone)
        case .instants:
            let length = interval.length * Int64(steps)
            period = Period(Interval(start: interval.start + (-length), end: interval.end + (-length)))
        }
        guard !interval.isEmpty, period.interval.start >= Instant(seconds: 0) else { return nil }
        return period
    }

    /// The same so many days before, on the clock. Nil when it would start before 1970.
    package func earlier(days: Int, in zone: TimeZoneRules) -> Period? {
        let period: Period
        switch extent {
        case .wholeDates(let dates):
            period = Period(dates.lowerBound + (-days)...dates.upperBound + (-days), in: zone)
        case .clock(let from, let to):
            let length = Int64(days) * LocalDateTime.microsecondsPerDay
            period = Period(from: from + (-length), to: to + (-length), in: zone)
        case .instants:
            let length = Int64(days) * LocalDateTime.microsecondsPerDay
            let start = zone.instant(of: zone.local(of: interval.start) + (-length))
            let end = zone.instant(of: zone.local(of: interval.end) + (-length))
            // Around a clock that is put back the later instant may show the earlier time.
            period = Period(Interval(start: start, end: max(start, end)))
        }
        return period.interval.start >= Instant(seconds: 0) ? period : nil
    }

    /// The instant that lies as far into this period, on the clock, as `instant` into `other`; past the end of `other`,
    /// as far past this one's.
    package func instant(correspondingTo instant: Instant, of other: Period, in zone: TimeZoneRules) -> Instant {
        let clock = zone.local(of: instant)
        if instant < other.interval.end {
            let passed = clock - other.clock(in: zone).start
            return min(interval.end, zone.instant(of: self.clock(in: zone).start + passed))
        }
        let passed = clock - other.clock(in: zone).end
        return max(interval.end, zone.instant(of: self.clock(in: zone).end + passed))
    }

    /// Its ends on the clock, as they were written where they were: a day that begins at 01:00 was meant from 00:00 on.
    private func clock(in zone: TimeZoneRules) -> (start: LocalDateTime, end: LocalDateTime) {
        switch extent {
        case .wholeDates(let dates): (LocalDateTime(dates.lowerBound), LocalDateTime(dates.upperBound + 1))
        case .clock(let from, let to): (from, to)
        case .instants: (zone.local(of: interval.start), zone.local(of: interval.end))
        }
    }
}
