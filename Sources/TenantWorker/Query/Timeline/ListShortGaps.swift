import PostgresClient
import Shared

/// A line's gaps longer than a threshold between its rows of a span, by start: for thresholds under the floor of the gaps
/// that are kept. Refused where some of the span are archived.
enum ListShortGaps {
    struct Columns: Sendable {
        var gaps: ListActivityGaps.Columns
        /// Whether nothing of the span is before the detection that each gap starts with, or after the one it ends with.
        var opens: [Bool]
        var closes: [Bool]
    }

    /// - Parameter threshold: microseconds.
    static func statement(
        _ line: LineID, longerThan threshold: Int64, in span: Interval
    ) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "ListShortGaps",
            """
            SELECT detected_at, next_at, at_instant = 1, before_at IS NULL, after_at IS NULL
            FROM (
                SELECT detected_at, count(*) AS at_instant, lead(detected_at) OVER by_time AS next_at,
                    lag(detected_at) OVER by_time AS before_at, lead(detected_at, 2) OVER by_time AS after_at
                FROM \(table)
                WHERE detected_at >= \(PostgresTimestamp(microseconds: span.start.microseconds))
                    AND detected_at < \(PostgresTimestamp(microseconds: span.end.microseconds))
                    AND refuse_archived(\(Int32(line.rawValue)),
                        \(PostgresTimestamp(microseconds: span.start.microseconds)),
                        \(PostgresTimestamp(microseconds: span.end.microseconds)))
                GROUP BY detected_at
                WINDOW by_time AS (ORDER BY detected_at)
            ) AS instant
            WHERE next_at - detected_at > make_interval(secs => \(Double(threshold) / 1_000_000))
            ORDER BY detected_at
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Columns {
        Columns(gaps: try ListActivityGaps.read(rows), opens: try rows.column(3), closes: try rows.column(4))
    }
}
