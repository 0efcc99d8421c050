package import Shared

/// The earlier period a trend compares with, as it would have been seen from the same point of it.
package struct ComparisonPeriod: Hashable, Sendable {
    package let period: Period
    /// Takes the place of now: as far into `period`, on the clock, as now is into the period compared.
    package let asOf: Instant

    /// The period of equal length, `steps` lengths earlier; nil when there is none or `period` has not begun at `now`.
    package init?(of period: Period, steps: Int = 1, in zone: TimeZoneRules, now: Instant) {
        guard period.interval.start < now, let earlier = period.earlier(steps: steps, in: zone) else { return nil }
        self.period = earlier
        self.asOf = min(now, earlier.instant(correspondingTo: now, of: period, in: zone))
    }

    /// The same days and times of the week before; nil when there are none or `period` has not begun at `now`.
    package init?(weekBefore period: Period, in zone: TimeZoneRules, now: Instant) {
        guard period.interval.start < now, let earlier = period.earlier(days: 7, in: zone) else { return nil }
        self.period = earlier
        self.asOf = min(now, earlier.instant(correspondingTo: now, of: period, in: zone))
    }
}

extension LineCalendar {
    /// The period of equal length just before or, when the line was not planned in it, the nearest earlier one in which
    /// it was; with a shift only that shift's planned time counts. At most ten years and 400 candidates back.
    package func comparisonPeriod(for period: Period, shift: ShiftID?, now: Instant) -> ComparisonPeriod? {
        guard period.interval.start < now else { return nil }
        var steps = 1
        for _ in 0..<400 {
            guard let candidate = ComparisonPeriod(of: period, steps: steps, in: zone, now: now) else { return nil }
            if hasPlannedTime(in: candidate, shift: shift) { return candidate }
            // Skip what no candidate can be found in: up to the last time the line was planned before this one. A chosen
            // shift's instance reaches up to a day and a change of clocks past the dates it belongs to.
            let start = candidate.period.interval.start
            let reach = shift == nil ? 0 : 2 * LocalDateTime.microsecondsPerDay
            guard let planned = lastPlannedEnd(before: start + reach) else { return nil }
            let gap = start - planned
            // A tenth is left out of the leap, as days around a change of clocks are longer or shorter than others.
            steps += max(1, Int(gap / period.interval.length * 9 / 10))
        }
        return nil
    }

    private func hasPlannedTime(in candidate: ComparisonPeriod, shift: ShiftID?) -> Bool {
        if let shift {
            return !time(of: shift, in: candidate.period, now: candidate.asOf).planned.isEmpty
        }
        return hasPlannedTime(in: candidate.period.interval, now: candidate.asOf)
    }
}
