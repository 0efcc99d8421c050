import PostgresClient
import Shared

/// All lines with all their versions: a row per version, by line and start.
enum SelectLines {
    static let statement = Statement(
        "SelectLines",
        """
        SELECT line.line_id, line.plant_id, line.line_code, line.line_name, line.auto_detect_downtime,
            line.commissioned_at, line.decommissioned_at, line.is_active, line.created_at,
            version.valid_from, version.rate_per_minute, version.downtime_threshold_seconds,
            version.micro_stop_seconds, version.target_oee, line.heartbeat_timeout_seconds
        FROM production_line AS line JOIN production_line_version AS version USING (line_id)
        ORDER BY line.line_id, version.valid_from NULLS FIRST
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [ProductionLine] {
        var lines: [ProductionLine] = []
        for row in rows {
            let id = LineID(try row.value(0))
            let version = ProductionLine.Version(
                validFrom: try row.instant(9),
                ratePerMinute: try row.optional(10),
                thresholdSeconds: try row.value(11),
                microStopSeconds: try row.optional(12),
                targetOEE: try row.optional(13)
            )
            if lines.last?.id == id {
                lines[lines.count - 1].versions.append(version)
                continue
            }
            lines.append(
                ProductionLine(
                    id: id,
                    plant: PlantID(try row.value(1)),
                    code: try row.value(2),
                    name: try row.value(3),
                    autoDetectsDowntime: try row.value(4),
                    commissionedAt: try row.instant(5),
                    decommissionedAt: try row.instant(6),
                    isActive: try row.value(7),
                    heartbeatTimeoutSeconds: try row.optional(14),
                    createdAt: Instant(microseconds: try row.value(8, as: PostgresTimestamp.self).microseconds),
                    versions: [version]
                )
            )
        }
        return lines
    }
}

extension Row {
    /// A timestamp or null.
    func instant(_ column: Int) throws(PostgresError) -> Instant? {
        try optional(column, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
    }
}
