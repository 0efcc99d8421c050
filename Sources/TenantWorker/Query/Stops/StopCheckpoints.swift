import PostgresClient
import Shared

/// How far the stops of a line are calculated.
struct StopCheckpoint: Sendable {
    /// The newest fact that the stored stops know.
    var fact = FactID(0)
    /// What they were calculated with; see `ProductionLine.stopSettings`.
    var settings: String?
    /// The newest detection counted.
    var lastDetection: Instant?
    /// The start of the calculated stop that was still running.
    var openRunStart: Instant?
    /// A stop that ends here or later may still change without a new detection; nil: all may.
    var resumesFrom: Instant?
}

/// Makes the checkpoint of a line where there is none; it then can be locked.
enum EnsureStopCheckpoint {
    static func statement(_ line: LineID) -> Statement {
        Statement(
            "EnsureStopCheckpoint",
            """
            INSERT INTO downtime_checkpoint (line_id) VALUES (\(Int32(line.rawValue))) ON CONFLICT (line_id) DO NOTHING
            """
        )
    }
}

/// Reads the checkpoint of a line and holds its row until the transaction ends: the lock of everybody who changes the
/// line's stops. No row: there is no checkpoint yet.
enum LockStopCheckpoint {
    static func statement(_ line: LineID) -> Statement {
        Statement(
            "LockStopCheckpoint",
            """
            SELECT fact_id, settings, last_detected_at, open_run_start, resumes_from
            FROM downtime_checkpoint WHERE line_id = \(Int32(line.rawValue)) FOR UPDATE
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> StopCheckpoint? {
        guard let row = rows.first else { return nil }
        return StopCheckpoint(
            fact: FactID(try row.value(0)),
            settings: try row.optional(1),
            lastDetection: try row.instant(2),
            openRunStart: try row.instant(3),
            resumesFrom: try row.instant(4)
        )
    }
}

/// Keeps how far the stops of a line are calculated.
enum StoreStopCheckpoint {
    static func statement(_ line: LineID, _ checkpoint: StopCheckpoint, at now: Instant) -> Statement {
        Statement(
            "StoreStopCheckpoint",
            """
            UPDATE downtime_checkpoint SET fact_id = \(checkpoint.fact.rawValue), settings = \(checkpoint.settings),
                last_detected_at = \(checkpoint.lastDetection.map { PostgresTimestamp($0) }),
                open_run_start = \(checkpoint.openRunStart.map { PostgresTimestamp($0) }),
                resumes_from = \(checkpoint.resumesFrom.map { PostgresTimestamp($0) }),
                calculated_at = \(PostgresTimestamp(now))
            WHERE line_id = \(Int32(line.rawValue))
            """
        )
    }
}

/// Keeps the newest fact that a line's stored stops know.
enum StoreStopCheckpointFact {
    static func statement(_ line: LineID, _ fact: FactID) -> Statement {
        Statement(
            "StoreStopCheckpointFact",
            """
            UPDATE downtime_checkpoint SET fact_id = \(fact.rawValue) WHERE line_id = \(Int32(line.rawValue))
            """
        )
    }
}

extension PostgresTimestamp {
    init(_ instant: Instant) {
        self.init(microseconds: instant.microseconds)
    }
}
