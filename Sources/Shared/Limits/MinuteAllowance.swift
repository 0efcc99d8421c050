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
        let wait = wait(for: count, of: perMinute, at: now)
        if wait == 0 { usedUntil = max(usedUntil, now * 1_000) + Self.cost(of: count, perMinute) }
        return wait
    }

    /// The microseconds after which `count` of `perMinute` could be taken; zero: now.
    package func wait(for count: Int, of perMinute: Int, at now: Int64) -> Int64 {
        let wait = used(at: now) + min(Self.cost(of: count, perMinute), Self.minute) - Self.minute
        return wait > 0 ? (wait + 999) / 1_000 : 0
    }

    /// Gives back what was taken and not used.
    package mutating func giveBack(_ count: Int, of perMinute: Int) {
        usedUntil -= Self.cost(of: count, perMinute)
    }

    /// How many could be taken at once.
    package func left(of perMinute: Int, at now: Int64) -> Int {
        Int(max(0, Self.minute - used(at: now)) / Self.cost(of: 1, perMinute))
    }

    /// The microseconds until it is just like a new one.
    package func recovery(at now: Int64) -> Int64 { (used(at: now) + 999) / 1_000 }

    /// Nanoseconds of the minute that are used up.
    private func used(at now: Int64) -> Int64 {
        let now = now * 1_000
        return max(usedUntil, now) - now
    }

    private static func cost(of count: Int, _ perMinute: Int) -> Int64 {
        Int64(count) * (minute / Int64(perMinute))
    }
}
