import ManufacturingKPI
import Shared

/// The payload of a fact as it is stored. Whoever reads it needs nothing but the facts of the line.
enum StopFactJSON {
    /// A fact that no version of the product can have written.
    struct Malformed: Error {
        var fact: FactID
    }

    static func payload(of edit: StopEdit) -> String {
        var json = JSONWriter()
        json.object { json in
            switch edit {
            case .enter(let times, let cause):
                write(times, to: &json)
                write(cause, to: &json)
            case .justify(let stop, let cause):
                json.key("stop")
                write(stop, to: &json)
                write(cause, to: &json)
            case .split(let stop, let instant):
                json.key("stop")
                write(stop, to: &json)
                json.field("at", instant)
            case .merge(let stops):
                json.key("stops")
                json.array { json in
                    for stop in stops { write(stop, to: &json) }
                }
            case .trim(let stop, let times, let cause):
                json.key("stop")
                write(stop, to: &json)
                write(times, to: &json)
                json.key("cause")
                if let cause {
                    json.object { write(cause, to: &$0) }
                } else {
                    json.null()
                }
            case .delete(let stop):
                json.key("stop")
                write(stop, to: &json)
            case .undo(let fact):
                json.field("fact_id", fact.rawValue)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func write(_ times: StopTimes, to json: inout JSONWriter) {
        json.field("start", times.start)
        json.field("end", times.end)
    }

    private static func write(_ cause: StatedCause, to json: inout JSONWriter) {
        json.field("incident_id", cause.incident?.rawValue)
        json.field("reason", cause.reason)
    }

    private static func write(_ stop: StopReference, to json: inout JSONWriter) {
        json.object { json in
            json.field("event_id", stop.event?.rawValue)
            json.field("start", stop.interval.start)
            json.field("end", stop.interval.end)
            json.field("ongoing", stop.isOngoing)
            json.field("fact_id", stop.origin?.fact.rawValue)
            json.field("part", stop.origin?.part)
            json.key("cause")
            if let cause = stop.cause {
                json.object { json in
                    json.field("incident_id", cause.incident?.rawValue)
                    json.field("reason", cause.reason)
                    json.field("justified_by", cause.justifiedBy?.text)
                    json.field("justified_at", cause.justifiedAt)
                }
            } else {
                json.null()
            }
        }
    }

    // MARK: Reading

    static func edit(kind: String, payload: String, of fact: FactID) throws -> StopEdit {
        var fields = try JSONFields(body: Array(payload.utf8))
        let edit = edit(kind, &fields)
        try fields.finish()
        guard let edit else { throw Malformed(fact: fact) }
        return edit
    }

    private static func edit(_ kind: String, _ fields: inout JSONFields) -> StopEdit? {
        switch kind {
        case "enter":
            return times(&fields).map { .enter($0, cause(&fields)) }
        case "justify":
            return stop(&fields).map { .justify($0, cause(&fields)) }
        case "split":
            guard let stop = stop(&fields), let instant = fields.instant("at") else { return nil }
            return .split(stop, at: instant)
        case "merge":
            let stops = fields.objects("stops", upTo: 1_000) { reference(&$0) } ?? []
            let known = stops.compactMap { $0 }
            return known.count == stops.count && !known.isEmpty ? .merge(known) : nil
        case "trim":
            guard let stop = stop(&fields), let times = times(&fields) else { return nil }
            return .trim(stop, times, fields.object("cause") { cause(&$0) })
        case "delete":
            return stop(&fields).map { .delete($0) }
        case "undo":
            return fields.integer("fact_id", in: 1...Int64.max).map { .undo(FactID($0)) }
        default:
            return nil
        }
    }

    private static func times(_ fields: inout JSONFields) -> StopTimes? {
        guard let start = fields.instant("start") else { return nil }
        let end = fields.instant("end")
        guard end.map({ start < $0 }) ?? true else { return nil }
        return StopTimes(start: start, end: end)
    }

    private static func cause(_ fields: inout JSONFields) -> StatedCause {
        StatedCause(incident: fields.identifier("incident_id"), reason: fields.plainString("reason"))
    }

    private static func stop(_ fields: inout JSONFields) -> StopReference? {
        fields.object("stop") { reference(&$0) } ?? nil
    }

    private static func reference(_ fields: inout JSONFields) -> StopReference? {
        let event = fields.integer("event_id", in: 1...Int64.max).map { StopID($0) }
        let fact = fields.integer("fact_id", in: 1...Int64.max).map { FactID($0) }
        let part = fields.integer("part", in: 0...1)
        let isOngoing = fields.bool("ongoing") ?? false
        let cause = fields.object("cause") { fields in
            StopCause(
                incident: fields.identifier("incident_id"),
                reason: fields.plainString("reason"),
                justifiedBy: fields.plainString("justified_by").flatMap { Author(text: $0) },
                justifiedAt: fields.instant("justified_at")
            )
        }
        guard let start = fields.instant("start"), let end = fields.instant("end"), start <= end else { return nil }
        return StopReference(
            interval: Interval(start: start, end: end),
            isOngoing: isOngoing,
            origin: fact.map { StopOrigin(fact: $0, part: Int(part ?? 0)) },
            event: event,
            cause: cause
        )
    }
}

extension StopEdit {
    /// What the kind is called where facts are stored.
    var kind: String {
        switch self {
        case .enter: "enter"
        case .justify: "justify"
        case .split: "split"
        case .merge: "merge"
        case .trim: "trim"
        case .delete: "delete"
        case .undo: "undo"
        }
    }
}
