import IPC
import Shared

/// What is asked to be done to the stops of a line.
enum StopEditRequest: Sendable {
    case enter(EnterStopBody)
    case justify(JustifyStopBody)
    case change(StopPath, ChangeStopBody)
    case delete(StopPath)
    case split(StopPath, SplitStopBody)
    /// Without a stop in the path all are named by the body.
    case merge(StopPath, [StopID])
    case undo(StopPath)

    /// Which stop a path names.
    struct StopPath: Sendable {
        var line: LineID
        var event: StopID?
    }

    /// - Throws: what is wrong with the body in itself.
    init(_ call: EditStops, _ body: [UInt8]) throws(Fault) {
        let path = StopPath(line: call.line ?? LineID(0), event: call.event)
        switch call.action {
        case .enter: self = .enter(try EnterStopBody.read(body))
        case .justify: self = .justify(try JustifyStopBody.read(body))
        case .change: self = .change(path, try ChangeStopBody.read(body))
        case .delete: self = .delete(path)
        case .split: self = .split(path, try SplitStopBody.read(body))
        case .merge:
            let named = try MergeStopsBody.read(body).events
            let events = named + (call.event.map { named.contains($0) ? [] : [$0] } ?? [])
            guard events.count > 1 else {
                throw .invalid("event_ids", .outOfRange, limit: "2…\(MergeStopsBody.mostStops)")
            }
            self = .merge(path, events)
        case .undo: self = .undo(path)
        }
    }

    private var path: StopPath? {
        switch self {
        case .enter, .justify: nil
        case .change(let path, _), .delete(let path), .split(let path, _), .merge(let path, _), .undo(let path): path
        }
    }

    var line: LineID {
        switch self {
        case .enter(let body): body.line
        case .justify(let body): body.line
        case .change, .delete, .split, .merge, .undo: path?.line ?? LineID(0)
        }
    }

    /// The stop of the path.
    var event: StopID? { path?.event }

    /// Whether the body names the line, so that an unknown one is a fault of the body.
    var isLineOfBody: Bool { path == nil }

    /// Times a person typed, with the names of their fields.
    var typedTimes: [(name: String, instant: Instant)] {
        switch self {
        case .enter(let body): [("start", body.start)] + (body.end.map { [("end", $0)] } ?? [])
        case .justify(let body): [("start", body.start)] + (body.end.map { [("end", $0)] } ?? [])
        case .change(_, let body):
            (body.start.map { [("start", $0)] } ?? []) + ((body.end ?? nil).map { [("end", $0)] } ?? [])
        case .split(_, let body): [("at", body.at)]
        case .delete, .merge, .undo: []
        }
    }

    var incident: IncidentID? {
        switch self {
        case .enter(let body): body.incident
        case .justify(let body): body.incident
        case .change(_, let body): body.incident
        case .delete, .split, .merge, .undo: nil
        }
    }
}
