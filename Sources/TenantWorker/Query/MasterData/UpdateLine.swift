import PostgresClient
import Shared

/// Replaces what holds of a line for all time.
enum UpdateLine {
    static func statement(_ id: Int64, _ line: LineBody, decommissionedAt: Instant?) -> Statement {
        Statement(
            "UpdateLine",
            """
            UPDATE production_line SET plant_id = \(Int32(line.plant.rawValue)), line_code = \(line.code),
                line_name = \(line.name), auto_detect_downtime = \(line.autoDetectsDowntime),
                commissioned_at = \(PostgresTimestamp(line.commissionedAt)),
                decommissioned_at = \(PostgresTimestamp(decommissionedAt)),
                heartbeat_timeout_seconds = \(line.heartbeatTimeoutSeconds.map { Int32($0) }),
                is_active = \(line.isActive)
            WHERE line_id = \(Int32(id))
            """
        )
    }
}
