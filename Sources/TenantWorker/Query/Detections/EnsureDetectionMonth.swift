import PostgresClient
import Shared

/// Makes the partition of a month of a line unless it is there.
enum EnsureDetectionMonth {
    static func statement(_ line: LineID, _ month: Instant) -> Statement {
        Statement(
            "EnsureDetectionMonth",
            """
            SELECT ensure_detection_month(\(Int32(line.rawValue)),
                \(PostgresTimestamp(microseconds: month.microseconds)))
            """,
            idempotent: true
        )
    }
}
