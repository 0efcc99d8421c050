import PostgresClient
import Shared

/// Tells new rows from repeated ones by their event ids, and remembers the new ones.
///
/// Two senders of the same id wait for one another in the database: the second sees the first's row.
struct EventClaim {
    struct Result {
        /// Rows to be stored.
        var fresh: [Int] = []
        var duplicates = 0
        /// Rows whose id stands for another detection.
        var conflicts: [Int] = []
    }

    let line: LineID
    let batch: DetectionBatch
    /// Rows of the batch that have an event id.
    let rows: [Int]

    func run(
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws -> Result {
        var result = Result()
        var firstByID: [String: Int] = [:]
        for row in rows {
            let id = batch.eventIDs[row] ?? ""
            guard let first = firstByID[id] else {
                firstByID[id] = row
                continue
            }
            if isSame(row, first) { result.duplicates += 1 } else { result.conflicts.append(row) }
        }
        // In one order for all senders, so that two of them never wait for each other.
        let unique = firstByID.sorted { $0.key < $1.key }.map(\.value)
        let claimed = try await Set(
            ClaimDetectionEvents.read(
                transaction.query(ClaimDetectionEvents.statement(line, batch, unique), deadline: deadline)))
        result.fresh = unique.filter { claimed.contains(batch.eventIDs[$0] ?? "") }
        let known = unique.filter { !claimed.contains(batch.eventIDs[$0] ?? "") }
        guard !known.isEmpty else { return result }
        let stored = try await ReadDetectionEvents.read(
            transaction.query(
                ReadDetectionEvents.statement(line, known.map { batch.eventIDs[$0] ?? "" }), deadline: deadline))
        for row in known {
            let earlier = stored[batch.eventIDs[row] ?? ""]
            if let earlier, earlier.instant == batch.instants[row], earlier.area == batch.areas[row],
                earlier.product == batch.products[row]
            {
                result.duplicates += 1
            } else {
                result.conflicts.append(row)
            }
        }
        return result
    }

    private func isSame(_ left: Int, _ right: Int) -> Bool {
        batch.instants[left] == batch.instants[right] && batch.areas[left] == batch.areas[right]
            && batch.products[left] == batch.products[right]
    }
}
