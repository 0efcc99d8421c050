/// So many of something in a minute: one minute's worth may be taken at once, and comes back evenly.
///
/// Times are microseconds of a clock that never goes back, so that whoever sets the time of day neither opens nor locks it.
package struct MinuteAllowance: Equatable, Sendable {
    private static let minute: Int64 = 60_000_000_000

    /// Nanoseconds of the clock until which everything has been used up.
    private var usedUntil: Int64 = .min

    package init() {}

    /// Takes `count` of `perMinute`. More than a whole minute's worth is given to whoever finds nothing used, and is then
    /// waited for.
    ///
    /// - Returns: zero when they were taken, otherwise the microseconds after which they could be.
    package mutating func take(_ count: Int, of perMinute: Int, at now: Int64) -> Int64 {
        let now = now * 1_000
        let cost = Self.cost(of: count, perMinute)
        let used = max(usedUntil, now)
        let wait = used + min(cost, Self.minute) - (now + Self.minute)
        guard wait <= 0 else { return (wait + 999) / 1_000 }
        usedUntil = used + cost
        return 0
    }

    /// Gives back what was taken and not used.
    package mutating func giveBack(_ count: Int, of perMinute: Int) {
        usedUntil -= Self.cost(of: count, perMinute)
    }

    /// Whether it is just like a new one.
    package func isUnused(at now: Int64) -> Bool { usedUntil <= now * 1_000 }

    private static func cost(of count: Int, _ perMinute: Int) -> Int64 {
        Int64(count) * (minute / Int64(perMinute))
    }
}
