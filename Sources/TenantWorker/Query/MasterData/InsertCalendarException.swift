import PostgresClient
import Shared

/// One new closure or extra time; gives its number.
enum InsertCalendarException {
    static func statement(_ exception: CalendarExceptionBody) -> Statement {
        Statement(
            "InsertCalendarException",
            """
            INSERT INTO calendar_exception (plant_id, line_id, kind, name, starts_at, ends_at)
            VALUES (\(Int32(exception.plant.rawValue)), \(exception.line.map { Int32($0.rawValue) }),
                \(exception.kind.rawValue), \(exception.name),
                \(PostgresTimestamp(microseconds: exception.start.microseconds)),
                \(PostgresTimestamp(microseconds: exception.end.microseconds)))
            RETURNING calendar_exception_id
            """
        )
    }
}
