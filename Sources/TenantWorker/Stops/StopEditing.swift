import IPC
import ManufacturingKPI
import PostgresClient
import Shared

/// One edit of a line's stops, from what was asked to what is stored: the rules that need the plant's data, then the fact
/// and the stored stops in one transaction that holds the line's lock.
struct StopEditing {
    let request: StopEditRequest
    /// What is asked of the stop of the path.
    var precondition = Precondition.absent
    let principal: Principal
    let model: PlantModel
    let now: Instant
    let deadline: ContinuousClock.Instant

    /// What an edit came to.
    struct Outcome: Sendable {
        var line: ProductionLine
        var plant: Plant
        var before: StopEdits
        var after: StopEdits
        /// From the first to the last instant that it changes; nil when it changes nothing.
        var touched: Interval?
        var changes: StopChanges
        /// The stops that are answered, as they are stored now.
        var stops: [StoredStop]
    }

    /// Carries what a trial came to out of the transaction, which is thereby undone.
    private struct Trial: Error {
        var outcome: Outcome
    }

    /// - Parameter isTrial: nothing is stored.
    func run(_ pool: PostgresPool, isTrial: Bool) async throws -> Outcome {
        let calculation = try calculation()
        do {
            return try await pool.withTransaction(deadline: deadline) { transaction in
                let outcome = try await carryOut(calculation, transaction)
                if isTrial { throw Trial(outcome: outcome) }
                return outcome
            }
        } catch let trial as Trial {
            return trial.outcome
        }
    }

    /// What an edit under a key came to.
    enum KeyedOutcome: Sendable {
        case made(Outcome)
        /// It was made before: what is kept of its answer.
        case repeated(IdempotentRequest.Kept, ProductionLine)
    }

    /// Makes an edit that answers with one stop, once for its key.
    ///
    /// - Parameter status: of its answer.
    func run(_ pool: PostgresPool, once keyed: IdempotentRequest, status: UInt16) async throws -> KeyedOutcome {
        let calculation = try calculation()
        return try await pool.withTransaction(deadline: deadline) { transaction in
            if let kept = try await keyed.claim(transaction) { return .repeated(kept, calculation.line) }
            let outcome = try await carryOut(calculation, transaction)
            guard let stop = outcome.stops.first else { throw Fault(code: .internal) }
            try await transaction.execute(
                keyed.keeping(StopAnswer.begun(stop.id, status: status)), deadline: deadline)
            return .made(outcome)
        }
    }

    // MARK: Before the lock

    /// The calculation of the line's stops, after the rules about who may edit them.
    private func calculation() throws(Fault) -> StopCalculation {
        let visible = model.lines(visibleTo: principal)
        let line = visible.first { $0.id == request.line }
        guard line != nil || request.isLineOfBody else { throw Fault(code: .notFound) }
        if principal.isOperator, case .change(_, let body) = request, body.changesTimes, !body.onlyEnds {
            throw Fault(code: .forbidden)
        }
        guard let line else { throw .invalid(bodyFaults(nil)) }
        guard let plant = model.plant(of: line) else { throw Fault(code: .internal) }
        return StopCalculation(line: line, plant: plant, now: now, deadline: deadline)
    }

    /// What the plant's data shows to be wrong with the body.
    private func bodyFaults(_ line: ProductionLine?) -> [ParameterFault] {
        var faults: [ParameterFault] = []
        if line == nil { faults.append(ParameterFault(parameter: "line_id", code: .unknownLine)) }
        for (name, instant) in request.typedTimes where instant > now {
            faults.append(ParameterFault(parameter: name, code: .futureTime))
        }
        if let incident = request.incident, let fault = self.fault(of: incident, on: line) {
            faults.append(ParameterFault(parameter: "incident_id", code: fault))
        }
        return faults
    }

    /// Why an incident cannot be the cause of a stop of the line.
    private func fault(of incident: IncidentID, on line: ProductionLine?) -> ParameterFaultCode? {
        let visible = model.visible(to: principal)
        guard let known = visible.incidents.first(where: { $0.id == incident }),
            let failure = visible.failures.first(where: { $0.id == known.failure })
        else { return .unknownID }
        if !known.isActive || !failure.isActive { return .notAllowed }
        guard let lines = failure.lines, let line else { return nil }
        return lines.contains(line.id) ? nil : .notAllowed
    }

    // MARK: Under the lock

