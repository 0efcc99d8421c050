import ManufacturingKPI
import PostgresClient
import Shared

/// All shifts with all their versions and breaks: a row per break, or one for a version without, by shift and start.
enum SelectShifts {
    static let statement = Statement(
        "SelectShifts",
        """
        SELECT version.shift_id, version.shift_version_id, version.valid_from, version.plant_id, version.line_ids,
            version.shift_name, version.days, version.start_minute, version.end_minute, version.is_active,
            pause.break_name, pause.start_minute, pause.end_minute
        FROM shift_version AS version LEFT JOIN shift_break AS pause USING (shift_version_id)
        ORDER BY version.shift_id, version.valid_from NULLS FIRST, pause.break_order
        """,
        idempotent: true
    )

    private struct Version {
        var shift: ShiftID
        var number: Int64
        var row: Row
        var breaks: [ShiftBreak] = []
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Shift] {
        var versions: [Version] = []
        for row in rows {
            let number: Int64 = try row.value(1)
            if versions.last?.number != number {
                versions.append(Version(shift: ShiftID(try row.value(0)), number: number, row: row))
            }
            if let name = try row.optional(10, as: String.self) {
                versions[versions.count - 1].breaks.append(
                    ShiftBreak(name: name, start: try row.time(11), end: try row.time(12))
                )
            }
        }
        var shifts: [Shift] = []
        var index = 0
        while index < versions.count {
            let id = versions[index].shift
            var names: [String] = []
            var definitions: [ShiftVersion] = []
            while index < versions.count, versions[index].shift == id {
                names.append(try versions[index].row.value(5))
                definitions.append(try definition(of: versions[index]))
                index += 1
            }
            shifts.append(Shift(id: id, names: names, definition: ShiftDefinition(id: id, versions: definitions)))
        }
        return shifts
    }

    private static func definition(of version: Version) throws(PostgresError) -> ShiftVersion {
        let row = version.row
        let lines = try row.optional(4, as: [Int64].self)
        let days = try row.value(6, as: [Int64].self)
        return ShiftVersion(
            validFrom: try row.instant(2),
            plant: try row.optional(3, as: Int64.self).map { PlantID($0) },
            lines: lines.map { Set($0.map { LineID($0) }) },
            days: Weekdays(numbers: days.map(Int.init)) ?? .all,
            start: try row.time(7),
            end: try row.time(8),
            breaks: version.breaks,
            isActive: try row.value(9)
        )
    }
}

extension Row {
    /// A minute of the day.
    fileprivate func time(_ column: Int) throws(PostgresError) -> LocalTime {
        guard let time = LocalTime(minuteOfDay: try value(column, as: Int.self)) else {
            preconditionFailure("the table's own checks keep minutes in 0…1439")
        }
        return time
    }
}
