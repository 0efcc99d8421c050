package import Shared

/// What a line's work is told by on walls and boards: one working of a shift, or a whole local day where no shift works.
package struct LineWorking: Hashable, Sendable {
    /// Nil: the whole day.
    package let shift: ShiftID?
    /// The day it starts on.
    package let date: LocalDate
    /// From its start to its end, breaks included, also what is still to come.
    package let interval: Interval

    fileprivate init(shift: ShiftID?, date: LocalDate, interval: Interval) {
        self.shift = shift
        self.date = date
        self.interval = interval
    }

    fileprivate init(_ instance: ShiftInstance) {
        self.init(shift: instance.shift, date: instance.startDay, interval: instance.interval)
    }
}

extension LineCalendar {
    /// So many days back the last working is looked for when none is on, and the one before another.
    private static let daysBack: Int64 = 31

    /// The working that is on at an instant; of overlapping ones the last that began. Extra time outside the shifts is told
    /// by its day. When nothing is on, the working that ended last; where there was none for long, the day.
    package func working(at instant: Instant) -> LineWorking {
        let today = day(zone.date(of: instant))
        guard !isContinuous else { return today }
        let moment = Interval(start: instant, end: instant + 1)
        if let current = shiftInstances(overlapping: moment).last { return LineWorking(current) }
        if extra.contains(instant) { return today }
        return working(endedBy: instant) ?? today
    }

    /// The working of a shift that ended last; nil where there was none for long.
    package func working(endedBy instant: Instant) -> LineWorking? {
        instance(before: instant) { instances in
            instances.filter { $0.interval.end <= instant }
                .max { ($0.interval.end, $0.interval.start) < ($1.interval.end, $1.interval.start) }
        }
    }

    /// The working of a shift that starts on a date; without a shift the first of that date, or the date itself where none
    /// starts on it. Nil where the shift does not work then.
    package func working(of shift: ShiftID?, on date: LocalDate) -> LineWorking? {
        if isContinuous { return shift == nil ? day(date) : nil }
        if let first = shiftInstances(of: shift, startingOn: date...date).first { return LineWorking(first) }
        return shift == nil ? day(date) : nil
    }

    /// The working of a shift that is on at an instant, otherwise the one that ended last; nil where there was none for long.
    package func working(of shift: ShiftID, at instant: Instant) -> LineWorking? {
        let moment = Interval(start: instant, end: instant + 1)
        if let current = shiftInstances(of: shift, overlapping: moment).last { return LineWorking(current) }
        return instance(before: instant) { instances in
            instances.last { $0.shift == shift && $0.interval.end <= instant }
        }
    }

    /// The working before another, with a shift the one of that shift; nil where there is none for long.
    package func working(before working: LineWorking, of shift: ShiftID? = nil) -> LineWorking? {
        if isContinuous { return shift == nil ? day(working.date + -1) : nil }
        return instance(before: working.interval.start) { instances in
            instances.last { instance in
                LineWorking(instance).isBefore(working) && (shift.map { $0 == instance.shift } ?? true)
            }
        }
    }

    /// The working after another that has begun at an instant; nil where there is none yet.
    package func working(after working: LineWorking, begunAt instant: Instant) -> LineWorking? {
        if isContinuous {
            let next = day(working.date + 1)
            return next.interval.start <= instant ? next : nil
        }
        let end = min(instant, working.interval.start + Self.daysBack * LocalDateTime.microsecondsPerDay) + 1
        guard working.interval.start < end else { return nil }
        let span = Interval(start: working.interval.start, end: end)
        return shiftInstances(startingIn: span).map(LineWorking.init).first { working.isBefore($0) }
    }

    private func day(_ date: LocalDate) -> LineWorking {
        LineWorking(shift: nil, date: date, interval: Period(date...date, in: zone).interval)
    }

    /// The instance that is chosen among those that start in the days before an instant or at it, in the order of their starts.
    private func instance(
        before instant: Instant, _ choose: ([ShiftInstance]) -> ShiftInstance?
    ) -> LineWorking? {
        // Hardly a week has none, so the rest is seldom worked out.
        for days in [7, Self.daysBack] {
            let start = instant + -days * LocalDateTime.microsecondsPerDay
            let span = Interval(start: start, end: instant + 1)
            if let chosen = choose(shiftInstances(startingIn: span)) { return LineWorking(chosen) }
        }
        return nil
    }
}

extension LineWorking {
    /// The order in which workings are gone through: by start, then by shift.
    fileprivate func isBefore(_ other: LineWorking) -> Bool {
        (interval.start, shift?.rawValue ?? 0) < (other.interval.start, other.shift?.rawValue ?? 0)
    }
}
