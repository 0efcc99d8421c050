import ManufacturingKPI
import PostgresClient
import Shared

/// Calculates the stops of one line and stores them, in a transaction that holds the line's lock.
///
/// A run begins where the last one left off, or at the earliest detection that came since; what lies before that and
/// ends before it cannot have changed. Everything is worked out by the same `StopDetection` that figures are made of.
struct StopCalculation {
    let line: ProductionLine
    let plant: Plant
    let now: Instant
    let deadline: ContinuousClock.Instant

    /// Before every instant that is stored.
    private static let beginning = Instant(microseconds: 0)
    /// So often the window is looked for anew when detections arrive while it is.
    private static let attempts = 4

    /// What the line's stops are, once its lock is held.
    struct Held: Sendable {
        var checkpoint: StopCheckpoint
        var edits: StopEdits
    }

    /// Waits for whoever else changes the line's stops, and reads what people did to them.
    func hold(_ transaction: borrowing PostgresTransaction) async throws -> Held {
        var checkpoint = try await lock(transaction)
        if checkpoint == nil {
            try await transaction.execute(EnsureStopCheckpoint.statement(line.id), deadline: deadline)
            checkpoint = try await lock(transaction)
        }
        let facts = try await ListStopFacts.read(
            transaction.query(ListStopFacts.statement(line.id), deadline: deadline))
        return Held(checkpoint: checkpoint ?? StopCheckpoint(), edits: StopEdits(facts))
    }

    private func lock(_ transaction: borrowing PostgresTransaction) async throws -> StopCheckpoint? {
        try await LockStopCheckpoint.read(
            transaction.query(LockStopCheckpoint.statement(line.id), deadline: deadline))
    }

    /// Stores what has changed since the last run.
    func bringUpToDate(
        _ held: Held, _ transaction: borrowing PostgresTransaction
    ) async throws -> StopChanges {
        let settings = line.stopSettings(zone: plant.zone.name)
        let knows = held.checkpoint.settings == settings && held.checkpoint.fact >= held.edits.newest
        var attempt = 1
        while true {
            let reopening = try await ReadReopening.read(
                transaction.query(ReadReopening.statement(line.id), deadline: deadline))
            guard let reopening else { throw Fault(code: .notFound) }
            var start = Self.beginning
            if knows, let resumes = held.checkpoint.resumesFrom {
                start = min(resumes, reopening.reopenedFrom ?? resumes)
            }
            let window = Interval(start: min(start, now), end: now)
            let found = try await find(window, held.edits, transaction)
            if found.activity.version != reopening.version, attempt < Self.attempts {
                attempt += 1
                continue
            }
            let changes = try await store(found, former: [], transaction)
            let checkpoint = StopCheckpoint(
                fact: held.edits.newest,
                settings: settings,
                lastDetection: found.activity.gaps.lastDetection,
                openRunStart: found.detection.openRunStart,
                resumesFrom: resumption(found)
            )
            try await transaction.execute(
                StoreStopCheckpoint.statement(line.id, checkpoint, at: now), deadline: deadline)
            if reopening.reopenedFrom != nil {
                // Of another version by now: the next run looks at the same again, and more.
                try await transaction.execute(
                    CloseCalculatedStops.statement(line.id, version: reopening.version), deadline: deadline)
            }
            return changes
        }
    }

    /// Stores the stops that touch a window as they are now, its ends included.
    ///
    /// - Parameter former: numbers that stops had before an edit that is now taken back.
    func recalculate(
        _ window: Interval,
        _ edits: StopEdits,
        former: [(id: StopID, interval: Interval)] = [],
        _ transaction: borrowing PostgresTransaction
    ) async throws -> StopChanges {
        guard window.start <= now else { return StopChanges(stored: [], current: [], now: now) }
        var past = Interval(start: window.start, end: min(window.end, now))
        // What is stored there may reach further than what there is now, and is replaced whole.
        let stored = try await ListStoredStops.read(
            transaction.query(
                ListStoredStops.statement(line.id, sharing: Interval(start: past.start, end: past.end + 1)),
                deadline: deadline))
        for interval in stored.map({ $0.stop.interval(now: now) }) {
            past = Interval(start: min(past.start, interval.start), end: max(past.end, min(interval.end, now)))
        }
        return try await store(find(past, edits, transaction), former: former, transaction)
    }

    /// Stops that an edit changed are known to the checkpoint.
    func noteFact(_ fact: FactID, _ transaction: borrowing PostgresTransaction) async throws {
        try await transaction.execute(StoreStopCheckpointFact.statement(line.id, fact), deadline: deadline)
    }

    // MARK: One window

    private struct Found {
        var activity: ReadStopActivity.Answer
        var detection: StopDetection
        var current: [ProjectedStop]
    }

