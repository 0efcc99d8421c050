import ManufacturingKPI
import PostgresClient
import Shared

/// All closures and extra times, by id.
enum SelectCalendarExceptions {
    static let statement = Statement(
        "SelectCalendarExceptions",
        """
        SELECT plant_id, line_id, kind, name, starts_at, ends_at, calendar_exception_id
        FROM calendar_exception ORDER BY calendar_exception_id
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Exception] {
        var exceptions: [Exception] = []
        for row in rows {
            let start = try row.value(4, as: PostgresTimestamp.self).microseconds
            let end = try row.value(5, as: PostgresTimestamp.self).microseconds
            exceptions.append(
                Exception(
                    id: try row.value(6),
                    calendar: CalendarException(
                        plant: PlantID(try row.value(0)),
                        line: try row.optional(1, as: Int64.self).map { LineID($0) },
                        kind: CalendarException.Kind(rawValue: try row.value(2)) ?? .closed,
                        name: try row.value(3),
                        interval: Interval(start: Instant(microseconds: start), end: Instant(microseconds: end))
                    )
                )
            )
        }
        return exceptions
    }
}
