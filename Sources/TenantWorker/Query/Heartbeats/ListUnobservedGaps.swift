import PostgresClient
import Shared

/// The stretches in which a line gave no sign of life, in order.
enum ListUnobservedGaps {
    static func statement(_ line: LineID) -> Statement {
        Statement(
            "ListUnobservedGaps",
            "SELECT start_at, end_at FROM unobserved_gap WHERE line_id = \(Int32(line.rawValue)) ORDER BY start_at",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Interval] {
        var gaps: [Interval] = []
        for row in rows {
            gaps.append(
                Interval(
                    start: Instant(microseconds: try row.value(0, as: PostgresTimestamp.self).microseconds),
                    end: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds)))
        }
        return gaps
    }
}
