import ManufacturingKPI
import PostgresClient
import Shared
import Synchronization

/// Keeps the timeline of every line in memory, as far back as somebody asked. Reads anew the part that new detections may
/// have changed.
final class TimelineStore: Sendable {
    /// How far back what is never forgotten reaches: a month, and the one it is compared with.
    static let recentMinutes: Int64 = 70 * 24 * 60

    /// So much is read at once of what was before, so that neither its rows fill the memory nor a long history is all or
    /// nothing: what a request has read before its deadline is there for the next.
    private static let minutesAtOnce: Int64 = 48 * Int64(MinuteSeries.blockLength)

    /// Of all lines together, for what was asked of earlier months. Above it the line asked for least lately is forgotten.
    private static let earlierBytes = 64 << 20

    private struct Kept {
        var timeline: LineTimeline
        /// The first minute that has changed since it was read; nil when it is as the database is.
        var changedFrom: Int64?
        var asked = 0
        /// What earlier months were added to it.
        var earlierBytes = 0
    }

    private struct State {
        var kept: [LineID: Kept] = [:]
        /// Grows with every change of a line heard of, so that what was read before one is not kept after it.
        var changes: [LineID: Int] = [:]
        /// Grows with every timeline dropped whole.
        var drops: [LineID: Int] = [:]
        var generation = 0
        var requests = 0
    }

    private let pool: PostgresPool
    private let turns = ReadingTurns<LineID>()
    private let state = Mutex(State())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The line has new detections, none of them before a minute.
    func invalidate(_ line: LineID, from minute: Int64) {
        state.withLock { state in
            state.changes[line, default: 0] += 1
            guard let kept = state.kept[line], minute >= kept.timeline.firstMinute else {
                state.kept[line] = nil
                state.drops[line, default: 0] += 1
                return
            }
            state.kept[line]?.changedFrom = min(minute, kept.changedFrom ?? minute)
        }
    }

    /// Anything may have changed.
    func invalidateAll() {
        state.withLock { state in
            state.kept = [:]
            state.generation += 1
        }
    }

    /// A timeline that begins at `start` or earlier, or where the line's detections do.
    func timeline(
        of line: LineID,
        from start: Instant,
        now: Instant,
        model: PlantModel,
        deadline: ContinuousClock.Instant
    ) async throws -> LineTimeline {
        let reader = LineTimelineReader(line: line, model: model, deadline: deadline)
        let recent = MinuteSeries.blockStart(of: max(0, now.minute - Self.recentMinutes))
        let wanted = max(recent, MinuteSeries.blockStart(of: min(start, now).minute))
        var timeline = try await current(line, reader, beginningAt: wanted)
        while let first = Self.firstMissing(timeline, from: start, recent: recent) {
            timeline = try await longer(line, timeline, from: first, isRecent: first >= recent, reader)
        }
        return timeline
    }

    /// Where the next part before a timeline begins; nil when it reaches back far enough.
    private static func firstMissing(_ timeline: LineTimeline, from start: Instant, recent: Int64) -> Int64? {
        guard let detection = timeline.gaps.firstDetection else { return nil }
        let wanted = MinuteSeries.blockStart(of: max(start, detection).minute)
        guard wanted < timeline.firstMinute else { return nil }
        let first = max(wanted, timeline.firstMinute - minutesAtOnce)
        return timeline.firstMinute > recent ? max(first, recent) : first
    }

    /// What is kept, brought up to date; read from a minute on when nothing is.
    private func current(
        _ line: LineID,
        _ reader: LineTimelineReader,
        beginningAt first: Int64
    ) async throws -> LineTimeline {
        if let timeline = asked(line) { return timeline }
        return try await turns.take(line) {
            let (kept, changes, generation) = state.withLock {
                ($0.kept[line], $0.changes[line, default: 0], $0.generation)
            }
            let timeline: LineTimeline
            if let kept {
                guard let minute = kept.changedFrom else { return kept.timeline }
                timeline = try await reader.renew(kept.timeline, from: minute, pool: pool)
            } else {
                timeline = try await reader.read(from: first, pool: pool)
            }
            state.withLock { state in
                guard state.changes[line, default: 0] == changes, state.generation == generation,
                    state.kept[line]?.timeline.firstMinute == kept?.timeline.firstMinute
                else { return }
                var renewed = state.kept[line] ?? Kept(timeline: timeline, asked: state.requests)
                renewed.timeline = timeline
                renewed.changedFrom = nil
                state.kept[line] = renewed
            }
            return timeline
        }
    }

    /// What is kept of a line when it is as the database is; notes that it was asked for.
    private func asked(_ line: LineID) -> LineTimeline? {
        state.withLock { state in
            state.requests += 1
            state.kept[line]?.asked = state.requests
            guard let kept = state.kept[line], kept.changedFrom == nil else { return nil }
            return kept.timeline
        }
    }

    /// A timeline with the minutes before it, from one on.
    private func longer(
        _ line: LineID,
        _ timeline: LineTimeline,
        from first: Int64,
        isRecent: Bool,
        _ reader: LineTimelineReader
    ) async throws -> LineTimeline {
        try await turns.take(line) {
            if let kept = asked(line), kept.firstMinute < timeline.firstMinute { return kept }
            let (drops, generation) = state.withLock { ($0.drops[line, default: 0], $0.generation) }
            let earlier = try await reader.read(before: timeline, from: first, pool: pool)
            state.withLock { state in
                guard state.generation == generation, state.drops[line, default: 0] == drops,
                    let kept = state.kept[line], kept.timeline.firstMinute == timeline.firstMinute
                else { return }
                // What is kept may be newer than what this request began with.
                let longer = kept.timeline.preceded(by: earlier)
                state.kept[line]?.timeline = longer
                if isRecent { return }
                state.kept[line]?.earlierBytes += longer.byteCount - kept.timeline.byteCount
                Self.forgetEarlier(&state, but: line)
            }
            return timeline.preceded(by: earlier)
        }
    }

    private static func forgetEarlier(_ state: inout State, but line: LineID) {
        var total = state.kept.values.reduce(0) { $0 + $1.earlierBytes }
        while total > earlierBytes {
            let others = state.kept.filter { $0.key != line && $0.value.earlierBytes > 0 }
            guard let oldest = others.min(by: { $0.value.asked < $1.value.asked }) else { return }
            total -= oldest.value.earlierBytes
            state.kept[oldest.key] = nil
            state.drops[oldest.key, default: 0] += 1
        }
    }
}
