import PostgresClient
import Shared

/// What a shift is from an instant on, without its breaks; in place of a version that starts there already. Gives the
/// version's number.
enum PutShiftVersion {
    static func statement(_ id: ShiftID, _ shift: ShiftBody, validFrom: Instant?) -> Statement {
        let lines = shift.lines.map { lines in Parameter(lines.map { Int32($0.rawValue) as Int32? }) }
        let days = Parameter(shift.days.map { Int16($0) as Int16? })
        return Statement(
            "PutShiftVersion",
            """
            INSERT INTO shift_version (shift_id, valid_from, plant_id, line_ids, shift_name, days, start_minute,
                end_minute, is_active)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)), \(shift.plant.map { Int32($0.rawValue) }),
                \(lines ?? .null(.int4Array)), \(shift.name), \(days), \(Int16(shift.start.minuteOfDay)),
                \(Int16(shift.end.minuteOfDay)), \(shift.isActive))
            ON CONFLICT (shift_id, valid_from) DO UPDATE SET plant_id = excluded.plant_id,
                line_ids = excluded.line_ids, shift_name = excluded.shift_name, days = excluded.days,
                start_minute = excluded.start_minute, end_minute = excluded.end_minute,
                is_active = excluded.is_active
            RETURNING shift_version_id
            """
        )
    }
}
