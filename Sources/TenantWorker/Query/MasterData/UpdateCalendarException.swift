import PostgresClient
import Shared

/// Replaces a closure or extra time.
enum UpdateCalendarException {
    static func statement(_ id: Int64, _ exception: CalendarExceptionBody) -> Statement {
        Statement(
            "UpdateCalendarException",
            """
            UPDATE calendar_exception SET plant_id = \(Int32(exception.plant.rawValue)),
                line_id = \(exception.line.map { Int32($0.rawValue) }), kind = \(exception.kind.rawValue),
                name = \(exception.name), starts_at = \(PostgresTimestamp(microseconds: exception.start.microseconds)),
                ends_at = \(PostgresTimestamp(microseconds: exception.end.microseconds))
            WHERE calendar_exception_id = \(Int32(id))
            """
        )
    }
}
