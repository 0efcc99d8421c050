import ManufacturingKPI
import PostgresClient
import Shared

/// The stored stops of a line whose lock is held, as edits refer to them.
struct HeldStops {
    let line: LineID
    let edits: StopEdits
    let now: Instant
    let deadline: ContinuousClock.Instant

    func stored(
        _ event: StopID, _ transaction: borrowing PostgresTransaction
    ) async throws -> StoredStop? {
        try await FindStoredStop.read(
            transaction.query(FindStoredStop.statement(line, event), deadline: deadline))
    }

    func reference(
        ifStored event: StopID, _ transaction: borrowing PostgresTransaction
    ) async throws -> StopReference? {
        try await stored(event, transaction).map(reference)
    }

    /// The calculated stop that shares most time with an interval; nil when none shares any.
    func calculated(
        sharingMostWith interval: Interval, _ transaction: borrowing PostgresTransaction
    ) async throws -> StopReference? {
        let candidates = try await ListStoredStops.read(
            transaction.query(ListStoredStops.statement(line, sharing: interval), deadline: deadline)
        ).filter { $0.stop.source == .calculated }
        let best = candidates.max { left, right in
            let leftLength = left.stop.interval(now: now).intersection(interval)?.length ?? 0
            return leftLength < right.stop.interval(now: now).intersection(interval)?.length ?? 0
        }
        return best.map(reference)
    }

    func reference(_ stored: StoredStop) -> StopReference {
        // Registered stops are disjoint: the start names one.
        let registered =
            stored.stop.source == .registered ? edits.registered.first { $0.start == stored.stop.start } : nil
        return StopReference(
            interval: stored.stop.interval(now: now),
            isOngoing: stored.stop.end == nil,
            origin: registered?.origin,
            event: stored.id,
            cause: stored.stop.cause
        )
    }
}
