import PostgresClient
import Shared

/// The devices of a tenant, by id, also those that are revoked.
enum ListDevices {
    struct Row: Sendable {
        var id: DeviceID
        var kind: DeviceKind
        var name: String
        var lines: [LineID]
        /// Those its lines stood in when they were chosen: it shows no line of another.
        var plants: [PlantID]
        var look: Theme
        var language: LanguageCode
        var alarmAfterSeconds: Int64?
        var holdsStopped: Bool
        var createdAt: Instant
        /// Nil: never.
        var expiresAt: Instant?
        var revokedAt: Instant?
        /// To the minute.
        var lastUsedAt: Instant?
    }

    /// - Parameter plants: only devices all of whose lines stand in these; nil: all.
    static func statement(
        _ tenant: TenantID, within plants: [PlantID]?, after: Int64, limit: Int
    ) -> Statement {
        Statement(
            "ListDevices",
            """
            SELECT device_id, kind, name, line_ids, look, language, alarm_after_seconds, holds_stopped, created_at,
                expires_at, revoked_at, last_used_at, plant_ids
            FROM device
            WHERE tenant_id = \(Int32(tenant.rawValue)) AND device_id > \(Int32(after))
                AND (\(plants?.integers) IS NULL OR plant_ids <@ \(plants?.integers))
            ORDER BY device_id LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws -> [Row] {
        var read: [Row] = []
        for row in rows {
            guard let kind = DeviceKind(rawValue: try row.value(1)), let look = Theme(rawValue: try row.value(4)),
                let language = LanguageCode(rawValue: try row.value(5))
            else { throw Fault(code: .internal) }
            read.append(
                Row(
                    id: DeviceID(try row.value(0)),
                    kind: kind,
                    name: try row.value(2),
                    lines: try row.value(3, as: [Int64].self).map { LineID($0) },
                    plants: try row.value(12, as: [Int64].self).map { PlantID($0) },
                    look: look,
                    language: language,
                    alarmAfterSeconds: try row.optional(6, as: Int64.self),
                    holdsStopped: try row.value(7),
                    createdAt: Instant(microseconds: try row.value(8, as: PostgresTimestamp.self).microseconds),
                    expiresAt: try instant(row, 9),
                    revokedAt: try instant(row, 10),
                    lastUsedAt: try instant(row, 11)
                ))
        }
        return read
    }

    private static func instant(_ row: PostgresClient.Row, _ column: Int) throws(PostgresError) -> Instant? {
        try row.optional(column, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
    }
}
