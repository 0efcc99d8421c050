/// What an exception makes of the plan.
package enum CalendarExceptionKind: String, CaseIterable, Sendable {
    /// Holiday or planned maintenance: no planned time.
    case closed
    /// Planned time beside the shifts; wins over closed and breaks.
    case extra
}

/// What a client says of an exception to the plan of a plant, or of one line of it.
package struct CalendarExceptionBody: MasterDataBody {
    package var plant: PlantID
    /// Nil: every line of the plant.
    package var line: LineID?
    package var kind: CalendarExceptionKind
    package var name: String
    /// Whole minutes, half-open, at least one.
    package var start: Instant
    package var end: Instant

    package init(_ fields: inout JSONFields) {
        plant = fields.required(fields.identifier("plant_id"), "plant_id", PlantID(1))
        line = fields.identifier("line_id")
        kind = fields.required(fields.choice("kind", of: CalendarExceptionKind.self), "kind", .closed)
        name = fields.name("name")
        start = fields.required(fields.wholeMinute("start"), "start", Instant(minute: 0))
        end = fields.required(fields.wholeMinute("end"), "end", Instant(minute: 0))
        if end <= start, !fields.hasFault("start"), !fields.hasFault("end") {
            fields.fault("end", .endsBeforeStart)
        }
    }
}
