import PostgresClient
import Shared
import Synchronization

/// Keeps the recent timeline of every line in memory, and reads anew the part of it that new detections may have changed.
///
/// Older periods are read for the one request that asks for them.
final class TimelineStore: Sendable {
    /// How far back the timelines that are kept reach: a month, and the one it is compared with.
    static let keptMinutes: Int64 = 70 * 24 * 60

    /// A timeline grown by so much more than that is read anew from where it should begin.
    private static let slackMinutes: Int64 = 7 * 24 * 60

    private struct Kept {
        var timeline: LineTimeline
        /// The first minute that has changed since it was read; nil when it is as the database is.
        var changedFrom: Int64?
    }

    private struct State {
        var kept: [LineID: Kept] = [:]
        /// Grows with every change of a line heard of, so that what was read before one is not kept after it.
        var changes: [LineID: Int] = [:]
        var generation = 0
    }

    private let pool: PostgresPool
    private let state = Mutex(State())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The line has new detections, none of them before a minute.
    func invalidate(_ line: LineID, from minute: Int64) {
        state.withLock { state in
            state.changes[line, default: 0] += 1
            guard let kept = state.kept[line] else { return }
            if minute < kept.timeline.firstMinute {
                state.kept[line] = nil
            } else {
                state.kept[line]?.changedFrom = min(minute, kept.changedFrom ?? minute)
            }
        }
    }

    /// Anything may have changed.
    func invalidateAll() {
        state.withLock { state in
            state.kept = [:]
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
        let (kept, changes, generation) = state.withLock { state in
            (state.kept[line], state.changes[line, default: 0], state.generation)
        }
        let recent = now.minute - Self.keptMinutes
        let reader = LineTimelineReader(line: line, model: model, deadline: deadline)
        let timeline: LineTimeline
        if let kept, kept.timeline.firstMinute <= start.minute,
            kept.timeline.firstMinute >= recent - Self.slackMinutes
        {
            guard let minute = kept.changedFrom else { return kept.timeline }
            timeline = try await reader.renew(kept.timeline, from: minute, pool: pool)
        } else {
            let isKept = start.minute >= recent
            timeline = try await reader.read(from: isKept ? recent : max(0, start.minute), pool: pool)
            guard isKept else { return timeline }
        }
        state.withLock { state in
            if state.changes[line, default: 0] == changes, state.generation == generation {
                state.kept[line] = Kept(timeline: timeline)
            }
        }
        return timeline
    }
}
