/// The JSON of one edit of stops: read by the gateway to refuse what is wrong in itself, and by the worker to carry out.
package protocol StopBody: JSONBody {}

/// POST /downtimes: a stop from typed times.
package struct EnterStopBody: StopBody {
    package var line: LineID
    package var start: Instant
    /// Nil: open until a person closes it.
    package var end: Instant?
    package var incident: IncidentID?
    package var reason: String?

    package init(_ fields: inout JSONFields) {
        line = fields.required(fields.identifier("line_id"), "line_id", LineID(1))
        start = fields.required(fields.instant("start"), "start", Instant(microseconds: 0))
        end = fields.instant("end")
        fields.checkOrder(start, end)
        incident = fields.identifier("incident_id")
        reason = fields.reason()
    }
}

/// POST /downtimes/justify: the cause of a calculated stop, named by its times.
package struct JustifyStopBody: StopBody {
    package var line: LineID
    package var start: Instant
    /// Nil: the stop still runs.
    package var end: Instant?
    /// Nil: the reason says what it was.
    package var incident: IncidentID?
    package var reason: String?

    package init(_ fields: inout JSONFields) {
        line = fields.required(fields.identifier("line_id"), "line_id", LineID(1))
        start = fields.required(fields.instant("start"), "start", Instant(microseconds: 0))
        end = fields.instant("end")
        fields.checkOrder(start, end)
        incident = fields.identifier("incident_id")
        reason = fields.reason()
        if incident == nil, reason == nil, !fields.hasFault("incident_id"), !fields.hasFault("reason") {
            fields.fault("incident_id", .required)
        }
    }
}

/// PATCH of a stop: times that are not given stay. A cause is one statement of its author, so who gives either part of it
/// gives the whole: what he leaves out is empty.
package struct ChangeStopBody: StopBody {
    /// Nil: stays.
    package var start: Instant?
    /// Nil: stays. `.some(nil)`: open until a person closes it.
    package var end: Instant??
    /// Whether a cause is given, an empty one too; else the one there is stays.
    package var changesCause: Bool
    package var incident: IncidentID?
    package var reason: String?

    /// Times a person typed.
    package var changesTimes: Bool { start != nil || end != nil }

    /// Whether of the times only an end is given.
    package var onlyEnds: Bool { start == nil && (end ?? nil) != nil }

    package init(_ fields: inout JSONFields) {
        start = fields.instant("start")
        if fields.isGiven("start"), start == nil, !fields.hasFault("start") { fields.fault("start", .required) }
        end = fields.isGiven("end") ? .some(fields.instant("end")) : nil
        if let start, let typed = end { fields.checkOrder(start, typed) }
        changesCause = fields.isGiven("incident_id") || fields.isGiven("reason")
        incident = fields.identifier("incident_id")
        reason = fields.reason()
        if !changesTimes, !changesCause, fields.faults.isEmpty {
            fields.fault("body", .required, limit: "start, end, incident_id, reason")
        }
    }
}

/// POST …/split: where a stop becomes two.
package struct SplitStopBody: StopBody {
    package var at: Instant

    package init(_ fields: inout JSONFields) {
        at = fields.required(fields.instant("at"), "at", Instant(microseconds: 0))
    }
}

/// POST …/merge: the stops that become one.
package struct MergeStopsBody: StopBody {
    package static let mostStops = 1_000

    package var events: [StopID]

    package init(_ fields: inout JSONFields) {
        let events: [StopID]? = fields.distinctIdentifiers("event_ids")
        self.events = fields.required(events, "event_ids", [])
    }
}

/// POST /downtimes/recalculate: the stops of a line in a period.
package struct RecalculateStopsBody: StopBody {
    package var line: LineID
    package var period: PeriodRequest

    package init(_ fields: inout JSONFields) {
        line = fields.required(fields.identifier("line_id"), "line_id", LineID(1))
        let standIn = PeriodBound.instant(Instant(microseconds: 0))
        let from = fields.required(fields.periodBound("from"), "from", standIn)
        let to = fields.required(fields.periodBound("to"), "to", standIn)
        period = PeriodRequest(from: from, to: to)
    }
}

extension JSONFields {
    /// Text of 1 to 500 characters, not blank.
    fileprivate mutating func reason() -> String? {
        note("reason", .text(upTo: 500))
        guard let text = plainString("reason") else { return nil }
        let isBlank = text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint
        }
        guard !isBlank else {
            fault("reason", .blank)
            return nil
        }
        return optionalLines("reason", upTo: 500)
    }

    fileprivate mutating func checkOrder(_ start: Instant, _ end: Instant?) {
        guard let end, end <= start, !hasFault("start"), !hasFault("end") else { return }
        fault("end", .endsBeforeStart)
    }

    /// An instant with offset, or a date or minute on the clock of the line's plant.
    fileprivate mutating func periodBound(_ name: String) -> PeriodBound? {
        note(name, PeriodBound.shape)
        guard let text = plainString(name) else { return nil }
        guard let bound = try? PeriodBound(parsing: text) else {
            fault(name, .invalidTime, limit: "YYYY-MM-DD, YYYY-MM-DDTHH:MM, YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
        return bound
    }
}
