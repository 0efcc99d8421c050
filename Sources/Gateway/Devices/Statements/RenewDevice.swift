import PostgresClient
import Shared

/// Another link of a device, in place of the one before.
enum RenewDevice {
    static func statement(_ device: DeviceID, tokenHash: [UInt8]) -> Statement {
        Statement(
            "RenewDevice",
            """
            UPDATE device SET token_hash = \(Parameter.bytes(tokenHash)) WHERE device_id = \(Int32(device.rawValue))
            """
        )
    }
}
