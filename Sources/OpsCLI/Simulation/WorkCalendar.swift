import Shared

/// When a line works: its shifts without their breaks, less closures, more extra time.
struct WorkCalendar: Sendable {
    /// A shift as it is now; its earlier versions are not looked at.
    struct Shift: Sendable {
        let days: Set<Int>
        let start: LocalTime
        let end: LocalTime
        let breaks: [(start: LocalTime, end: LocalTime)]
    }

    /// Empty when no shift applies to the line; it then works all the time.
    let shifts: [Shift]
    let closed: [Interval]
    let extra: [Interval]
    let zone: TimeZoneRules

    /// The time worked inside `period`.
    func work(in period: Interval) -> IntervalSet {
        guard !shifts.isEmpty else {
            return IntervalSet(period).subtracting(IntervalSet(union: closed))
        }
        // A shift that began the day before may reach into the period.
        let first = zone.date(of: period.start) + (-2)
        let days = zone.date(of: period.end) - first
        var planned = IntervalSet()
        for shift in shifts {
            for date in (0...days).map({ first + $0 }) where shift.days.contains(date.weekday) {
                planned = planned.union(instance(of: shift, on: date))
            }
        }
        return planned.subtracting(IntervalSet(union: closed)).union(IntervalSet(union: extra)).intersection(period)
    }

    private func instance(of shift: Shift, on date: LocalDate) -> IntervalSet {
        let whole = interval(shift.start, shift.end, on: date)
        let breaks = shift.breaks.map { pause in
            interval(pause.start, pause.end, on: pause.start < shift.start ? date + 1 : date)
        }
        return IntervalSet(whole).subtracting(IntervalSet(union: breaks))
    }

    /// An end at or before the start is on the next day.
    private func interval(_ start: LocalTime, _ end: LocalTime, on date: LocalDate) -> Interval {
        let from = zone.instant(of: LocalDateTime(date, start))
        let to = zone.instant(of: LocalDateTime(end > start ? date : date + 1, end))
        return Interval(start: from, end: max(from, to))
    }
}