    private func carryOut(
        _ calculation: StopCalculation, _ transaction: borrowing PostgresTransaction
    ) async throws -> Outcome {
        let held = try await calculation.hold(transaction)
        _ = try await calculation.bringUpToDate(held, transaction)
        let before = held.edits
        let stops = HeldStops(line: calculation.line.id, edits: before, now: now, deadline: deadline)
        let edit = try await edit(stops, calculation, transaction)
        var outcome = Outcome(
            line: calculation.line,
            plant: calculation.plant,
            before: before,
            after: before,
            touched: nil,
            changes: StopChanges(stored: [], current: [], now: now),
            stops: []
        )
        guard let edit else {
            if let event = request.event, let same = try await stops.stored(event, transaction) {
                outcome.stops = [same]
            }
            return outcome
        }
        let number: Int64 = try await transaction.query(
            InsertStopFact.statement(calculation.line.id, edit, by: principal.author, at: now), deadline: deadline
        ).value(0, 0)
        let fact = StopFact(id: FactID(number), edit: edit, author: principal.author, recordedAt: now)
        do throws(StopEdits.Refusal) {
            outcome.after = try before.adding(fact)
        } catch {
            switch error {
            case .overlap: throw Fault(code: .overlappingStop)
            case .builtUpon: throw Fault(code: .conflict)
            }
        }
        outcome.touched = before.span(changedIn: outcome.after, now: now)
        if let touched = outcome.touched {
            outcome.changes = try await calculation.recalculate(
                touched, outcome.after, former: former(of: edit, before), transaction)
            let stored = try await ListStoredStops.read(
                transaction.query(
                    ListStoredStops.statement(calculation.line.id, sharing: touched), deadline: deadline))
            outcome.stops = stored.filter { answers($0, fact, outcome.after) }
        }
        try await calculation.noteFact(fact.id, transaction)
        return outcome
    }

    /// The numbers that stops had before the edit that is taken back.
    private func former(of edit: StopEdit, _ before: StopEdits) -> [(id: StopID, interval: Interval)] {
        guard case .undo(let target) = edit else { return [] }
        let references = before.facts.first { $0.id == target }?.edit.references ?? []
        return references.compactMap { reference in reference.event.map { ($0, reference.interval) } }
    }

    /// Whether a stored stop is one of those that the answer to an edit shows.
    private func answers(_ stored: StoredStop, _ fact: StopFact, _ after: StopEdits) -> Bool {
        switch fact.edit {
        case .delete: return false
        case .undo: return true
        case .justify(let stop, _): return stop.event == stored.id
        case .split(let stop, let instant):
            return stored.stop.start == stop.interval.start || stored.stop.start == instant
        case .enter, .merge, .trim:
            let made = after.stop(of: StopOrigin(fact: fact.id, part: 0))
            return stored.stop.source == .registered && stored.stop.start == made?.start
        }
    }

    /// What is to be done, with the stops as they are; nil when there is nothing to do.
    private func edit(
        _ stops: HeldStops, _ calculation: StopCalculation, _ transaction: borrowing PostgresTransaction
    ) async throws -> StopEdit? {
        switch request {
        case .enter(let body):
            try checkBody(calculation)
            return .enter(
                StopTimes(start: body.start, end: body.end),
                StatedCause(incident: body.incident, reason: body.reason))
        case .justify(let body):
            try checkBody(calculation)
            let wanted = Interval(start: body.start, end: max(body.start, body.end ?? now))
            guard let stop = try await stops.calculated(sharingMostWith: wanted, transaction) else {
                throw Fault.invalid("start", .unknownID)
            }
            return .justify(stop, StatedCause(incident: body.incident, reason: body.reason))
        case .change(_, let body):
            let stop = try await demanded(stops, transaction)
            if body.changesTimes { try checkMayChange(stop, stops, calculation) }
            try checkBody(calculation)
            return try change(stop, body)
        case .delete:
            return .delete(try await demanded(stops, transaction))
        case .split(_, let body):
            let stop = try await demanded(stops, transaction)
            try checkOwn(stops.edits.maker(of: stop), calculation)
            try checkBody(calculation)
            guard stop.interval.start < body.at, body.at < stop.interval.end else {
                throw Fault.invalid(
                    "at", .outOfRange, limit: "\(stop.interval.start) < at < \(stop.interval.end)")
            }
            return .split(stop, at: body.at)
        case .merge(_, let events):
            if request.event != nil { _ = try await demanded(stops, transaction) }
            return try await .merge(references(events, stops, transaction))
        case .undo:
            let stored = try await stops.stored(event, transaction)
            let current = stored.map(stops.reference)
            let target = stops.edits.lastEdit(of: event, current: current)
            if current == nil, target == nil { throw Fault(code: .notFound) }
            guard precondition.holds(for: stored) else { throw Fault(code: .preconditionFailed) }
            guard let target else { throw Fault(code: .conflict) }
            try checkOwn(target, calculation)
            return .undo(target.id)
        }
    }

