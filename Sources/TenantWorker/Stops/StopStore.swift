import ManufacturingKPI
import PostgresClient
import Shared
import Synchronization

/// What people did to a line's stops, and the numbers that its stops are stored under. Never changed.
struct LineStops: Sendable {
    let edits: StopEdits
    /// Stored stops that share time with everything from here on are known.
    let knownFrom: Instant
    /// By start.
    let stored: [StoredStop]
    /// Where each of them starts, microseconds.
    private let starts: [Int64]

    init(edits: StopEdits, knownFrom: Instant, stored: [StoredStop]) {
        self.edits = edits
        self.knownFrom = knownFrom
        self.stored = stored
        starts = stored.map(\.stop.start.microseconds)
    }

    /// The number that a stop is stored under; nil when it is not yet, or is another one there.
    ///
    /// - Parameter isExact: whether its end counts too: under another threshold than the line's own, stops of the same
    ///   start are not the same.
    func number(of stop: Stop, isExact: Bool) -> StopID? {
        var low = 0
        var high = starts.count
        let start = stop.interval.start.microseconds
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < start {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < starts.count, starts[low] == start else { return nil }
        let candidate = stored[low]
        guard candidate.stop.source == stop.source else { return nil }
        if isExact, candidate.stop.end != stop.end { return nil }
        return candidate.id
    }
}

/// Keeps what people did to each line's stops in memory, with the numbers of recent stops, and reads it anew when something
/// was written.
final class StopStore: Sendable {
    private struct State {
        var lines: [LineID: LineStops] = [:]
        /// Grows with every change of a line heard of, so that what was read before one is not kept after it.
        var changes: [LineID: Int] = [:]
        var generation = 0
    }

    private let pool: PostgresPool
    private let turns = ReadingTurns<LineID>()
    private let state = Mutex(State())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The line's stops were edited or stored anew.
    func invalidate(_ line: LineID) {
        state.withLock { state in
            state.lines[line] = nil
            state.changes[line, default: 0] += 1
        }
    }

    /// Anything may have changed.
    func invalidateAll() {
        state.withLock { state in
            state.lines = [:]
            state.generation += 1
        }
    }

    /// What people did to a line's stops.
    func edits(of line: LineID, now: Instant, deadline: ContinuousClock.Instant) async throws -> StopEdits {
        try await stops(of: line, from: now, now: now, deadline: deadline).edits
    }

    /// The stops of a line, with the numbers of all that share time with what is later than `start`.
    func stops(
        of line: LineID, from start: Instant, now: Instant, deadline: ContinuousClock.Instant
    ) async throws -> LineStops {
        if let known = state.withLock({ $0.lines[line] }), known.knownFrom <= start { return known }
        return try await turns.take(line) {
            let (known, changes, generation) = state.withLock { state in
                (state.lines[line], state.changes[line, default: 0], state.generation)
            }
            if let known, known.knownFrom <= start { return known }
            let recent = Instant(minute: now.minute - TimelineStore.recentMinutes)
            let stops = try await read(line, from: min(start, recent), deadline: deadline)
            state.withLock { state in
                if state.changes[line, default: 0] == changes, state.generation == generation {
                    state.lines[line] = stops
                }
            }
            return stops
        }
    }

    private func read(
        _ line: LineID, from start: Instant, deadline: ContinuousClock.Instant
    ) async throws -> LineStops {
        try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
            let facts = try await ListStopFacts.read(
                transaction.query(ListStopFacts.statement(line), deadline: deadline))
            let stored = try await ListStoredStops.read(
                transaction.query(
                    ListStoredStops.statement(line, sharing: Interval(start: start, end: .last)), deadline: deadline))
            return LineStops(edits: StopEdits(facts), knownFrom: start, stored: stored)
        }
    }
}
