/// The offsets of one time zone over all time, as arrays searched in a few steps.
///
/// A local time that does not exist means the first instant after the hole, one that occurs twice its first occurrence.
package struct TimeZoneRules: Sendable {
    /// The name it was made with, such as `Europe/Madrid`.
    package let name: String

    /// Where each stretch of constant offset starts, in UTC microseconds; the first starts at `Int64.min`.
    private let starts: [Int64]
    /// The offset of each stretch in microseconds east of Greenwich.
    private let offsets: [Int64]
    /// What the clock would show at the end of each stretch but the last; ascending.
    private let clockEnds: [Int64]
    /// From here on everything repeats what was one cycle earlier; `Int64.max` when the last offset stays.
    private let cycleEnd: Int64

    /// The Gregorian calendar repeats after 400 years, weekdays included, and so do the rules of a footer.
    private static let cycle = Int64(LocalDate.daysPerCycle) * LocalDateTime.microsecondsPerDay

    /// Seconds from 1970 either way that are surely beyond all years of four digits and still fit as microseconds.
    ///
    /// Some files begin with a transition at the supposed start of the universe.
    private static let farthest = Int64(1) << 42

    /// A zone from the bytes of its TZif file.
    package init(name: String, tzif bytes: Span<UInt8>) throws(TimeZoneFileError) {
        try self.init(name: name, file: TimeZoneFile(parsing: bytes))
    }

    /// A zone that never changes its clocks, `offset` seconds east of Greenwich.
    package init(name: String, fixedOffset offset: Int) {
        self.name = name
        starts = [.min]
        offsets = [Int64(offset) * Instant.microsecondsPerSecond]
        clockEnds = []
        cycleEnd = .max
    }

    /// Coordinated universal time.
    package static let utc = TimeZoneRules(name: "UTC", fixedOffset: 0)

    private init(name: String, file: TimeZoneFile) throws(TimeZoneFileError) {
        var transitions = file.transitions
        if let last = transitions.last, last.at >= Self.farthest { throw .inconsistent }
        var cycleEnd = Int64.max
        if let footer = file.footer, footer.daylight != nil {
            let lastAt = transitions.last?.at
            let lastYear = lastAt.map { LocalDate(dayNumber: Int($0.flooredDivision(by: 86_400))).year }
            let firstYear = max(1900, lastYear ?? 1900)
            // Two years on, the rule alone governs, whatever part of a year the clock and UTC disagree about.
            let cycleStart = LocalDate(rolledYear: firstYear + 2, month: 1, day: 1)
            cycleEnd = LocalDateTime(cycleStart).microseconds + Self.cycle
            for change in footer.transitions(inYears: firstYear...(firstYear + 403)) {
                if let lastAt, change.at <= lastAt { continue }
                transitions.append(change)
            }
        }
        try self.init(name: name, initialOffset: file.initialOffset, transitions: transitions, cycleEnd: cycleEnd)
    }

    private init(
        name: String, initialOffset: Int, transitions: [(at: Int64, offset: Int)], cycleEnd: Int64
    ) throws(TimeZoneFileError) {
        var starts: [Int64] = [.min]
        var offsets = [Int64(initialOffset) * Instant.microsecondsPerSecond]
        var clockEnds: [Int64] = []
        for transition in transitions {
            let offset = Int64(transition.offset) * Instant.microsecondsPerSecond
            if transition.at < -Self.farthest {
                offsets[0] = offset
                continue
            }
            guard let last = offsets.last, last != offset else { continue }
            let at = transition.at * Instant.microsecondsPerSecond
            guard clockEnds.last.map({ $0 < at + last }) ?? true else { throw .inconsistent }
            clockEnds.append(at + last)
            starts.append(at)
            offsets.append(offset)
        }
        self.name = name
        self.starts = starts
        self.offsets = offsets
        self.clockEnds = clockEnds
        self.cycleEnd = cycleEnd
    }

    /// Seconds east of Greenwich at `instant`.
    package func offset(at instant: Instant) -> Int {
        Int(offsets[index(of: instant.microseconds - excess(instant.microseconds))] / Instant.microsecondsPerSecond)
    }

    /// What a clock of the zone shows at `instant`.
    package func local(of instant: Instant) -> LocalDateTime {
        let index = index(of: instant.microseconds - excess(instant.microseconds))
        return LocalDateTime(microseconds: instant.microseconds + offsets[index])
    }

    /// The first instant at which a clock of the zone shows `local` or, when it never does, anything later.
    package func instant(of local: LocalDateTime) -> Instant {
        let excess = excess(local.microseconds)
        let clock = local.microseconds - excess
        var low = 0
        var high = clockEnds.count
        while low < high {
            let middle = (low + high) / 2
            if clockEnds[middle] <= clock {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return Instant(microseconds: max(starts[low], clock - offsets[low]) + excess)
    }

    /// The instant at which `date` begins: its 00:00, or what follows the hole that 00:00 lies in.
    package func start(of date: LocalDate) -> Instant {
        instant(of: LocalDateTime(date))
    }

    /// The date whose day `[start(of: date), start(of: date + 1))` holds `instant`.
    ///
    /// It is the date on the clock, except where the clock was put back over midnight: a day once begun goes on.
    package func date(of instant: Instant) -> LocalDate {
        var date = local(of: instant).date
        while start(of: date + 1) <= instant { date = date + 1 }
        while start(of: date) > instant { date = date + (-1) }
        return date
    }

    /// A stretch of time without a change of clocks.
    struct Stretch {
        /// `Int64.min` for the first.
        let start: Int64
        /// `Int64.max` for the last.
        let end: Int64
        /// Microseconds east of Greenwich.
        let offset: Int64
    }

    /// The stretch of constant offset that holds the UTC microsecond.
    func stretch(at microseconds: Int64) -> Stretch {
        let excess = excess(microseconds)
        let index = index(of: microseconds - excess)
        let end = index + 1 < starts.count ? starts[index + 1] + excess : Int64.max
        return Stretch(start: index == 0 ? .min : starts[index] + excess, end: end, offset: offsets[index])
    }

    /// How many microseconds of whole cycles to take off so that the time lies within the arrays.
    private func excess(_ microseconds: Int64) -> Int64 {
        guard microseconds >= cycleEnd else { return 0 }
        return ((microseconds - cycleEnd) / Self.cycle + 1) * Self.cycle
    }

    /// The last stretch that starts at or before the UTC microsecond.
    private func index(of microseconds: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= microseconds {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }
}
