import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// POST, PATCH and DELETE of /downtimes.
extension WorkerRequests {
    func editStops(_ call: EditStops, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let editing = StopEditing(
            request: try StopEditRequest(call, Array(buffer: request.body)),
            principal: request.head.principal,
            model: model,
            now: questions.now,
            deadline: request.deadline
        )
        let outcome = try await editing.run(pool, isTrial: call.isTrial)
        if call.isTrial { return try await effect(of: outcome, questions) }
        stops.invalidate(outcome.line.id)
        events.publish(outcome.changes, of: outcome.line.id, now: questions.now)
        let answered = try await questions.describe(outcome.stops, of: outcome.line)
        return answer(to: call.action, answered, of: outcome.line)
    }

    private func answer(to action: EditStops.Action, _ stops: [Stop], of line: ProductionLine) -> Answer {
        var json = JSONWriter(reservingCapacity: 1_024)
        switch action {
        case .delete:
            return .whole(ReplyHead(status: 204, content: .none), ByteBuffer())
        case .split, .undo:
            json.object { json in
                json.key("items")
                json.array { json in
                    for stop in stops { DowntimeJSON.write(stop, of: line, to: &json) }
                }
            }
            return .json(json)
        case .enter, .justify, .change, .merge:
            guard let stop = stops.first else { return .fault(Fault(code: .internal)) }
            DowntimeJSON.write(stop, of: line, to: &json)
            let head = ReplyHead(status: action == .enter ? 201 : 200, entityTag: EntityTag.of(json.bytes))
            return .whole(head, ByteBuffer(bytes: json.bytes))
        }
    }

    /// The figures of the line over the local days that an edit touches, before it and after it.
    private func effect(of outcome: StopEditing.Outcome, _ questions: LineQuestions) async throws -> Answer {
        let zone = outcome.plant.zone
        let touched = outcome.touched ?? Interval(start: questions.now, end: questions.now)
        // The end is no part of the edit, but a day it only touches would not change.
        let last = max(touched.start, touched.end + -1)
        let period = Period(zone.date(of: touched.start)...zone.date(of: last), in: zone)
        let before = try await questions.ask(
            outcome.line, period: period, shift: nil, thresholdSeconds: nil, edits: outcome.before)
        let after = try await questions.ask(
            outcome.line, period: period, shift: nil, thresholdSeconds: nil, edits: outcome.after)
        let figures = (before: try before.indicators(), after: try after.indicators())
        var json = JSONWriter(reservingCapacity: 2_048)
        json.object { json in
            json.period((period, zone))
            json.field("line_id", outcome.line.id.rawValue)
            json.key("before")
            json.object { IndicatorsJSON.write(figures.before, to: &$0) }
            json.key("after")
            json.object { IndicatorsJSON.write(figures.after, to: &$0) }
        }
        return .json(json)
    }
}

extension LineQuestions {
    /// Stored stops as they are shown, also where no planned time lets them be listed; by start.
    func describe(_ stored: [StoredStop], of line: ProductionLine) async throws -> [Stop] {
        let intervals = stored.map { $0.stop.interval(now: now) }
        guard let start = intervals.map(\.start).min(), let end = intervals.map(\.end).max() else { return [] }
        let question = try await ask(
            line, period: Period(Interval(start: start, end: end)), shift: nil, thresholdSeconds: nil)
        let listed = try await list(question)
        return zip(stored, intervals).map { stored, interval in
            if let stop = listed.first(where: { $0.id == stored.id }) { return stop }
            let planned = question.calendar.plannedTime(in: interval, now: now).length
            return Stop(stored, kind: .stop, planned: planned, now: now)
        }
    }
}

extension EventLog {
    /// Events that one change of stops makes, at most: whoever follows looks at all of them anyway.
    private static let mostOfOneChange = 100

    /// Tells those who follow that the stops of a line are others now.
    func publish(_ changes: StopChanges, of line: LineID, now: Instant) {
        let present = changes.added + changes.restored.map(\.stop) + changes.updated.map(\.stop)
        for stop in present.prefix(Self.mostOfOneChange) {
            if let end = stop.end {
                publish(.downtimeEnded(line: line, start: stop.start, end: end))
            } else {
                publish(.downtimeStarted(line: line, start: stop.start))
            }
        }
        for gone in changes.removed.prefix(Self.mostOfOneChange) {
            publish(.downtimeEnded(line: line, start: gone.stop.start, end: gone.stop.end ?? now))
        }
    }
}
