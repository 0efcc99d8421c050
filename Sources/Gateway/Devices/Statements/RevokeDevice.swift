import PostgresClient
import Shared

/// The end of a device; its row stays for whoever asks what it was.
enum RevokeDevice {
    static func statement(_ device: DeviceID) -> Statement {
        Statement(
            "RevokeDevice", "UPDATE device SET revoked_at = now() WHERE device_id = \(Int32(device.rawValue))")
    }
}
