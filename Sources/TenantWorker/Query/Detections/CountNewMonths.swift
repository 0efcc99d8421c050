import PostgresClient
import Shared

/// Of some months of lines, how many are older than the last one and have no partition yet.
enum CountNewMonths {
    /// - Parameter months: of UTC, each by its number since year 0.
    static func statement(_ months: [(line: LineID, number: Int)]) -> Statement {
        Statement(
            "CountNewMonths",
            """
            SELECT count(*) FROM unnest(\(months.map { Int32($0.line.rawValue) }),
                \(months.map { Int32($0.number) })) AS wanted (line_id, number)
                CROSS JOIN LATERAL make_timestamptz(number / 12, number % 12 + 1, 1, 0, 0, 0, 'UTC') AS month
            WHERE month < date_trunc('month', now()) - interval '1 month' AND NOT EXISTS (
                SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = 'detection_partition'
                    AND relname = format('detection_line_%s_%s', line_id, to_char(month, '"y"YYYY"m"MM')))
            """,
            idempotent: true
        )
    }
}
