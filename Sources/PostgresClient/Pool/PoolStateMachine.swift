/// Decides who gets which connection and when one is opened or closed; without I/O, clock or lock.
///
/// Each method takes an event with its time and gives the actions the caller has to carry out, in order.
struct PoolStateMachine: ~Copyable {
    typealias Instant = ContinuousClock.Instant
    typealias ConnectionID = Int
    typealias WaiterID = Int

    enum Action: Equatable {
        /// Hand the connection to whoever waits.
        case lease(WaiterID, ConnectionID)
        /// Tell whoever waits that there will be none.
        case fail(WaiterID, PostgresError)
        /// Open a connection of this name.
        case open(ConnectionID)
        /// Close it; `closed` follows.
        case close(ConnectionID)
        /// Everything is closed after `close`.
        case finished
    }

    private struct Waiter {
        let id: WaiterID
        let deadline: Instant
    }

    private struct Idle {
        let id: ConnectionID
        let since: Instant
    }

    private enum Life {
        case running
        case closing
        case finished
    }

    private let limits: PoolLimits
    private var life = Life.running
    private var waiters: [Waiter] = []
    private var opening: Set<ConnectionID> = []
    private var leased: Set<ConnectionID> = []
    private var closing: Set<ConnectionID> = []
    /// In the order they became idle; the last is used first, so that the others can grow old.
    private var idle: [Idle] = []
    private var nextConnection = 0
    /// Since when connecting fails, and how often in a row.
    private var failures = 0
    private var lastFailure: PostgresError?
    private var retryAt: Instant?

    init(limits: PoolLimits) {
        self.limits = limits
    }

    var openCount: Int { opening.count + leased.count + idle.count + closing.count }
    var idleCount: Int { idle.count }
    var waitingCount: Int { waiters.count }

    /// When `tick` has something to do, nil for never.
    var nextTick: Instant? {
        var next = waiters.map(\.deadline).min()
        func consider(_ instant: Instant?) {
            guard let instant else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        consider(idle.first.map { $0.since + limits.idleTime })
        if !waiters.isEmpty { consider(retryAt) }
        return next
    }

    /// Somebody wants a connection.
    mutating func acquire(_ waiter: WaiterID, deadline: Instant, now: Instant) -> [Action] {
        guard life == .running else { return [.fail(waiter, .closed)] }
        guard now < deadline else { return [.fail(waiter, .deadlineExceeded)] }
        if waiters.isEmpty, let connection = idle.popLast() {
            leased.insert(connection.id)
            return [.lease(waiter, connection.id)]
        }
        if isBackingOff(now), leased.isEmpty, idle.isEmpty, opening.isEmpty, let lastFailure {
            return [.fail(waiter, lastFailure)]
        }
        guard waiters.count < limits.waiting + freeSlots else { return [.fail(waiter, .poolExhausted)] }
        waiters.append(Waiter(id: waiter, deadline: deadline))
        return openForWaiters(now)
    }

    /// Somebody no longer waits.
    mutating func cancel(_ waiter: WaiterID) -> [Action] {
        guard let position = waiters.firstIndex(where: { $0.id == waiter }) else { return [] }
        waiters.remove(at: position)
        return [.fail(waiter, .cancelled)]
    }

    /// A connection is open.
    mutating func connected(_ connection: ConnectionID, now: Instant) -> [Action] {
        guard opening.remove(connection) != nil else { return [] }
        failures = 0
        lastFailure = nil
        retryAt = nil
        return makeReady(connection, now) + openForWaiters(now)
    }

    /// A connection could not be opened; `closed` follows.
    ///
    /// Whoever waits is told so at once, unless other connections can still serve them.
    mutating func connectFailed(
        _ connection: ConnectionID, _ error: PostgresError, jitter: Double, now: Instant
    ) -> [Action] {
        guard opening.remove(connection) != nil else { return [] }
        closing.insert(connection)
        if !isBackingOff(now) {
            let doubled = limits.firstRetry * (1 << min(failures, 16))
            failures += 1
            // Between half and the whole, so that many pools do not come back in step.
            retryAt = now + min(doubled, limits.longestRetry) * (0.5 + 0.5 * min(max(jitter, 0), 1))
        }
        lastFailure = error
        guard leased.isEmpty, idle.isEmpty, opening.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters.map { .fail($0.id, error) }
    }

    /// A connection comes back, ready for the next or to be replaced.
    mutating func released(_ connection: ConnectionID, isHealthy: Bool, now: Instant) -> [Action] {
        guard leased.remove(connection) != nil else { return [] }
        guard isHealthy else {
            closing.insert(connection)
            return [.close(connection)]
        }
        return makeReady(connection, now)
    }

    /// A connection is gone; may come at any time, also for one that is on loan.
    mutating func closed(_ connection: ConnectionID, now: Instant) -> [Action] {
        opening.remove(connection)
        closing.remove(connection)
        leased.remove(connection)
        idle.removeAll { $0.id == connection }
        guard life == .running else { return finishIfEmpty() }
        return openForWaiters(now)
    }

    /// Time has passed: deadlines, idle connections, the next attempt to connect.
    mutating func tick(now: Instant) -> [Action] {
        var actions: [Action] = waiters.filter { $0.deadline <= now }.map { .fail($0.id, .deadlineExceeded) }
        waiters.removeAll { $0.deadline <= now }
        while let oldest = idle.first, oldest.since + limits.idleTime <= now {
            idle.removeFirst()
            closing.insert(oldest.id)
            actions.append(.close(oldest.id))
        }
        return actions + openForWaiters(now)
    }

    /// Nobody gets a connection any more; those on loan are closed when they come back.
    mutating func close() -> [Action] {
        guard life == .running else { return [] }
        life = .closing
        var actions: [Action] = waiters.map { .fail($0.id, .closed) }
        waiters = []
        for connection in idle.map(\.id) + opening.sorted() {
            closing.insert(connection)
            actions.append(.close(connection))
        }
        idle = []
        opening = []
        return actions + finishIfEmpty()
    }

    private var freeSlots: Int { max(0, limits.connections - leased.count - closing.count) }

    private func isBackingOff(_ now: Instant) -> Bool {
        retryAt.map { now < $0 } ?? false
    }

    private mutating func makeReady(_ connection: ConnectionID, _ now: Instant) -> [Action] {
        guard life == .running else {
            closing.insert(connection)
            return [.close(connection)]
        }
        guard !waiters.isEmpty else {
            idle.append(Idle(id: connection, since: now))
            return []
        }
        leased.insert(connection)
        return [.lease(waiters.removeFirst().id, connection)]
    }

    /// Opens as many connections as there are waiters that none is being opened for; one only while the server fails.
    private mutating func openForWaiters(_ now: Instant) -> [Action] {
        guard life == .running, !isBackingOff(now) else { return [] }
        var actions: [Action] = []
        let wanted = failures > 0 ? min(1, waiters.count) : waiters.count
        while opening.count < wanted, openCount < limits.connections {
            nextConnection += 1
            opening.insert(nextConnection)
            actions.append(.open(nextConnection))
        }
        return actions
    }

    private mutating func finishIfEmpty() -> [Action] {
        guard life == .closing, openCount == 0 else { return [] }
        life = .finished
        return [.finished]
    }
}
