import PostgresClient
import Shared

/// The newest detection of a line that is not after an instant. Where a gap holds it, that is the gap's start, however long
/// ago; otherwise it is less than the floor of gaps old, and its row at hand.
enum FindLastDetection {
    static func statement(_ line: LineID, notAfter instant: Instant) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        let instant = PostgresTimestamp(microseconds: instant.microseconds)
        return Statement(
            "FindLastDetection",
            """
            SELECT coalesce((
                SELECT gap_start FROM (
                    SELECT gap_start, gap_end FROM activity_gap
                    WHERE line_id = \(Int32(line.rawValue)) AND gap_start <= \(instant)
                    ORDER BY gap_start DESC LIMIT 1
                ) AS silence WHERE gap_end > \(instant)
            ), (
                SELECT detected_at FROM \(table) WHERE detected_at <= \(instant) ORDER BY detected_at DESC LIMIT 1
            ))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Instant? {
        try rows.first?.instant(0)
    }
}
