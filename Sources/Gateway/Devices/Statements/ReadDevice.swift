import PostgresClient
import Shared

/// One device of a tenant, held until the transaction ends; the row is that of `ListDevices`.
enum ReadDevice {
    /// - Parameter plants: only a device all of whose lines stand in these; nil: any.
    static func statement(_ device: DeviceID, of tenant: TenantID, within plants: [PlantID]?) -> Statement {
        Statement(
            "ReadDevice",
            """
            SELECT device_id, kind, name, line_ids, look, language, alarm_after_seconds, holds_stopped, created_at,
                expires_at, revoked_at, last_used_at, plant_ids
            FROM device
            WHERE tenant_id = \(Int32(tenant.rawValue)) AND device_id = \(Int32(device.rawValue))
                AND (\(plants?.integers) IS NULL OR plant_ids <@ \(plants?.integers))
            FOR UPDATE
            """
        )
    }
}
