import PostgresClient
import Shared

/// Tells new rows from repeated ones by their event ids, and remembers the new ones.
///
/// Only in a transaction that holds `LockDetectionEvents` of the line.
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
        // The first row of each id claims it.
        var first: [Int] = []
        var later: [Int] = []
        var claimants: [String: Int] = [:]
        claimants.reserveCapacity(rows.count)
        for row in rows {
            let id = id(of: row)
            if claimants[id] == nil {
                claimants[id] = row
                first.append(row)
            } else {
                later.append(row)
            }
        }
        let claimed = try await transaction.query(
            ClaimDetectionEvents.statement(line, batch, first), deadline: deadline)
        var result = Result(fresh: first)
        var stored: [String: ReadDetectionEvents.Row] = [:]
        if claimed.count < first.count {
            let new = try Set(ClaimDetectionEvents.read(claimed))
            result.fresh = first.filter { new.contains(id(of: $0)) }
            let known = first.filter { !new.contains(id(of: $0)) }
            stored = try await ReadDetectionEvents.read(
                transaction.query(ReadDetectionEvents.statement(line, known.map(id)), deadline: deadline))
            later += known
        }
        for row in later {
            let id = id(of: row)
            let isRepeated =
                stored[id].map { isSame(row, $0) } ?? claimants[id].map { isSame(row, $0) } ?? false
            if isRepeated { result.duplicates += 1 } else { result.conflicts.append(row) }
        }
        return result
    }

    private func id(of row: Int) -> String { batch.eventIDs[row] ?? "" }

    private func isSame(_ row: Int, _ stored: ReadDetectionEvents.Row) -> Bool {
        batch.instants[row] == stored.instant && batch.areas[row] == stored.area
            && batch.products[row] == stored.product
    }

    private func isSame(_ left: Int, _ right: Int) -> Bool {
        batch.instants[left] == batch.instants[right] && batch.areas[left] == batch.areas[right]
            && batch.products[left] == batch.products[right]
    }
}
