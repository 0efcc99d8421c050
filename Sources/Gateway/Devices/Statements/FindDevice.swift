import PostgresClient
import Shared

/// The device of a link or cookie, while it may be used.
enum FindDevice {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindDevice",
            """
            SELECT device.device_id, device.tenant_id, device.kind, device.name, device.line_ids, device.plant_ids,
                device.look, device.language, device.alarm_after_seconds, device.holds_stopped, device.expires_at
            FROM device JOIN tenant USING (tenant_id)
            WHERE device.token_hash = \(Parameter.bytes(hash)) AND device.revoked_at IS NULL
                AND (device.expires_at IS NULL OR device.expires_at > now()) AND tenant.state = 'active'
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws -> EnrolledDevice? {
        guard let row = rows.first else { return nil }
        guard let kind = DeviceKind(rawValue: try row.value(2)), let look = Theme(rawValue: try row.value(6)),
            let language = LanguageCode(rawValue: try row.value(7))
        else { throw Fault(code: .internal) }
        return EnrolledDevice(
            id: DeviceID(try row.value(0)),
            tenant: TenantID(try row.value(1)),
            kind: kind,
            name: try row.value(3),
            lines: try row.value(4, as: [Int64].self).map { LineID($0) },
            plants: try row.value(5, as: [Int64].self).map { PlantID($0) },
            look: look,
            language: language,
            alarmAfterSeconds: try row.optional(8, as: Int64.self).map { Int($0) },
            holdsStopped: try row.value(9),
            expiresAt: try row.optional(10, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
        )
    }
}
