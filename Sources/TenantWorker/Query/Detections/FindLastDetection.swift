import PostgresClient
import Shared

/// The newest detection of a line that is not after an instant.
enum FindLastDetection {
    static func statement(_ line: LineID, notAfter instant: Instant) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "FindLastDetection",
            """
            SELECT detected_at FROM \(table)
            WHERE detected_at <= \(PostgresTimestamp(microseconds: instant.microseconds))
            ORDER BY detected_at DESC LIMIT 1
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Instant? {
        try rows.first?.instant(0)
    }
}
