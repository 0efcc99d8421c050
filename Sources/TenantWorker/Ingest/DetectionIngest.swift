import PostgresClient
import Shared
import Synchronization

/// Stores batches of detections: all of a batch in one transaction, which is durable before anybody is told.
final class DetectionIngest: Sendable {
    /// What became of a batch.
    struct Outcome: Sendable {
        var received = 0
        var stored = 0
        var duplicates = 0
        /// In the order of the rows.
        var rejections: [DetectionBatch.Rejection] = []
        /// The lines that have new rows, with the minutes those lie in.
        var touched: [LineID: ClosedRange<Int64>] = [:]
    }

    private struct Month: Hashable {
        var line: LineID
        /// Months since year 0.
        var number: Int
    }

    private let pool: PostgresPool
    private let knownMonths = Mutex(Set<Month>())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// - Parameter within: what else has to happen in the same transaction, before the rows are written; returns an answer
    ///   given earlier, if there is one, and then nothing is stored.
    func store(
        _ batch: DetectionBatch,
        deadline: ContinuousClock.Instant,
        beforehand: (borrowing PostgresTransaction) async throws -> [UInt8]?,
        afterwards: (borrowing PostgresTransaction, Outcome) async throws -> Void
    ) async throws -> (outcome: Outcome, earlierAnswer: [UInt8]?) {
        try await ensureMonths(of: batch, deadline: deadline)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            if let answer = try await beforehand(transaction) { return (Outcome(), answer) }
            let outcome = try await write(batch, transaction, deadline)
            try await afterwards(transaction, outcome)
            return (outcome, nil)
        }
    }

    private func write(
        _ batch: DetectionBatch,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws -> Outcome {
        var outcome = Outcome()
        outcome.received = batch.received
        var rejected = batch
        // Lines in one order for all senders, so that two of them never wait for each other.
        let rowsByLine = Dictionary(grouping: batch.lines.indices) { batch.lines[$0] }
        for (line, rows) in rowsByLine.sorted(by: { $0.key < $1.key }) {
            var fresh = rows.filter { batch.eventIDs[$0] == nil }
            let named = rows.filter { batch.eventIDs[$0] != nil }
            if !named.isEmpty {
                let claim = EventClaim(line: line, batch: batch, rows: named)
                let result = try await claim.run(transaction, deadline)
                fresh += result.fresh
                outcome.duplicates += result.duplicates
                for row in result.conflicts {
                    rejected.reject(row: batch.indices[row], .conflictingEvent, "event_id")
                }
            }
            guard !fresh.isEmpty else { continue }
            fresh.sort()
            try await copy(fresh, of: batch, to: line, transaction, deadline)
            outcome.stored += fresh.count
            let minutes = fresh.map { batch.instants[$0].minute }
            if let first = minutes.min(), let last = minutes.max() { outcome.touched[line] = first...last }
        }
        outcome.rejections = rejected.rejections.sorted { $0.index < $1.index }
        return outcome
    }

    private func copy(
        _ rows: [Int],
        of batch: DetectionBatch,
        to line: LineID,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        var buffer = BinaryCopyBuffer(columns: 4)
        for row in rows {
            buffer.appendRow { fields in
                fields.append(PostgresTimestamp(microseconds: batch.instants[row].microseconds))
                fields.append(Int32(batch.areas[row].rawValue))
                fields.append(Int32(batch.products[row].rawValue))
                fields.append(batch.eventIDs[row])
            }
        }
        let bytes = buffer.finish()
        try await transaction.copyIn(CopyDetections.statement(line), deadline: deadline) { writer in
            try await writer.write(bytes)
        }
    }

    /// Makes the partitions of months that rows arrive for, in a transaction of its own.
    private func ensureMonths(of batch: DetectionBatch, deadline: ContinuousClock.Instant) async throws {
        var wanted: Set<Month> = []
        for row in batch.lines.indices {
            wanted.insert(Month(line: batch.lines[row], number: batch.instants[row].monthNumber))
        }
        let missing = knownMonths.withLock { wanted.subtracting($0) }
        try await NewMonths.check(missing.map { ($0.line, $0.number) }, pool: pool, deadline: deadline)
        for month in missing {
            let start = LocalDate(year: month.number / 12, month: month.number % 12 + 1, day: 1)
            guard let start else { continue }
            try await pool.execute(
                EnsureDetectionMonth.statement(month.line, TimeZoneRules.utc.start(of: start)), deadline: deadline)
            _ = knownMonths.withLock { $0.insert(month) }
        }
    }
}

extension Instant {
    /// Months since year 0, in UTC.
    fileprivate var monthNumber: Int {
        let components = TimeZoneRules.utc.date(of: self).components
        return components.year * 12 + components.month - 1
    }
}
