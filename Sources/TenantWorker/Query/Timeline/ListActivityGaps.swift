import PostgresClient
import Shared

/// A line's gaps in a span, by start.
enum ListActivityGaps {
    /// Columns of equal length; microseconds since 1970.
    struct Columns: Sendable {
        var starts: [Int64] = []
        var ends: [Int64] = []
        var startIsLone: [Bool] = []
    }

    /// - Parameter span: gaps that start in it.
    static func statement(_ line: LineID, startingIn span: Interval) -> Statement {
        Statement(
            "ListActivityGaps",
            """
            SELECT gap_start, gap_end, start_is_lone FROM activity_gap
            WHERE line_id = \(Int32(line.rawValue))
                AND gap_start >= \(PostgresTimestamp(microseconds: span.start.microseconds))
                AND gap_start < \(PostgresTimestamp(microseconds: span.end.microseconds))
            ORDER BY gap_start
            """,
            idempotent: true
        )
    }

    /// The gaps before an instant, newest first.
    static func statement(_ line: LineID, before instant: Instant, limit: Int32) -> Statement {
        Statement(
            "ListActivityGapsBefore",
            """
            SELECT gap_start, gap_end, start_is_lone FROM activity_gap
            WHERE line_id = \(Int32(line.rawValue))
                AND gap_start < \(PostgresTimestamp(microseconds: instant.microseconds))
            ORDER BY gap_start DESC LIMIT \(limit)
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Columns {
        Columns(starts: try rows.timestamps(0), ends: try rows.timestamps(1), startIsLone: try rows.column(2))
    }
}
