import Crypto
import IPC
import ManufacturingKPI
import NIOCore
import PostgresClient
import Shared

/// POST, PATCH and DELETE of /downtimes.
extension WorkerRequests {
    func editStops(_ call: EditStops, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let body = Array(buffer: request.body)
        let editing = StopEditing(
            request: try StopEditRequest(call, body),
            precondition: call.precondition,
            principal: request.head.principal,
            model: model,
            now: questions.now,
            deadline: request.deadline
        )
        if let key = call.idempotencyKey, !call.isTrial {
            let keyed = IdempotentRequest(
                key: key,
                author: request.head.principal.author,
                route: call.keyedRoute,
                bodyHash: Array(SHA256.hash(data: body)),
                deadline: request.deadline
            )
            return try await answer(once: keyed, call, editing, questions)
        }
        let outcome = try await editing.run(pool, isTrial: call.isTrial)
        if call.isTrial { return try await effect(of: outcome, questions) }
        announce(outcome, now: questions.now)
        let shown = try await questions.describe(outcome.stops, of: outcome.line)
        return try answer(to: call.action, shown, of: outcome.line)
    }

    /// Tells whoever keeps or follows the line's stops of an edit.
    private func announce(_ outcome: StopEditing.Outcome, now: Instant) {
        stops.invalidate(outcome.line.id)
        events.publish(outcome.changes, of: outcome.line.id, now: now)
    }

    private func answer(to action: EditStops.Action, _ stops: [Stop], of line: ProductionLine) throws -> Answer {
        switch action {
        case .delete:
            return .whole(ReplyHead(status: 204, content: .none), ByteBuffer())
        case .split, .undo:
            var json = JSONWriter(reservingCapacity: 1_024)
            json.object { json in
                json.key("items")
                json.array { json in
                    for stop in stops { DowntimeJSON.write(stop, of: line, to: &json) }
                }
            }
            return .json(json)
        case .enter, .justify, .change, .merge:
            guard let stop = stops.first else { throw Fault(code: .internal) }
            return try StopAnswer(stop, of: line, status: action.status).answer
        }
    }

    /// The answer to an edit that is made once for its key.
    private func answer(
        once keyed: IdempotentRequest, _ call: EditStops, _ editing: StopEditing, _ questions: LineQuestions
    ) async throws -> Answer {
        let stored: [StoredStop]
        let line: ProductionLine
        switch try await editing.run(pool, once: keyed, status: call.action.status) {
        case .made(let outcome):
            announce(outcome, now: questions.now)
            (stored, line) = (outcome.stops, outcome.line)
        case .repeated(let kept, let known):
            switch try StopAnswer.earlier(kept, of: known.id) {
            case .whole(let earlier):
                return earlier.answer
            case .begun(let event):
                let found = try await FindStoredStop.read(
                    pool.query(FindStoredStop.statement(known.id, event), deadline: keyed.deadline))
                // Made and gone again before anybody learnt of it.
                guard let found else { throw Fault(code: .conflict) }
                (stored, line) = ([found], known)
            }
        }
        guard let stop = try await questions.describe(stored, of: line).first else { throw Fault(code: .internal) }
        let answer = try StopAnswer(stop, of: line, status: call.action.status)
        try await pool.execute(
            keyed.keeping(answer.kept, insteadOf: StopAnswer.begun(answer.event, status: answer.status)),
            deadline: keyed.deadline
        )
        return answer.answer
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

extension EditStops.Action {
    /// Of the answer that shows its stop.
    fileprivate var status: UInt16 { self == .enter ? StopAnswer.madeStatus : 200 }
}

extension EditStops {
    /// What a key is given for: the same one for another stop is another.
    fileprivate var keyedRoute: String {
        let path = [line?.description, event?.description].compactMap { $0 }
        return (["EditStops", "\(action)"] + path).joined(separator: " ")
    }
}

extension LineQuestions {
    /// Stored stops as they are shown, also where no planned time lets them be listed; by start.
    func describe(_ stored: [StoredStop], of line: ProductionLine) async throws -> [Stop] {
        let intervals = stored.map { $0.stop.interval(now: now) }
        guard let start = intervals.map(\.start).min(), let end = intervals.map(\.end).max() else { return [] }
        let question = try await ask(
            line, period: Period(Interval(start: start, end: end)), shift: nil, thresholdSeconds: nil,
            countsUnits: false)
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
