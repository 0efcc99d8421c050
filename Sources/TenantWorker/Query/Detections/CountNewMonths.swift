import PostgresClient
import Shared

/// Of some months of lines, how many are older than the last one and have no partition yet.
enum CountNewMonths {
    /// - Parameters:
    ///   - lines: of each month.
    ///   - months: their starts in UTC, in the same order.
    static func statement(_ lines: [LineID], _ months: [Instant]) -> Statement {
        Statement(
            "CountNewMonths",
            """
            SELECT count(*) FROM unnest(\(lines.map { Int32($0.rawValue) }),
                \(months.map { PostgresTimestamp(microseconds: $0.microseconds) })) AS wanted (line_id, month)
            WHERE month < date_trunc('month', now()) - interval '1 month' AND NOT EXISTS (
                SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = 'detection_partition'
                    AND relname = format('detection_line_%s_%s', line_id, to_char(month, '"y"YYYY"m"MM')))
            """,
            idempotent: true
        )
    }
}