    private func find(
        _ window: Interval, _ edits: StopEdits, _ transaction: borrowing PostgresTransaction
    ) async throws -> Found {
        let least = line.versions.map(\.thresholdSeconds).min() ?? 1
        let activity = try await ReadStopActivity.read(
            transaction.query(
                ReadStopActivity.statement(
                    line.id, window: window, least: least * Instant.microsecondsPerSecond, now: now),
                deadline: deadline
            ))
        guard let activity else { throw Fault(code: .notFound) }
        let commissioned = line.commissionedAt(firstDetection: activity.gaps.firstDetection, in: plant.zone)
        let detection = StopDetection(
            gaps: activity.gaps,
            settings: line.settings(commissionedAt: commissioned),
            registered: edits.registered,
            removed: edits.removed,
            // What only touches the window belongs to it.
            span: Interval(start: window.start + -1, end: window.end + 1),
            now: now
        )
        // Planned time decides what is listed, not which stops there are.
        let timeline = StopTimeline(detection, ownPlanned: IntervalSet(), causes: edits.causes)
        return Found(activity: activity, detection: detection, current: timeline.projected)
    }

    private func store(
        _ found: Found,
        former: [(id: StopID, interval: Interval)],
        _ transaction: borrowing PostgresTransaction
    ) async throws -> StopChanges {
        let stored = try await ListStoredStops.read(
            transaction.query(
                ListStoredStops.statement(line.id, sharing: found.detection.reach), deadline: deadline))
        let free = try await unused(former, transaction)
        let changes = StopChanges(stored: stored, current: found.current, former: free, now: now)
        if !changes.removed.isEmpty {
            try await transaction.execute(
                DeleteStoredStops.statement(line.id, changes.removed.map(\.id)), deadline: deadline)
        }
        if !changes.updated.isEmpty {
            try await transaction.execute(UpdateStoredStops.statement(line.id, changes.updated), deadline: deadline)
        }
        if !changes.restored.isEmpty {
            try await transaction.execute(RestoreStoredStops.statement(line.id, changes.restored), deadline: deadline)
        }
        if !changes.added.isEmpty {
            try await transaction.execute(InsertStoredStops.statement(line.id, changes.added), deadline: deadline)
        }
        return changes
    }

    /// Of numbers that stops had, those that no other stop has now.
    private func unused(
        _ former: [(id: StopID, interval: Interval)], _ transaction: borrowing PostgresTransaction
    ) async throws -> [(id: StopID, interval: Interval)] {
        guard !former.isEmpty else { return [] }
        let used = try await ListUsedStopNumbers.read(
            transaction.query(ListUsedStopNumbers.statement(line.id, former.map(\.id)), deadline: deadline))
        return former.filter { !used.contains($0.id) }
    }

    /// A stop that ends before this cannot change any more unless something arrives before it: the start of the stop or of
    /// the silence that holds now.
    private func resumption(_ found: Found) -> Instant? {
        guard let last = found.activity.gaps.lastDetection else { return nil }
        let starts = found.activity.gaps.starts
        let ends = found.activity.gaps.ends
        let silence = starts.indices.last { starts[$0] <= now.microseconds && now.microseconds < ends[$0] }
        let known = [
            found.detection.openRunStart, silence.map { Instant(microseconds: starts[$0]) }, last,
            // Shorter silences are not kept, so one may hold now unknown.
            now + -found.activity.gapFloor,
        ]
        return known.compactMap { $0 }.min()
    }
}

extension ProductionLine {
    /// Everything that the times of a line's calculated stops depend on beside its detections, as text to compare.
    func stopSettings(zone: String) -> String {
        var parts = [
            "detects \(autoDetectsDowntime)",
            "from \(commissionedAt?.description ?? "\(createdAt) \(zone)")",
            "to \(decommissionedAt?.description ?? "-")",
        ]
        for version in versions {
            parts.append("\(version.validFrom?.description ?? "-") \(version.thresholdSeconds)")
        }
        return parts.joined(separator: "; ")
    }

    /// What the line's stops and figures depend on.
    func settings(commissionedAt: Instant) -> LineSettings {
        LineSettings(
            versions: EffectiveDated(
                versions.map { version in
                    (
                        validFrom: version.validFrom,
                        value: LineVersion(
                            ratePerMinute: version.ratePerMinute,
                            downtimeThreshold: version.thresholdSeconds * Instant.microsecondsPerSecond,
                            microStop: version.microStopSeconds.map { $0 * Instant.microsecondsPerSecond },
                            targetOEE: version.targetOEE
                        )
                    )
                }),
            detectsStops: autoDetectsDowntime,
            commissionedAt: commissionedAt,
            decommissionedAt: decommissionedAt
        )
    }
}
