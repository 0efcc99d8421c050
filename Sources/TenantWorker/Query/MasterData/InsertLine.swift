import PostgresClient
import Shared

/// One new line; gives its number. Its tables are made by the database in the same transaction.
enum InsertLine {
    static func statement(_ line: LineBody) -> Statement {
        Statement(
            "InsertLine",
            """
            INSERT INTO production_line (plant_id, line_code, line_name, auto_detect_downtime, commissioned_at,
                decommissioned_at, heartbeat_timeout_seconds, is_active)
            VALUES (\(Int32(line.plant.rawValue)), \(line.code), \(line.name), \(line.autoDetectsDowntime),
                \(PostgresTimestamp(line.commissionedAt)), \(PostgresTimestamp(line.decommissionedAt)),
                \(line.heartbeatTimeoutSeconds.map { Int32($0) }), \(line.isActive))
            RETURNING line_id
            """
        )
    }

    static func versionStatement(_ id: LineID, _ line: LineBody, validFrom: Instant?) -> Statement {
        Statement(
            "InsertLineVersion",
            """
            INSERT INTO production_line_version (line_id, valid_from, rate_per_minute, downtime_threshold_seconds,
                micro_stop_seconds, target_oee)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)), \(line.ratePerMinute),
                \(Int32(line.thresholdSeconds)), \(line.microStopSeconds.map { Int32($0) }), \(line.targetOEE))
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
