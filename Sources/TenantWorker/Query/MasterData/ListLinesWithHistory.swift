import PostgresClient
import Shared

/// The lines that ever had a detection or of which anybody entered a stop, with their first detection.
enum ListLinesWithHistory {
    static let statement = Statement(
        "ListLinesWithHistory",
        """
        SELECT activity.line_id, activity.first_detected_at FROM line_activity AS activity
        WHERE activity.first_detected_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM downtime_fact AS fact WHERE fact.line_id = activity.line_id)
        ORDER BY activity.line_id
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [(line: LineID, firstDetection: Instant?)] {
        var lines: [(line: LineID, firstDetection: Instant?)] = []
        for row in rows { lines.append((LineID(try row.value(0)), try row.instant(1))) }
        return lines
    }
}
