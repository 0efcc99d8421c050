/// What a client says of a shift.
package struct ShiftBody: MasterDataBody {
    package struct Break: Hashable, Sendable {
        package var name: String
        package var start: LocalTime
        package var end: LocalTime
    }

    /// Nil: every plant.
    package var plant: PlantID?
    /// Nil: every line of the plant.
    package var lines: [LineID]?
    package var name: String
    /// ISO weekdays, 1 is Monday, of the day the shift starts; ascending.
    package var days: [Int]
    package var start: LocalTime
    /// Up to the start: it ends the next day.
    package var end: LocalTime
    package var breaks: [Break]
    package var isActive: Bool
    package var validFrom: ValidFrom?

    package init(_ fields: inout JSONFields) {
        plant = fields.identifier("plant_id")
        lines = fields.distinctIdentifiers("line_ids")
        name = fields.name("shift_name")
        let given = fields.required(fields.integers("days", in: 1...7, upTo: 7), "days", [])
        fields.noteRepeated(given, in: "days")
        days = given.map(Int.init).sorted()
        start = fields.requiredTime("start_time")
        end = fields.requiredTime("end_time")
        breaks = fields.objects("breaks", upTo: 24, Self.readBreak) ?? []
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
        guard !fields.hasFault("start_time"), !fields.hasFault("end_time") else { return }
        // What is no object at all has no place in the list.
        guard breaks.count == fields.count(of: "breaks") else { return }
        for (index, shiftBreak) in breaks.enumerated()
        where !fields.hasFault("breaks[\(index)]") && !contains(shiftBreak) {
            fields.fault("breaks[\(index)]", .outOfRange, limit: "\(start)…\(end)")
        }
    }

    private static func readBreak(_ fields: inout JSONFields) -> Break {
        let shiftBreak = Break(
            name: fields.name("name"),
            start: fields.requiredTime("start_time"),
            end: fields.requiredTime("end_time")
        )
        if shiftBreak.start == shiftBreak.end, !fields.hasFault("start_time"), !fields.hasFault("end_time") {
            fields.fault("end_time", .endsBeforeStart)
        }
        return shiftBreak
    }

    /// Whether a break lies inside the shift; one that starts before the shift's start is on the next day.
    private func contains(_ shiftBreak: Break) -> Bool {
        let day = LocalTime.minutesPerDay
        let length = (shiftBreak.end.minuteOfDay - shiftBreak.start.minuteOfDay + day) % day
        let offset = (shiftBreak.start.minuteOfDay - start.minuteOfDay + day) % day
        let shiftLength = (end.minuteOfDay - start.minuteOfDay + day - 1) % day + 1
        return offset + length <= shiftLength
    }
}

extension JSONFields {
    fileprivate mutating func requiredTime(_ name: String) -> LocalTime {
        guard let midnight = LocalTime(minuteOfDay: 0) else { preconditionFailure("00:00 is a time of the day") }
        return required(localTime(name), name, midnight)
    }
}
