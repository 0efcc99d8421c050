package import Shared

extension LineCalendar {
    /// Why the line is not planned at `instant` and until when; nil when it is planned.
    package func idleReason(at instant: Instant) -> IdleReason? {
        let next = nextPlannedInstant(from: instant)
        if next == instant { return nil }
        return IdleReason(kind: idleKind(at: instant), until: next)
    }

    private func idleKind(at instant: Instant) -> IdleReason.Kind {
        let moment = Interval(start: instant, end: instant + 1)
        guard commissioned(moment, before: nil) != nil else { return .outsideShifts }
        // Of several reasons the one that lasts longest is the one to name.
        let closures = closures.filter { $0.interval.contains(instant) }
        if let longest = closures.max(by: { $0.interval.end < $1.interval.end }) {
            return .closed(name: longest.name)
        }
        let breaks = shiftInstances(overlapping: moment).flatMap(\.breaks).filter { $0.interval.contains(instant) }
        if let longest = breaks.max(by: { $0.interval.end < $1.interval.end }) {
            return .breakTime(name: longest.name)
        }
        return .outsideShifts
    }

    /// The first planned instant at or after `instant`, at most 400 days on.
    func nextPlannedInstant(from instant: Instant) -> Instant? {
        var start = instant
        for days: Int64 in [1, 7, 42, 350] {
            let end = start + days * LocalDateTime.microsecondsPerDay
            let window = Interval(start: start, end: end)
            if let first = plannedTime(in: window, now: end).intervals.first { return first.start }
            start = end
        }
        return nil
    }

    /// The end of the last planned time before `instant`, at most ten years back.
    func lastPlannedEnd(before instant: Instant) -> Instant? {
        var end = instant
        for days: Int64 in [1, 7, 42, 350, 3_250] {
            let window = Interval(start: end + (-days * LocalDateTime.microsecondsPerDay), end: end)
            if let last = plannedTime(in: window, now: end).intervals.last { return last.end }
            end = window.start
        }
        return nil
    }
}
