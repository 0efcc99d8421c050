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
        let rowsByID = Dictionary(grouping: rows) { batch.eventIDs[$0] ?? "" }
        // In one order for all senders, so that two of them never wait for each other.
        let first = rowsByID.sorted { $0.key < $1.key }.map { $0.value[0] }
        let claimed = try await Set(
            ClaimDetectionEvents.read(
                transaction.query(ClaimDetectionEvents.statement(line, batch, first), deadline: deadline)))
        let known = rowsByID.keys.filter { !claimed.contains($0) }
        let stored =
            try await known.isEmpty
            ? [:]
            : ReadDetectionEvents.read(
                transaction.query(ReadDetectionEvents.statement(line, known), deadline: deadline))
        var result = Result()
        for (id, rows) in rowsByID {
            var others = rows[...]
            if claimed.contains(id) { result.fresh.append(others.removeFirst()) }
            for row in others {
                let isRepeated = stored[id].map { isSame(row, $0) } ?? isSame(row, rows[0])
                if isRepeated { result.duplicates += 1 } else { result.conflicts.append(row) }
            }
        }
        return result
    }

    private func isSame(_ row: Int, _ stored: ReadDetectionEvents.Row) -> Bool {
        batch.instants[row] == stored.instant && batch.areas[row] == stored.area
            && batch.products[row] == stored.product
    }

    private func isSame(_ left: Int, _ right: Int) -> Bool {
        batch.instants[left] == batch.instants[right] && batch.areas[left] == batch.areas[right]
            && batch.products[left] == batch.products[right]
    }
}
