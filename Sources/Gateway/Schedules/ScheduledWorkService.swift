import IPC
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import ServiceLifecycle
import Shared
import Synchronization

/// Asks the worker of each tenant to do its scheduled work when that is due, and starts the worker for it.
///
/// When it is due stands in the global database, so that it is the same for all gateways and after a start; that it is
/// done once is the tenant's own database's care (see `DoScheduledWork`). Times are the machine's, so that what was due
/// while it slept, or while the gateway was stopped, is done once when it goes on.
struct ScheduledWorkService: Service {
    /// How long one piece may take.
    static let longestRun: TimeAmount = .minutes(10)
    /// After so long nobody is at it any more; microseconds.
    static let taken: Int64 = 11 * Instant.microsecondsPerMinute
    /// Between two looks at which tenants there are, microseconds, unless an interval is shorter.
    static let look: Int64 = 10_000_000
    /// Somebody may have set the clock: it is looked at so often; microseconds.
    static let longestPause: Int64 = 5_000_000
    /// While what is due has no place.
    static let pauseWhenFull: Int64 = 1_000_000

    /// The places under their lock, for the tasks of one run.
    private final class Places: Sendable {
        let state: Mutex<WorkPlaces>

        init(most: Int) { state = Mutex(WorkPlaces(most: most)) }
    }

    let pool: PostgresPool
    let workers: WorkerSupervisor
    /// One for each kind of work.
    let turns: [WorkTurns]
    /// Pieces of work at one time, at most.
    let mostAtOnce: Int
    /// What must be written also while the gateway ends.
    let writes: UninterruptedWork
    let counts: ScheduleCounts
    let clock: @Sendable () -> Instant
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        let places = Places(most: mostAtOnce)
        // An element when a place has become free, or time has passed.
        let (knocks, knock) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        await withDiscardingTaskGroup { tasks in
            var knocking = knocks.makeAsyncIterator()
            var lookAt = ContinuousClock.now
            var isKnown = true
            while !Task.isCancelled {
                var pause = Self.longestPause
                do {
                    if lookAt <= .now {
                        try await plan()
                        lookAt = .now + .microseconds(lookInterval)
                    }
                    for row in try await takeDue(places) {
                        tasks.addTask {
                            await perform(row)
                            places.state.withLock { $0.giveBack(row.piece) }
                            knock.yield()
                        }
                    }
                    pause = min(try await pauseUntilNext(), lookInterval)
                    isKnown = true
                } catch {
                    if isKnown && !Task.isCancelled {
                        logger.warning("the schedule cannot be read", metadata: ["error": "\(error)"])
                    }
                    isKnown = false
                }
                let timer = loop.scheduleTask(in: .microseconds(pause)) { _ = knock.yield() }
                _ = await knocking.next()
                timer.cancel()
            }
            tasks.cancelAll()
        }
    }

    private var lookInterval: Int64 {
        turns.reduce(Self.look) { min($0, $1.interval) }
    }

    /// Gives turns to tenants that are new, and to those whose turn nobody would live to see, because the clock was set
    /// back.
    private func plan() async throws(PostgresError) {
        let now = clock()
        let rows = try await pool.query(
            ListUnplannedWork.statement(latest: turns.map { (work: $0.work, at: $0.latest(at: now)) }),
            deadline: Self.deadline)
        let planned = try ListUnplannedWork.read(rows).compactMap { piece in
            turns(of: piece.work).map { (piece: piece, due: $0.first(of: piece.tenant, after: now)) }
        }
        if planned.isEmpty { return }
        try await pool.execute(PlanWork.statement(planned), deadline: Self.deadline)
    }

    private func takeDue(_ places: Places) async throws(PostgresError) -> [TakeDueWork.Row] {
        let (running, free, freeForFailed) = places.state.withLock { ($0.pieces, $0.free, $0.freeForFailed) }
        guard free > 0 else { return [] }
        let now = clock()
        let rows = try await pool.query(
            TakeDueWork.statement(
                at: now, until: now + Self.taken, running: running, free: free, freeForFailed: max(0, freeForFailed)),
            deadline: Self.deadline)
        let taken = try TakeDueWork.read(rows)
        places.state.withLock { places in
            for row in taken { places.take(row.piece, hasFailed: row.failures > 0) }
        }
        return taken
    }

    /// Microseconds.
    private func pauseUntilNext() async throws(PostgresError) -> Int64 {
        let now = clock()
        let rows = try await pool.query(
            FindNextWork.statement(at: now, until: now + Self.taken), deadline: Self.deadline)
        guard let next = try FindNextWork.read(rows) else { return Self.longestPause }
        counts.noteLate(now - next)
        // What is due already has no place, or another gateway is about to take it.
        return next <= now ? Self.pauseWhenFull : min(next - now, Self.longestPause)
    }

    private func perform(_ row: TakeDueWork.Row) async {
        counts.begin()
        let outcome = await ask(row)
        counts.end(row.piece.work, outcome)
        guard let turns = turns(of: row.piece.work) else { return }
        let now = clock()
        var random = SystemRandomNumberGenerator()
        let statement =
            switch outcome {
            case .done:
                FinishWork.statement(
                    row.piece, due: turns.next(of: row.piece.tenant, after: now, using: &random), doneAt: now,
                    failures: 0)
            case .busy:
                FinishWork.statement(row.piece, due: turns.revisit(at: now), doneAt: nil, failures: row.failures)
            case .failed:
                FinishWork.statement(
                    row.piece, due: turns.retry(after: row.failures + 1, at: now, using: &random), doneAt: nil,
                    failures: row.failures + 1)
            case .interrupted:
                FinishWork.statement(row.piece, due: now, doneAt: nil, failures: row.failures)
            }
        do {
            // The end of the gateway waits for it.
            let patience = outcome == .interrupted ? Duration.seconds(2) : .seconds(10)
            _ = try await writes.run { try await pool.execute(statement, deadline: .now + patience) }
        } catch {
            // It is taken anew when its time is over.
            logger.warning(
                "what became of scheduled work cannot be written",
                metadata: ["tenant_id": "\(row.piece.tenant)", "work": "\(row.piece.work)", "error": "\(error)"])
        }
    }

    private func ask(_ row: TakeDueWork.Row) async -> ScheduleCounts.Outcome {
        // Waiting for a tenant to move would take a place from the others.
        if workers.isElsewhere(row.piece.tenant) { return .busy }
        let requestID = RequestID.random()
        do {
            let reply = try await workers.call(
                DoScheduledWork(row.piece.work),
                principal: Principal(kind: .system, tenant: row.piece.tenant),
                requestID: requestID,
                deadline: .now() + Self.longestRun,
                on: MultiThreadedEventLoopGroup.singleton.any(),
                isScheduled: true
            )
            return reply.head.status == 200 ? .done : .busy
        } catch {
            if Task.isCancelled { return .interrupted }
            logger.warning(
                "scheduled work has failed",
                metadata: [
                    "tenant_id": "\(row.piece.tenant)", "work": "\(row.piece.work)", "request_id": "\(requestID)",
                    "code": "\(error.code.rawValue)", "failures": "\(row.failures + 1)",
                ])
            return .failed
        }
    }

    private func turns(of work: ScheduledWork) -> WorkTurns? { turns.first { $0.work == work } }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }
}
