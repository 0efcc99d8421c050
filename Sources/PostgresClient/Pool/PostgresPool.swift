package import Logging
import Synchronization

/// Connections to one database, shared by many tasks: opened on demand, closed when idle, replaced when dead.
///
/// Waiting is first come, first served, and ends at the task's deadline. While the server cannot be reached, requests
/// fail at once with `unavailable`, but for one attempt in each pause. Must be closed by `close`.
package final class PostgresPool: Sendable {
    private struct State: ~Copyable {
        var machine: PoolStateMachine
        var sessions: [Int: Session] = [:]
        var waiters: [Int: CheckedContinuation<Result<Lease, PostgresError>, Never>] = [:]
        var nextWaiter = 0
        /// When the keeper wakes by itself.
        var keeperTick: ContinuousClock.Instant?
        var isFinished = false
        var finishing: [CheckedContinuation<Void, Never>] = []
        var isUnavailable = false
    }

    private struct Lease: Sendable {
        let id: Int
        let session: Session
    }

    // Lock of the state machine, and of who and what its numbers stand for.
    private let state: Mutex<State>
    private let settings: ConnectionSettings
    private let logger: Logger
    private let meter: QueryMeter
    private let keeper: WakeDescriptor

    /// A pool without connections yet; throws `unavailable` when the system has no thread or descriptor left.
    package init(_ settings: ConnectionSettings, limits: PoolLimits = PoolLimits(), logger: Logger)
        throws(PostgresError)
    {
        self.settings = settings
        self.logger = logger
        self.meter = QueryMeter(logger: logger, slowAfter: limits.slowAfter)
        self.keeper = try WakeDescriptor()
        self.state = Mutex(State(machine: PoolStateMachine(limits: limits)))
        guard SmallThread.start({ self.keep() }) else {
            throw .unavailable(Unavailability(.connectFailed, detail: "out of threads"))
        }
    }

    /// What the pool is doing.
    package var statistics: PoolStatistics {
        let figures = meter.current
        return state.withLock { state in
            PoolStatistics(
                open: state.machine.openCount, idle: state.machine.idleCount, waiting: state.machine.waitingCount,
                statements: figures.statements, failures: figures.failures,
                byStatement: figures.byName.values.sorted { ($1.longest, $0.name) < ($0.longest, $1.name) })
        }
    }

    /// Lends a connection to `body`.
    ///
    /// Throws `poolExhausted`, `unavailable`, `deadlineExceeded` or `cancelled` before `body` runs.
    @discardableResult
    package func withConnection<Answer>(
        deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
        _ body: (borrowing PostgresConnection) async throws -> Answer
    ) async throws -> Answer {
        let lease = try await acquire(deadline: deadline)
        defer { release(lease) }
        return try await body(PostgresConnection(lease.session))
    }

    /// Runs `body` in a transaction on a connection of its own: commits when it returns, rolls back when it throws.
    ///
    /// Throws `outcomeUnknown` when the connection dies or the deadline passes with the COMMIT in flight.
    @discardableResult
    package func withTransaction<Answer>(
        _ mode: TransactionMode = .readWrite, deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation, _ body: (borrowing PostgresTransaction) async throws -> Answer
    ) async throws -> Answer {
        var attempt = 1
        while true {
            let lease = try await acquire(deadline: deadline)
            do throws(PostgresError) {
                try await lease.session.begin(mode, deadline: deadline)
            } catch {
                release(lease)
                guard attempt == 1, error.isConnectionLoss else { throw error }
                // BEGIN changes nothing: a connection that died unnoticed is simply replaced.
                attempt += 1
                continue
            }
            defer { release(lease) }
            return try await lease.session.finishTransaction(deadline: deadline, isolation: isolation, body)
        }
    }

    /// Runs a statement on any connection and gives all its rows.
    ///
    /// When the connection turns out dead, the statement runs once more on another one: if none of it had been sent, or
    /// it was marked idempotent. Otherwise throws `outcomeUnknown`.
    package func query(
        _ statement: Statement, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Rows {
        do throws(PostgresError) {
            return try await queryOnce(statement, deadline: deadline)
        } catch {
            guard error.mayRunAgain(statement) else { throw error }
            return try await queryOnce(statement, deadline: deadline)
        }
    }

    /// Runs a statement on any connection, as `query` does; gives the number of rows it touched.
    @discardableResult
    package func execute(
        _ statement: Statement, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Int {
        try await query(statement, deadline: deadline).affected
    }

    /// Closes all connections, those on loan when they come back; returns when the last is closed.
    package func close() async {
        perform { (machine, _) in machine.close() }
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.finishing.append(continuation) }
                return state.isFinished
            }
            if isFinished { continuation.resume() }
        }
    }

    private func queryOnce(
        _ statement: Statement, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Rows {
        let lease = try await acquire(deadline: deadline)
        defer { release(lease) }
        return try await PostgresConnection(lease.session).query(statement, deadline: deadline)
    }

    private func acquire(deadline: ContinuousClock.Instant) async throws(PostgresError) -> Lease {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Lease, PostgresError>, Never>) in
                state.withLock { $0.waiters[waiter] = continuation }
                perform { (machine, now) in machine.acquire(waiter, deadline: deadline, now: now) }
                // The handler may have come before there was somebody to cancel.
                if Task.isCancelled { perform { (machine, _) in machine.cancel(waiter) } }
            }
        } onCancel: {
            perform { (machine, _) in machine.cancel(waiter) }
        }
        return try result.get()
    }

    private func release(_ lease: Lease) {
        lease.session.settle { isHealthy in
            self.perform { (machine, now) in machine.released(lease.id, isHealthy: isHealthy, now: now) }
        }
    }

    // MARK: Carrying out what the state machine decides

    private typealias Event = (inout PoolStateMachine, ContinuousClock.Instant) -> [PoolStateMachine.Action]

    /// Feeds an event to the state machine and carries out its actions outside the lock.
    private func perform(_ event: Event) {
        let now = ContinuousClock.now
        var effects: [() -> Void] = []
        var wakesKeeper = false
        var opened: [Int] = []
        state.withLock { state in
            for action in event(&state.machine, now) {
                switch action {
                case .lease(let waiter, let connection):
                    guard let session = state.sessions[connection],
                        let continuation = state.waiters.removeValue(forKey: waiter)
                    else { continue }
                    effects.append { continuation.resume(returning: .success(Lease(id: connection, session: session))) }
                case .fail(let waiter, let error):
                    guard let continuation = state.waiters.removeValue(forKey: waiter) else { continue }
                    effects.append { continuation.resume(returning: .failure(error)) }
                case .open(let connection):
                    opened.append(connection)
                case .close(let connection):
                    guard let session = state.sessions[connection] else { continue }
                    effects.append { session.close() }
                case .finished:
                    state.isFinished = true
                    wakesKeeper = true
                    let finishing = state.finishing
                    state.finishing = []
                    effects.append { for continuation in finishing { continuation.resume() } }
                }
            }
            if let next = state.machine.nextTick, state.keeperTick.map({ next < $0 }) ?? true {
                state.keeperTick = next
                wakesKeeper = true
            }
            // The name is known to the state before its thread can report.
            for connection in opened {
                do throws(PostgresError) {
                    state.sessions[connection] = try open(connection)
                } catch {
                    effects.append { self.handle(.connectFailed(error), of: connection) }
                    effects.append { self.handle(.closed, of: connection) }
                }
            }
        }
        for effect in effects { effect() }
        if wakesKeeper { keeper.wake() }
    }

    private func open(_ connection: Int) throws(PostgresError) -> Session {
        try Session(settings: settings, meter: meter, logger: logger) { event in
            self.handle(event, of: connection)
        }
    }

    private func handle(_ event: Session.Event, of connection: Int) {
        switch event {
        case .connected:
            let isBack = state.withLock { state in
                defer { state.isUnavailable = false }
                return state.isUnavailable
            }
            if isBack { logger.notice("database is back") }
            perform { (machine, now) in machine.connected(connection, now: now) }
        case .connectFailed(let error):
            let isNew = state.withLock { state in
                // A pool being closed gives up its attempts by itself.
                guard error != .closed else { return false }
                defer { state.isUnavailable = true }
                return !state.isUnavailable
            }
            // Once per outage, not per attempt.
            if isNew {
                logger.error(
                    "database unavailable",
                    metadata: ["reason": "\(error)", "detail": "\(error.operatorDetail ?? "")"])
            }
            let jitter = Double.random(in: 0...1)
            perform { (machine, now) in machine.connectFailed(connection, error, jitter: jitter, now: now) }
        case .closed:
            state.withLock { _ = $0.sessions.removeValue(forKey: connection) }
            perform { (machine, now) in machine.closed(connection, now: now) }
        }
    }

    /// The pool's own thread: wakes for deadlines of waiters, idle connections and pauses.
    private func keep() {
        while true {
            let (tick, isFinished) = state.withLock { state in
                state.keeperTick = state.machine.nextTick
                return (state.keeperTick, state.isFinished)
            }
            if isFinished { return }
            keeper.wait(until: tick)
            if tick?.hasPassed ?? false { perform { (machine, now) in machine.tick(now: now) } }
        }
    }
}

extension PostgresError {
    /// Whether the connection was lost, and with it what it had not committed.
    var isConnectionLoss: Bool {
        guard case .unavailable(let unavailability) = self else { return false }
        switch unavailability.reason {
        case .connectionLost, .shuttingDown: return true
        case .connectFailed, .connectTimedOut, .startingUp, .tooManyConnections, .refused: return false
        }
    }

    /// Whether a statement that ended so may run once more.
    func mayRunAgain(_ statement: Statement) -> Bool {
        guard isConnectionLoss, case .unavailable(let unavailability) = self else { return false }
        return unavailability.nothingSent || statement.isIdempotent
    }
}
