import PostgresClient
import Shared
import Synchronization

/// Keeps the recent timeline of every line in memory, and reads one anew when its line has new detections.
///
/// Older periods are read for the one request that asks for them.
final class TimelineStore: Sendable {
    /// How far back the timelines that are kept reach.
    static let keptMinutes: Int64 = 40 * 24 * 60

    private struct State {
        var timelines: [LineID: LineTimeline] = [:]
        /// Grows with every change of a line heard of, so that what was read before one is not kept after it.
        var changes: [LineID: Int] = [:]
        var generation = 0
    }

    private let pool: PostgresPool
    private let state = Mutex(State())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The line has new detections.
    func invalidate(_ line: LineID) {
        state.withLock { state in
            state.timelines[line] = nil
            state.changes[line, default: 0] += 1
        }
    }

    /// Anything may have changed.
    func invalidateAll() {
        state.withLock { state in
            state.timelines = [:]
            state.generation += 1
        }
    }

    /// A timeline that begins at `start` or earlier.
    func timeline(
        of line: LineID,
        from start: Instant,
        now: Instant,
        model: PlantModel,
        deadline: ContinuousClock.Instant
    ) async throws -> LineTimeline {
        let (known, changes, generation) = state.withLock { state in
            (state.timelines[line], state.changes[line, default: 0], state.generation)
        }
        if let known, known.firstMinute <= start.minute { return known }
        let recent = now.minute - Self.keptMinutes
        let isKept = start.minute >= recent
        let reader = LineTimelineReader(line: line, model: model, deadline: deadline)
        let timeline = try await reader.read(from: isKept ? recent : max(0, start.minute), pool: pool)
        if isKept {
            state.withLock { state in
                if state.changes[line, default: 0] == changes, state.generation == generation {
                    state.timelines[line] = timeline
                }
            }
        }
        return timeline
    }
}
