import PostgresClient
import Shared

/// What a device is called and shows from now on; its kind and its link stay.
enum UpdateDevice {
    static func statement(_ device: DeviceID, _ body: DeviceBody, in plants: [PlantID]) -> Statement {
        Statement(
            "UpdateDevice",
            """
            UPDATE device SET name = \(body.name), line_ids = \(body.lines.map { Int32($0.rawValue) }),
                plant_ids = \(plants.integers), look = \(body.look.rawValue), language = \(body.language.rawValue),
                alarm_after_seconds = \(body.alarmAfterSeconds.map { Int32($0) }),
                holds_stopped = \(body.holdsStopped), expires_at = \(body.expiry)
            WHERE device_id = \(Int32(device.rawValue))
            """
        )
    }
}
