import PostgresClient
import Shared

/// When a line gave its last sign of life; no row when it never did.
enum ReadLineWatch {
    static func statement(_ line: LineID) -> Statement {
        Statement(
            "ReadLineWatch",
            "SELECT last_sign_at FROM line_watch WHERE line_id = \(Int32(line.rawValue))",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Instant? {
        guard let row = rows.first else { return nil }
        return Instant(microseconds: try row.value(0, as: PostgresTimestamp.self).microseconds)
    }
}
