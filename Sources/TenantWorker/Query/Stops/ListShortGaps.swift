import PostgresClient
import Shared

/// All of a line's gaps longer than a threshold, found in the rows themselves: for thresholds under the floor of the gaps
/// that are kept. The columns are those of `ListActivityGaps`.
enum ListShortGaps {
    /// - Parameter threshold: microseconds.
    static func statement(_ line: LineID, longerThan threshold: Int64) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "ListShortGaps",
            """
            SELECT detected_at, next_at, at_instant = 1
            FROM (
                SELECT detected_at, count(*) AS at_instant, lead(detected_at) OVER (ORDER BY detected_at) AS next_at
                FROM \(table) GROUP BY detected_at
            ) AS instant
            WHERE next_at - detected_at > make_interval(secs => \(Double(threshold) / 1_000_000))
            ORDER BY detected_at
            """,
            idempotent: true
        )
    }
}
