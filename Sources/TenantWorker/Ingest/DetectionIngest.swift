import PostgresClient
import Shared
import Synchronization

/// Stores detections: all of a request in one transaction, which is durable before anybody is told.
final class DetectionIngest: Sendable {
    /// What became of the rows of a request.
    struct Outcome: Sendable {
        var received = 0
        var stored = 0
        var duplicates = 0
        var rejected = RejectedRows()
        /// The lines that have new rows, with the minutes those lie in.
        var touched: [LineID: ClosedRange<Int64>] = [:]
    }

    private let pool: PostgresPool
    private let knownMonths = Mutex(Set<DetectionSpool.Month>())

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// - Parameters:
    ///   - parsed: how many rows came, and which of them are rejected already.
    ///   - beforehand: what else has to happen in the same transaction, before the rows are written; returns an answer
    ///     given earlier, if there is one, and then nothing is stored.
    func store(
        _ spool: DetectionSpool,
        parsed: Outcome,
        deadline: ContinuousClock.Instant,
        beforehand: (borrowing PostgresTransaction) async throws -> [UInt8]?,
        afterwards: (borrowing PostgresTransaction, Outcome) async throws -> Void
    ) async throws -> (outcome: Outcome, earlierAnswer: [UInt8]?) {
        try await ensureMonths(spool.months, deadline: deadline)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            if let answer = try await beforehand(transaction) { return (Outcome(), answer) }
            var outcome = parsed
            for line in spool.lines {
                if spool.isNamed(line) {
                    try await storeNamed(line, of: spool, transaction, deadline, &outcome)
                } else {
                    try await storeUnnamed(line, of: spool, transaction, deadline, &outcome)
                }
            }
            try await afterwards(transaction, outcome)
            return (outcome, nil)
        }
    }

    /// Rows without event ids are all new: one COPY, and so one turn of the line's trigger.
    private func storeUnnamed(
        _ line: LineID,
        of spool: DetectionSpool,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant,
        _ outcome: inout Outcome
    ) async throws {
        outcome.stored += try await transaction.copyIn(CopyDetections.statement(line), deadline: deadline) { writer in
            var buffer = BinaryCopyBuffer(columns: 4)
            var reader = spool.reader(of: line)
            while let batch = try await reader.next() {
                for row in 0..<batch.count { buffer.append(batch, row) }
                try await writer.write(buffer.take())
            }
            try await writer.write(buffer.finish())
        }
        outcome.touched[line] = spool.minutes(of: line)
    }

    /// Of rows with event ids each is new, or known, or in conflict with a known one.
    private func storeNamed(
        _ line: LineID,
        of spool: DetectionSpool,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant,
        _ outcome: inout Outcome
    ) async throws {
        // Senders of named rows take turns from here on: without, two that name the same ones could wait for each other.
        try await transaction.execute(LockDetectionEvents.statement(line), deadline: deadline)
        var reader = spool.reader(of: line)
        while let batch = try await reader.next() {
            var fresh = (0..<batch.count).filter { batch.eventIDs[$0] == nil }
            let named = (0..<batch.count).filter { batch.eventIDs[$0] != nil }
            let result = try await EventClaim(line: line, batch: batch, rows: named).run(transaction, deadline)
            fresh += result.fresh
            outcome.duplicates += result.duplicates
            for row in result.conflicts {
                outcome.rejected.add(
                    RejectedRows.Row(index: batch.indices[row], code: .conflictingEvent, field: "event_id"))
            }
            guard !fresh.isEmpty else { continue }
            var buffer = BinaryCopyBuffer(columns: 4)
            for row in fresh.sorted() { buffer.append(batch, row) }
            let bytes = buffer.finish()
            outcome.stored += try await transaction.copyIn(CopyDetections.statement(line), deadline: deadline) {
                try await $0.write(bytes)
            }
            for row in fresh { outcome.touch(line, batch.instants[row].minute) }
        }
    }

    /// Makes the partitions of months that rows arrive for, in a transaction of its own.
    private func ensureMonths(_ wanted: Set<DetectionSpool.Month>, deadline: ContinuousClock.Instant) async throws {
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

extension DetectionIngest.Outcome {
    fileprivate mutating func touch(_ line: LineID, _ minute: Int64) {
        let known = touched[line] ?? minute...minute
        touched[line] = min(known.lowerBound, minute)...max(known.upperBound, minute)
    }
}

extension BinaryCopyBuffer {
    /// Adds a row as `CopyDetections` wants it.
    fileprivate mutating func append(_ batch: DetectionBatch, _ row: Int) {
        appendRow { fields in
            fields.append(PostgresTimestamp(microseconds: batch.instants[row].microseconds))
            fields.append(Int32(batch.areas[row].rawValue))
            fields.append(Int32(batch.products[row].rawValue))
            fields.append(batch.eventIDs[row])
        }
    }
}
