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
        lines = fields.identifiers("line_ids")
        name = fields.name("shift_name")
        let given = fields.required(fields.integers("days", in: 1...7), "days", [1])
        days = given.map(Int.init).sorted()
        start = fields.required(fields.localTime("start_time"), "start_time", .midnight)
        end = fields.required(fields.localTime("end_time"), "end_time", .midnight)
        breaks =
            fields.objects("breaks", upTo: 24) { fields in
                Break(
                    name: fields.name("name"),
                    start: fields.required(fields.localTime("start_time"), "start_time", .midnight),
                    end: fields.required(fields.localTime("end_time"), "end_time", .midnight)
                )
            } ?? []
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
        if given.isEmpty { fields.fault("days", .required) }
        if Set(given).count < given.count { fields.fault("days", .duplicateField) }
        if let lines, lines.isEmpty { fields.fault("line_ids", .required) }
        if let lines, Set(lines).count < lines.count { fields.fault("line_ids", .duplicateField) }
        for (index, shiftBreak) in breaks.enumerated() where !contains(shiftBreak) {
            fields.fault("breaks[\(index)]", .outOfRange, limit: "start_time…end_time")
        }
    }

    /// Whether a break has a length and lies inside the shift; one that starts before the shift's start is on the next
    /// day.
    private func contains(_ shiftBreak: Break) -> Bool {
        let day = LocalTime.minutesPerDay
        let length = (shiftBreak.end.minuteOfDay - shiftBreak.start.minuteOfDay + day) % day
        let offset = (shiftBreak.start.minuteOfDay - start.minuteOfDay + day) % day
        let shiftLength = (end.minuteOfDay - start.minuteOfDay + day - 1) % day + 1
        return length > 0 && offset + length <= shiftLength
    }
}
