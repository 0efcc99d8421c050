import Shared

/// When a piece of scheduled work has its turns: once in every interval, each tenant at a moment of its own.
///
/// Turns follow from the tenant's number alone, so they stay spread whatever has happened before: after a start, after
/// hours without a gateway, and when a thousand tenants were due at once. What was missed is made up for by one turn,
/// not by as many as there were. Holds no timer: it is told the time.
struct WorkTurns {
    /// After failures a tenant waits from this time on, doubled each time, at most the interval and `longestPause`.
    static let shortestPause: Int64 = 60_000_000
    static let longestPause: Int64 = 3_600_000_000

    let work: ScheduledWork
    /// Microseconds.
    let interval: Int64

    /// The first turn of a tenant that had none, within an interval.
    func first(of tenant: TenantID, after now: Instant) -> Instant {
        turn(of: tenant, after: now)
    }

    /// The turn after one that was taken now; half an interval away at least, so that a late one is not followed at
    /// once.
    func next(of tenant: TenantID, after now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        turn(of: tenant, after: now + interval / 2) + Int64.random(in: 0...interval / 20, using: &random)
    }

    /// When work is tried again that has failed so often in a row.
    ///
    /// - Parameter failures: 1 or more.
    func retry(after failures: Int, at now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        let doubled = Self.shortestPause << Int64(min(failures - 1, 10))
        let pause = min(doubled, Self.longestPause, interval)
        return now + pause * 3 / 4 + Int64.random(in: 0...pause / 2, using: &random)
    }

    /// When work is tried again that somebody else was doing.
    func revisit(at now: Instant) -> Instant {
        now + min(Self.shortestPause, interval)
    }

    /// No turn that was given at `now` is later. One that is was given before somebody set the clock back.
    func latest(at now: Instant) -> Instant {
        now + 2 * interval
    }

    private func turn(of tenant: TenantID, after now: Instant) -> Instant {
        let since = now.microseconds - phase(of: tenant)
        return Instant(microseconds: now.microseconds + interval - (since % interval + interval) % interval)
    }

    /// Where in the interval the tenant's turn is: multiples of the golden ratio, which lie evenly however many there
    /// are.
    private func phase(of tenant: TenantID) -> Int64 {
        let turn = UInt64(bitPattern: tenant.rawValue) &* 0x9E37_79B9_7F4A_7C15 &+ offset
        return Int64(turn.multipliedFullWidth(by: UInt64(interval)).high)
    }

    /// So that different work of one tenant is not due together.
    private var offset: UInt64 {
        switch work {
        case .stops: 0
        case .upkeep: 1 << 63
        }
    }
}
