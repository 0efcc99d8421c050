import PostgresClient
import Shared

/// How far around a span all rows of a line are at hand.
enum FindHotStretch {
    struct Row: Sendable {
        /// The end of the last archived month before the span; nil: all earlier rows are there.
        var start: Instant?
        /// The start of the first archived month behind the span; nil: all later rows are there.
        var end: Instant?
        /// Whether the span itself reaches into an archived month.
        var isArchived: Bool
    }

    static func statement(_ line: LineID, around span: Interval) -> Statement {
        let start = PostgresTimestamp(microseconds: span.start.microseconds)
        let end = PostgresTimestamp(microseconds: span.end.microseconds)
        return Statement(
            "FindHotStretch",
            """
            SELECT max(month_end) FILTER (WHERE month_end <= \(start)),
                min(month_start) FILTER (WHERE month_start >= \(end)),
                coalesce(bool_or(month_start < \(end) AND month_end > \(start)), false)
            FROM detection_archive WHERE line_id = \(Int32(line.rawValue)) AND restored_until IS NULL
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row {
        guard let row = rows.first else { return Row(isArchived: false) }
        return Row(start: try row.instant(0), end: try row.instant(1), isArchived: try row.value(2))
    }
}

/// The end of a line's last archived month that begins before an instant: every row from there to the instant is at hand.
enum FindHotStart {
    static func statement(_ line: LineID, before instant: Instant) -> Statement {
        Statement(
            "FindHotStart",
            """
            SELECT max(month_end) FROM detection_archive
            WHERE line_id = \(Int32(line.rawValue)) AND restored_until IS NULL
                AND month_start < \(PostgresTimestamp(microseconds: instant.microseconds))
            """,
            idempotent: true
        )
    }

    /// Nil: all of them are.
    static func read(_ rows: Rows) throws(PostgresError) -> Instant? {
        try rows.first?.instant(0)
    }
}
