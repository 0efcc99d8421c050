import PostgresClient
import Shared

/// One new line, without a version yet; gives its number. Its tables are made by the database in the same transaction.
enum InsertLine {
    static func statement(_ line: LineBody, decommissionedAt: Instant?) -> Statement {
        Statement(
            "InsertLine",
            """
            INSERT INTO production_line (plant_id, line_code, line_name, auto_detect_downtime, commissioned_at,
                decommissioned_at, heartbeat_timeout_seconds, is_active)
            VALUES (\(Int32(line.plant.rawValue)), \(line.code), \(line.name), \(line.autoDetectsDowntime),
                \(PostgresTimestamp(line.commissionedAt)), \(PostgresTimestamp(decommissionedAt)),
                \(line.heartbeatTimeoutSeconds.map { Int32($0) }), \(line.isActive))
            RETURNING line_id
            """
        )
    }
}

extension PostgresTimestamp {
    init?(_ instant: Instant?) {
        guard let instant else { return nil }
        self.init(microseconds: instant.microseconds)
    }
}
