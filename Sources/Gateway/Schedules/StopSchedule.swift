import Shared

/// Which tenant's stops are due to be calculated, and when. Holds no timer and no socket: it is told the time.
///
/// A tenant is due for the first time at a random moment of the first interval after it is heard of, and then every interval,
/// with a little jitter: tenants stay spread, also after a start. It is never due again while it still runs, and what was
/// missed is not made up for.
struct StopSchedule {
    struct Due: Equatable {
        var tenant: TenantID
        /// The first of a day, or since the start.
        var includesUpkeep: Bool
    }

    private struct Entry {
        /// Where the tenant's turn is in the interval, without jitter.
        var turn: Int64
        var due: Int64
        var isRunning = false
        var lastUpkeep: Int64?
    }

    private static let day: Int64 = 86_400_000_000

    /// Microseconds.
    private let interval: Int64
    private let mostAtOnce: Int
    private var entries: [TenantID: Entry] = [:]

    /// - Parameters:
    ///   - interval: microseconds between two calculations of a tenant.
    ///   - mostAtOnce: tenants that run at the same time, at most; others wait for their turn.
    init(interval: Int64, mostAtOnce: Int) {
        self.interval = interval
        self.mostAtOnce = mostAtOnce
    }

    /// The tenants there are now; those that are no more are forgotten.
    ///
    /// - Parameter now: microseconds of a clock that never goes back.
    mutating func hear(of tenants: [TenantID], now: Int64, using random: inout some RandomNumberGenerator) {
        let known = Set(tenants)
        entries = entries.filter { known.contains($0.key) || $0.value.isRunning }
        for tenant in tenants where entries[tenant] == nil {
            let turn = now + Int64.random(in: 0..<interval, using: &random)
            entries[tenant] = Entry(turn: turn, due: turn)
        }
    }

    /// The tenants whose turn has come, in its order; they run until `finished`.
    mutating func takeDue(now: Int64, using random: inout some RandomNumberGenerator) -> [Due] {
        let ready = entries.filter { !$0.value.isRunning && $0.value.due <= now }
            .sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
        let free = mostAtOnce - entries.values.count(where: \.isRunning)
        var due: [Due] = []
        for (tenant, entry) in ready.prefix(max(0, free)) {
            var next = entry
            // Turns that were missed are left out.
            next.turn += ((now - entry.turn) / interval + 1) * interval
            next.due = next.turn + Int64.random(in: 0...interval / 20, using: &random)
            next.isRunning = true
            let includesUpkeep = entry.lastUpkeep.map { now - $0 >= Self.day } ?? true
            if includesUpkeep { next.lastUpkeep = now }
            entries[tenant] = next
            due.append(Due(tenant: tenant, includesUpkeep: includesUpkeep))
        }
        return due
    }

    /// A tenant's calculation has ended; upkeep that failed is done with the next.
    mutating func finished(_ due: Due, succeeded: Bool) {
        entries[due.tenant]?.isRunning = false
        if !succeeded, due.includesUpkeep { entries[due.tenant]?.lastUpkeep = nil }
    }

    /// When the next turn comes; nil while there is none, or no place for it.
    var nextDue: Int64? {
        guard entries.values.count(where: \.isRunning) < mostAtOnce else { return nil }
        return entries.values.filter { !$0.isRunning }.map(\.due).min()
    }
}
