import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /downtimes.
extension WorkerRequests {
    func listDowntimes(_ call: ListDowntimes, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(call.query, principal: request.head.principal, model: model, now: questions.now)
        var listed: [(line: ProductionLine, stop: Stop)] = []
        var plannedTotal: Int64 = 0
        for entry in scope.entries {
            let question = try await questions.ask(
                entry.line,
                period: entry.period,
                shift: call.query.shift,
                thresholdSeconds: call.query.thresholdSeconds
            )
            plannedTotal += question.facts.stops.analysis(planned: question.time.planned).plannedTotal
            for stop in try await questions.list(question) where call.includes(stop) {
                listed.append((entry.line, stop))
            }
        }
        // The stops of one line are disjoint, so no two have the same start and line.
        listed.sort { ($0.stop.interval.start, $0.line.id) > ($1.stop.interval.start, $1.line.id) }
        let rest = listed.drop { call.isBeforePage($0.stop, of: $0.line) }
        let page = rest.prefix(Int(call.limit))
        let last = rest.count > page.count ? page.last : nil
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("items")
            json.array { json in
                for (line, stop) in page { DowntimeJSON.write(stop, of: line, to: &json) }
            }
            json.field("total_seconds", seconds: listed.reduce(0) { $0 + $1.stop.duration })
            json.field("planned_total_seconds", seconds: plannedTotal)
            json.field(
                "next_cursor",
                last.map { NewestFirstCursor(instant: $0.stop.interval.start, id: $0.line.id.rawValue).text })
        }
        return .json(json)
    }
}

extension ListDowntimes {
    fileprivate func includes(_ stop: Stop) -> Bool {
        if let justified, justified != (stop.cause != nil) { return false }
        if let micro, micro != (stop.kind == .micro) { return false }
        return stop.duration >= Int64(minimumSeconds) * Instant.microsecondsPerSecond
    }

    /// Whether an earlier page has shown the stop.
    fileprivate func isBeforePage(_ stop: Stop, of line: ProductionLine) -> Bool {
        guard let cursor else { return false }
        return (stop.interval.start, line.id.rawValue) >= (cursor.instant, cursor.id)
    }
}

/// A stop as the API shows it.
enum DowntimeJSON {
    /// - Parameter names: of incidents, where the cause is told by name too.
    static func write(
        _ stop: Stop, of line: ProductionLine, named names: IncidentNames? = nil, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("event_id", stop.id?.rawValue)
            json.field("line_id", line.id.rawValue)
            json.field("line_code", line.code)
            json.field("start", stop.interval.start)
            json.field("end", stop.end)
            json.field("duration_seconds", seconds: stop.duration)
            json.field("planned_seconds", seconds: stop.plannedInPeriod)
            json.field("source", stop.source.rawValue)
            json.field("status", stop.isOngoing ? "ongoing" : "closed")
            json.field("kind", stop.kind.rawValue)
            json.field("incident_id", stop.cause?.incident?.rawValue)
            json.field("reason", stop.cause?.reason)
            json.author(stop.cause?.justifiedBy)
            json.field("justified_at", stop.cause?.justifiedAt)
            json.field("version", StopTag.state(of: stop))
            json.field("suggested_category", stop.suggestedChangeover == nil ? nil : LossCategory.changeover.rawValue)
            guard let names else { return }
            let name = names[stop.cause?.incident]
            json.field("failure_name", name?.failure)
            json.field("incident_name", name?.incident)
        }
    }
}

extension JSONWriter {
    /// The members `justified_by`, the number of a user, and `justified_by_key`, that of an API key.
    fileprivate mutating func author(_ author: Author?) {
        switch author {
        case .user(let id):
            field("justified_by", id.rawValue)
            field("justified_by_key", nil as Int64?)
        case .apiKey(let id):
            field("justified_by", nil as Int64?)
            field("justified_by_key", id.rawValue)
        case .device, .system, nil:
            field("justified_by", nil as Int64?)
            field("justified_by_key", nil as Int64?)
        }
    }
}
