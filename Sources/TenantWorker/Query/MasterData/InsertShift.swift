import PostgresClient
import Shared

/// A new shift, its version and the version's breaks.
enum InsertShift {
    static let statement = Statement("InsertShift", "INSERT INTO shift DEFAULT VALUES RETURNING shift_id")

    static func versionStatement(_ id: ShiftID, _ shift: ShiftBody, validFrom: Instant?) -> Statement {
        let lines = shift.lines.map { lines in Parameter(lines.map { Int32($0.rawValue) as Int32? }) }
        let days = Parameter(shift.days.map { Int16($0) as Int16? })
        return Statement(
            "InsertShiftVersion",
            """
            INSERT INTO shift_version (shift_id, valid_from, plant_id, line_ids, shift_name, days, start_minute,
                end_minute, is_active)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)), \(shift.plant.map { Int32($0.rawValue) }),
                \(lines ?? .null(.int4Array)), \(shift.name), \(days), \(Int16(shift.start.minuteOfDay)),
                \(Int16(shift.end.minuteOfDay)), \(shift.isActive))
            RETURNING shift_version_id
            """
        )
    }

    static func breakStatement(_ version: Int32, order: Int16, _ shiftBreak: ShiftBody.Break) -> Statement {
        Statement(
            "InsertShiftBreak",
            """
            INSERT INTO shift_break (shift_version_id, break_order, break_name, start_minute, end_minute)
            VALUES (\(version), \(order), \(shiftBreak.name), \(Int16(shiftBreak.start.minuteOfDay)),
                \(Int16(shiftBreak.end.minuteOfDay)))
            """
        )
    }
}
