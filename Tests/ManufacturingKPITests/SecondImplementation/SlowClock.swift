import Foundation

/// What the clocks of a zone show from 2009 to 2027, asked of Foundation: stretches of one offset, looked through from
/// the first on.
struct SlowClock: Sendable {
    struct Constant: Sendable {
        var start: Int64
        var end: Int64
        /// Microseconds east of Greenwich.
        var offset: Int64
    }

    let name: String
    let constants: [Constant]

    /// Where the clocks are put forward or back.
    var changes: [Int64] { constants.dropFirst().map(\.start) }

    /// Zones with days of 22½ to 25 hours and without, some that change at midnight, one that left out a date.
    static let names = [
        "America/Argentina/Buenos_Aires", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe",
        "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "America/Havana", "America/Santiago", "Asia/Kolkata",
        "America/Sao_Paulo",
    ]

    static let all: [String: SlowClock] = Dictionary(
        uniqueKeysWithValues: names.compactMap { name in SlowClock(name).map { (name, $0) } })

    init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        func offset(_ second: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
        }
        // 2009-01-01 and 2028-01-01.
        let (first, last): (Int64, Int64) = (1_230_768_000, 1_830_297_600)
        var constants = [Constant(start: first, end: last, offset: offset(first))]
        // Nobody puts a clock forward and back again within six hours.
        for second in stride(from: first, to: last, by: 6 * 3_600) {
            let next = offset(second + 6 * 3_600)
            guard next != constants[constants.count - 1].offset else { continue }
            var (before, after) = (second, second + 6 * 3_600)
            while after - before > 1 {
                let middle = (before + after) / 2
                if offset(middle) == next { after = middle } else { before = middle }
            }
            constants[constants.count - 1].end = after
            constants.append(Constant(start: after, end: last, offset: next))
        }
        self.name = name
        self.constants = constants.map { constant in
            Constant(
                start: constant.start * 1_000_000, end: constant.end * 1_000_000, offset: constant.offset * 1_000_000)
        }
    }

    /// What the clock shows, in microseconds since its own 1970.
    func clock(at instant: Int64) -> Int64 {
        for constant in constants where instant < constant.end { return instant + constant.offset }
        return instant
    }

    /// The first instant at which the clock shows the time or a later one.
    func instant(of clock: Int64) -> Int64 {
        for constant in constants where clock < constant.end + constant.offset {
            return max(constant.start, clock - constant.offset)
        }
        return clock
    }

    static let minute: Int64 = 60_000_000
    static let day: Int64 = 1_440 * minute

    /// The day the clock shows, counted since 1970.
    func day(at instant: Int64) -> Int64 { clock(at: instant) / Self.day }

    /// The instant of a minute counted from 00:00 of a day.
    func instant(day: Int64, minute: Int) -> Int64 { instant(of: day * Self.day + Int64(minute) * Self.minute) }
}
