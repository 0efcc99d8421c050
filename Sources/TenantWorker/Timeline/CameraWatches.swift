import PostgresClient
import Shared
import Synchronization

/// When the camera of a watched line last gave a sign of life, and when it gave none. Never changed.
struct CameraWatch: Sendable {
    /// Nil: never.
    let lastSign: Instant?
    /// Those that have ended.
    let gaps: IntervalSet

    /// Whether no sign has come for longer than the time-out.
    func isSilent(at now: Instant, timeoutSeconds: Int64) -> Bool {
        guard let lastSign else { return true }
        return now - lastSign > timeoutSeconds * Instant.microsecondsPerSecond
    }

    /// The time in which the line was watched and no sign came. Before its first sign it was not watched.
    func unobserved(at now: Instant, timeoutSeconds: Int64) -> IntervalSet {
        guard let lastSign, isSilent(at: now, timeoutSeconds: timeoutSeconds) else { return gaps }
        return gaps.union(IntervalSet(Interval(start: lastSign, end: now)))
    }
}

/// Takes signs of life of cameras, and keeps in memory what is known of them.
final class CameraWatches: Sendable {
    private struct State {
        var lines: [LineID: CameraWatch] = [:]
        /// Grows with every sign of a line, so that what was read before one is not kept after it.
        var changes: [LineID: Int] = [:]
        /// Grows when anything may have changed, likewise.
        var generation = 0
    }

    private let pool: PostgresPool
    private let turns = ReadingTurns<LineID>()
    private let state = Mutex(State())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    func watch(of line: LineID, deadline: ContinuousClock.Instant) async throws -> CameraWatch {
        if let known = state.withLock({ $0.lines[line] }) { return known }
        return try await turns.take(line) {
            let (known, changes, generation) = state.withLock {
                ($0.lines[line], $0.changes[line, default: 0], $0.generation)
            }
            if let known { return known }
            let watch = try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
                CameraWatch(
                    lastSign: try await ReadLineWatch.read(
                        transaction.query(ReadLineWatch.statement(line), deadline: deadline)),
                    gaps: IntervalSet(
                        union: try await ListUnobservedGaps.read(
                            transaction.query(ListUnobservedGaps.statement(line), deadline: deadline)))
                )
            }
            state.withLock { state in
                guard state.generation == generation, state.changes[line, default: 0] == changes else { return }
                state.lines[line] = watch
            }
            return watch
        }
    }

    /// Notes a sign of life by itself.
    func note(_ line: LineID, at instant: Instant, deadline: ContinuousClock.Instant) async throws {
        try await pool.execute(NoteSignOfLife.statement(line, at: instant), deadline: deadline)
        invalidate(line)
    }

    /// A sign of the line was noted, or its time-out changed.
    func invalidate(_ line: LineID) {
        state.withLock { state in
            state.lines[line] = nil
            state.changes[line, default: 0] += 1
        }
    }

    /// Anything may have changed.
    func invalidateAll() {
        state.withLock { state in
            state.generation += 1
            state.lines = [:]
        }
    }
}
