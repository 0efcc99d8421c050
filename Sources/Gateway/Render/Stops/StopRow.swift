import Foundation
import Mustache
import Shared

/// One stop of a list, with all that the panel and an edit of it need.
struct StopRow: MustacheParent {
    let key: String
    let line: Int64
    let lineCode: String
    let event: Int64?
    let version: String?
    let zone: String
    let startInstant: String
    let endInstant: String?
    let source: String
    let status: String
    let incident: Int64?
    let reason: String?
    let isOngoing: Bool
    let isMicro: Bool
    let icon: String
    let stateText: String
    let when: String
    let duration: String
    let planned: String
    /// What was the cause; nil where nobody has said.
    let cause: String?
    let note: String?
    let sourceText: String
    /// What the worker takes it for, where nobody has said what it was.
    let suggestion: String?

    init(
        _ stop: StopsReply.Item,
        _ causes: StopCauses,
        clock: PlantClock,
        now: Date,
        _ localisation: Localisation
    ) {
        key = "\(stop.lineId):\(stop.start)"
        line = stop.lineId
        lineCode = stop.lineCode
        event = stop.eventId
        version = stop.version
        zone = clock.zone.identifier
        startInstant = stop.start
        endInstant = stop.end
        source = stop.source
        status = stop.status
        incident = stop.incidentId
        reason = stop.reason
        isOngoing = stop.isOngoing
        isMicro = stop.isMicro
        icon = stop.isOngoing ? "stop" : stop.isJustified ? "check" : "question"
        stateText = localisation.text(stop.isOngoing ? .downtimeOngoing : .downtimeClosed)
        let start = PlantClock.instant(stop.start)
        let end = stop.end.flatMap(PlantClock.instant)
        let begun = start.map { clock.moment($0) } ?? Localisation.noValue
        when = end.map { "\(begun) – \(clock.moment($0, besides: start))" } ?? begun
        duration =
            stop.isOngoing
            ? localisation.age(seconds: start.map(now.timeIntervalSince) ?? stop.durationSeconds)
            : localisation.duration(seconds: stop.durationSeconds)
        planned = localisation.duration(seconds: stop.plannedSeconds)
        let named = stop.incidentId.map { id in
            causes.name(of: id) ?? localisation.text(.downtimeIncident, ["n": "\(id)"])
        }
        cause = named ?? stop.reason
        note = named == nil ? nil : stop.reason
        sourceText = localisation.text(stop.isRegistered ? .downtimeRegistered : .downtimeCalculated)
        suggestion = stop.isJustified ? nil : stop.suggestedCategory.map { LossCategory.name($0, localisation) }
    }

    /// A board has hundreds of these; looked up by reflection they would take most of the time it takes to draw.
    func child(named name: String) -> Any? {
        switch name {
        case "key": key
        case "line": line
        case "lineCode": lineCode
        case "event": event
        case "version": version
        case "zone": zone
        case "startInstant": startInstant
        case "endInstant": endInstant
        case "source": source
        case "status": status
        case "incident": incident
        case "reason": reason
        case "isOngoing": isOngoing
        case "isMicro": isMicro
        case "icon": icon
        case "stateText": stateText
        case "when": when
        case "duration": duration
        case "planned": planned
        case "cause": cause
        case "note": note
        case "sourceText": sourceText
        case "suggestion": suggestion
        default: nil
        }
    }
}
