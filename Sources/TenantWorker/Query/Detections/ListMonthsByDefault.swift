import PostgresClient
import Shared

/// The lines that have rows of a month without a partition, each with its first such month.
enum ListMonthsByDefault {
    static let statement = Statement(
        "ListMonthsByDefault", "SELECT line_id, month FROM months_by_default()", idempotent: true)

    static func read(_ rows: Rows) throws(PostgresError) -> [(line: LineID, month: Instant)] {
        var months: [(line: LineID, month: Instant)] = []
        for row in rows {
            let month = Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds)
            months.append((LineID(Int64(try row.value(0, as: Int32.self))), month))
        }
        return months
    }
}

/// How long the transaction works at most.
enum LimitMove {
    static let statement = Statement(
        "LimitMove",
        "SELECT set_config('lock_timeout', '10min', true), set_config('statement_timeout', '10min', true)")
}

/// How long the transaction waits for those who write: whoever comes after waits behind it.
enum LimitWaitOfMove {
    static let statement = Statement("LimitWaitOfMove", "SELECT set_config('lock_timeout', '2s', true)")
}
