import PostgresClient
import Shared

/// Where a line's detections begin and end.
enum ReadLineActivity {
    struct Row: Sendable {
        var firstDetection: Instant?
        var lastDetection: Instant?
        var lastIsLone: Bool
        /// Gaps of at least this are kept.
        var gapFloorSeconds: Int64
        var version: Int64
    }

    static func statement(_ line: LineID) -> Statement {
        Statement(
            "ReadLineActivity",
            """
            SELECT first_detected_at, last_detected_at, last_is_lone, gap_floor_seconds, version
            FROM line_activity WHERE line_id = \(Int32(line.rawValue))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            firstDetection: try row.instant(0),
            lastDetection: try row.instant(1),
            lastIsLone: try row.optional(2) ?? true,
            gapFloorSeconds: try row.value(3),
            version: try row.value(4)
        )
    }
}