    /// The stop of the path.
    private var event: StopID { request.event ?? StopID(0) }

    /// The stop of the path.
    ///
    /// - Throws: `notFound` when there is none, `preconditionFailed` when it is not as the client knows it.
    private func demanded(
        _ stops: HeldStops, _ transaction: borrowing PostgresTransaction
    ) async throws -> StopReference {
        guard let stored = try await stops.stored(event, transaction) else { throw Fault(code: .notFound) }
        guard precondition.holds(for: stored) else { throw Fault(code: .preconditionFailed) }
        return stops.reference(stored)
    }

    private func checkBody(_ calculation: StopCalculation) throws(Fault) {
        let faults = bodyFaults(calculation.line)
        if !faults.isEmpty { throw .invalid(faults) }
    }

    private func change(_ stop: StopReference, _ body: ChangeStopBody) throws(Fault) -> StopEdit? {
        let end = stop.isOngoing ? nil : stop.interval.end
        let start = body.start ?? stop.interval.start
        let newEnd = body.end ?? end
        if let newEnd, newEnd <= start {
            throw .invalid(body.end == nil ? "start" : "end", .endsBeforeStart)
        }
        // One statement: what is left out of it is not said, or words would stand under somebody else's name.
        let cause = body.changesCause ? StatedCause(incident: body.incident, reason: body.reason) : nil
        if start != stop.interval.start || newEnd != end {
            return .trim(stop, StopTimes(start: start, end: newEnd), cause)
        }
        return cause.map { .justify(stop, $0) }
    }

    private func references(
        _ events: [StopID], _ stops: HeldStops, _ transaction: borrowing PostgresTransaction
    ) async throws -> [StopReference] {
        var found: [StopReference] = []
        var faults: [ParameterFault] = []
        for (index, event) in events.enumerated() {
            if let stop = try await stops.reference(ifStored: event, transaction) {
                found.append(stop)
            } else {
                faults.append(
                    ParameterFault(parameter: "event_ids[\(index)]", code: .unknownID))
            }
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
        return found
    }

    /// An operator ends what he made while it is open, and changes no other times.
    private func checkMayChange(
        _ stop: StopReference, _ stops: HeldStops, _ calculation: StopCalculation
    ) throws(Fault) {
        guard principal.isOperator else { return }
        guard stop.isOngoing else { throw Fault(code: .forbidden) }
        try checkOwn(stops.edits.maker(of: stop), calculation)
    }

    /// An operator splits what he made and takes back what he did himself, in the current shift or the one before.
    private func checkOwn(_ fact: StopFact?, _ calculation: StopCalculation) throws(Fault) {
        guard principal.isOperator else { return }
        let calendar = model.calendar(of: calculation.line, calculation.plant, commissionedAt: nil)
        guard let fact, fact.author == principal.author, fact.recordedAt >= OwnEdits.start(calendar, now: now) else {
            throw Fault(code: .forbidden)
        }
    }
}

extension Principal {
    /// May do what an operator may, and no more.
    fileprivate var isOperator: Bool {
        switch kind {
        case .user(_, let role): role == .operator
        case .apiKey, .device, .system: false
        }
    }
}

/// How long somebody's own edits stay his own to change.
enum OwnEdits {
    private static let reach: Int64 = 14 * 86_400_000_000

    /// The start of the shift before the current one, or of yesterday where a line has no shifts.
    static func start(_ calendar: LineCalendar, now: Instant) -> Instant {
        let recent = Interval(start: now + -reach, end: now + 1)
        let begun = calendar.shiftInstances(overlapping: recent).map(\.interval).filter { $0.start <= now }
        guard let current = begun.last else {
            return calendar.zone.start(of: calendar.zone.date(of: now) + (-1))
        }
        let previous = begun.last { $0.end <= current.start } ?? begun.last { $0.start < current.start }
        return previous?.start ?? current.start
    }
}
