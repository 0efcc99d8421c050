import PostgresClient
import Shared

/// One break of a version of a shift.
enum InsertShiftBreak {
    static func statement(_ version: Int32, order: Int16, _ shiftBreak: ShiftBody.Break) -> Statement {
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
