import PostgresClient
import Shared

/// A new device; gives its id.
enum InsertDevice {
    static func statement(
        _ body: DeviceBody, in plants: [PlantID], tokenHash: [UInt8], of tenant: TenantID, by user: UserID
    ) -> Statement {
        Statement(
            "InsertDevice",
            """
            INSERT INTO device (tenant_id, kind, name, line_ids, plant_ids, look, language, alarm_after_seconds,
                holds_stopped, expires_at, token_hash, created_by)
            VALUES (\(Int32(tenant.rawValue)), \(body.kind.rawValue), \(body.name),
                \(body.lines.map { Int32($0.rawValue) }), \(plants.integers), \(body.look.rawValue),
                \(body.language.rawValue), \(body.alarmAfterSeconds.map { Int32($0) }), \(body.holdsStopped), \(body.expiry),
                \(Parameter.bytes(tokenHash)), \(Int32(user.rawValue)))
            RETURNING device_id
            """
        )
    }
}
