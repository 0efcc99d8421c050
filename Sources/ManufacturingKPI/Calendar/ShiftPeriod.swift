package import Shared

/// The period of the shift that several lines work, of whatever lengths and zones their shifts are: from the first start to
/// the last end of those that are on.
package struct ShiftPeriod: Sendable {
    /// One of its workings, and the zone of its plant.
    package struct Working: Sendable {
        package let working: LineWorking
        package let zone: TimeZoneRules
    }

    package let interval: Interval
    /// Whether a shift is on. Of the one before the present one too it says so of the present one.
    package let isRunning: Bool
    /// The different ones, in the order of the lines.
    package let workings: [Working]

    /// The workings that are on at an instant, or, where none is, those that ended last; with `isLast` the ones before them.
    /// Lines without shifts are told by their days, where no other line is among them.
    ///
    /// - Parameter shift: only its workings count; nil: those of any.
    /// - Returns: nil where there is no such working for long.
    package init?(_ calendars: [LineCalendar], of shift: ShiftID?, isLast: Bool, now: Instant) {
        var worked = calendars.compactMap { calendar -> (calendar: LineCalendar, working: LineWorking)? in
            let working = shift.map { calendar.working(of: $0, at: now) } ?? calendar.working(at: now)
            return working.map { (calendar, $0) }
        }
        if worked.contains(where: { $0.working.shift != nil }) {
            worked.removeAll { $0.working.shift == nil }
        }
        let running = worked.filter { $0.working.interval.contains(now) }
        isRunning = !running.isEmpty
        let newest = worked.map(\.working.interval.end).max()
        var chosen = isRunning ? running : worked.filter { $0.working.interval.end == newest }
        if isLast {
            chosen = chosen.compactMap { calendar, working in
                // The day of extra time began before the shifts that have ended on it.
                let isExtra = working.shift == nil && !calendar.isContinuous
                let before = isExtra ? calendar.working(endedBy: now) : calendar.working(before: working, of: shift)
                return before.map { (calendar, $0) }
            }
        }
        guard let start = chosen.map(\.working.interval.start).min(),
            let end = chosen.map(\.working.interval.end).max()
        else { return nil }
        interval = Interval(start: start, end: end)
        var workings: [Working] = []
        for (calendar, working) in chosen
        where !workings.contains(where: { $0.working == working && $0.zone.name == calendar.zone.name }) {
            workings.append(Working(working: working, zone: calendar.zone))
        }
        self.workings = workings
    }
}
