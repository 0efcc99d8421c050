package import Shared

/// The time a line's figures are taken over, cut at now.
package struct LinePeriod: Sendable {
    /// The period asked for; its length is the calendar time.
    package let period: Interval
    /// PBT: of the selected shift when there is one.
    package let planned: IntervalSet
    /// Where production counts as produced and good: the planned time, or the instances of the selected shift with
    /// their breaks and closed time.
    package let counted: IntervalSet
    /// Whether `counted` is a selected shift's.
    package let isOfShift: Bool
    /// The period and everything counted: total production. A night shift taken whole may reach over the period's end.
    package let all: IntervalSet

    /// - Parameters:
    ///   - period: as asked for; what lies after `now` is cut off here.
    ///   - planned: planned time, of the selected shift when there is one.
    ///   - instances: the selected shift's instances, breaks and closed time included; nil without a selected shift.
    ///   - elsewhere: time of the period whose production counts in another part of a longer period.
    package init(
        period: Interval, planned: IntervalSet, instances: IntervalSet? = nil, elsewhere: IntervalSet = IntervalSet(),
        now: Instant
    ) {
        let end = max(period.start, min(period.end, now))
        self.period = Interval(start: period.start, end: end)
        let first =
            [period.start, planned.intervals.first?.start, instances?.intervals.first?.start]
            .compactMap { $0 }.min() ?? period.start
        let past = IntervalSet(Interval(start: min(first, now), end: now))
        self.planned = planned.intersection(past)
        isOfShift = instances != nil
        counted = instances.map { $0.intersection(past) } ?? self.planned
        all = IntervalSet(self.period).subtracting(elsewhere).union(counted)
    }

    /// From the first to the last instant that counts.
    package var hull: Interval {
        Interval(
            start: all.intervals.first?.start ?? period.start, end: all.intervals.last?.end ?? period.end
        )
    }
}
