import PostgresClient
import Shared

/// That a device was used now, to the minute.
enum NoteDeviceUse {
    static func statement(_ device: DeviceID) -> Statement {
        Statement(
            "NoteDeviceUse",
            """
            UPDATE device SET last_used_at = now()
            WHERE device_id = \(Int32(device.rawValue))
                AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            """
        )
    }
}
