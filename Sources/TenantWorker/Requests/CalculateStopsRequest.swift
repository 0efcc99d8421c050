import IPC
import Logging
import ManufacturingKPI
import NIOCore
import PostgresClient
import Shared

/// The calculation of stops: of a period on demand, and anew by an operator.
extension WorkerRequests {
    /// POST /downtimes/recalculate.
    func recalculateStops(_ call: RecalculateStops, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let body = try RecalculateStopsBody.read(Array(buffer: request.body))
        guard let line = model.lines(visibleTo: request.head.principal).first(where: { $0.id == body.line }),
            let plant = model.plant(of: line)
        else { throw Fault.invalid("line_id", .unknownLine) }
        guard let period = try? body.period.resolved(in: plant.zone) else {
            throw Fault.invalid("to", .endsBeforeStart)
        }
        guard PeriodLimit.longest.allows(period.interval, in: plant.zone) else {
            throw Fault.invalid("to", .periodTooLong)
        }
        let changes = try await calculated(line, plant, request.deadline) { calculation, held, transaction in
            try await calculation.recalculate(period.interval, held.edits, transaction)
        }
        return .json(JSONWriter(changes))
    }

    /// The operator's rebuild: all stops of a line.
    func rebuildStops(_ call: RebuildStops, _ request: IncomingRequest) async throws -> Answer {
        guard request.head.principal.kind == .system else { throw Fault(code: .forbidden) }
        // The rebuild may have changed everything else that is kept of the line.
        models.invalidate()
        timelines.invalidate(call.line, from: .min)
        stops.invalidate(call.line)
        let model = try await models.model(deadline: request.deadline)
        guard let line = model.line(call.line), let plant = model.plant(of: line) else {
            throw Fault(code: .notFound)
        }
        let changes = try await calculated(line, plant, request.deadline) { calculation, held, transaction in
            var anew = held
            anew.checkpoint = StopCheckpoint()
            return try await calculation.bringUpToDate(anew, transaction)
        }
        return .json(JSONWriter(changes))
    }

    /// Runs a calculation under the line's lock, and tells whoever keeps or follows the line's stops.
    func calculated(
        _ line: ProductionLine,
        _ plant: Plant,
        _ deadline: ContinuousClock.Instant,
        _ body: (StopCalculation, StopCalculation.Held, borrowing PostgresTransaction) async throws -> StopChanges
    ) async throws -> StopChanges {
        let now = clock()
        let calculation = StopCalculation(line: line, plant: plant, now: now, deadline: deadline)
        let changes = try await pool.withTransaction(deadline: deadline) { transaction in
            let held = try await calculation.hold(transaction)
            return try await body(calculation, held, transaction)
        }
        if !changes.isEmpty { stops.invalidate(line.id) }
        return changes
    }

    /// POST /cache/refresh: the same figures from what is read anew.
    func refreshCache(_ call: RefreshCache, _ request: IncomingRequest) async throws -> Answer {
        models.invalidate()
        timelines.invalidateAll()
        stops.invalidateAll()
        let (model, questions) = try await questions(request)
        let recent = Instant(minute: questions.now.minute - TimelineStore.recentMinutes)
        for line in model.lines {
            _ = try await timelines.timeline(
                of: line.id, from: recent, now: questions.now, model: model, deadline: request.deadline)
            _ = try await stops.edits(of: line.id, now: questions.now, deadline: request.deadline)
        }
        var json = JSONWriter()
        json.object { $0.field("lines", model.lines.count) }
        return .json(json)
    }
}

extension JSONWriter {
    /// How many stops a calculation added, updated, kept and removed.
    fileprivate init(_ changes: StopChanges) {
        self.init()
        object { json in
            json.field("added", changes.added.count + changes.restored.count)
            json.field("updated", changes.updated.count)
            json.field("kept", changes.kept)
            json.field("removed", changes.removed.count)
        }
    }
}
