import Shared

/// The detections of one line in the order of time, made day by day as they fall due.
struct LineFeed {
    let line: SimulatedLine
    /// Days up to this one are made.
    private var lastDate: LocalDate
    private var waiting: ArraySlice<SimulatedDetection>

    /// Begins with what comes after `instant`.
    init(_ line: SimulatedLine, after instant: Instant) {
        self.line = line
        // Units that entered just before midnight may still be on the line.
        lastDate = line.zone.date(of: instant) + (-2)
        waiting = []
        _ = due(until: instant)
    }

    /// Takes all that is seen up to and with `now`.
    mutating func due(until now: Instant) -> ArraySlice<SimulatedDetection> {
        let today = line.zone.date(of: now)
        while lastDate < today {
            lastDate = lastDate + 1
            let day = LineDay.detections(of: line, on: lastDate)
            waiting = ArraySlice((waiting + day).sorted { $0.at < $1.at })
        }
        let due = waiting.prefix { $0.at <= now }
        waiting = waiting.dropFirst(due.count)
        return due
    }
}
