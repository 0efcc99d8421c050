import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// What walls of the floor show.
extension WorkerRequests {
    func readLineShifts(_ call: ReadLineShifts, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(
            AnalysisQuery(period: .moment(questions.now), lines: call.lines, plant: call.plant),
            principal: request.head.principal, model: model, now: questions.now)
        let lines = try await AllLoops.map(scope.entries.count) { index in
            try await LineShift(scope.entries[index].line, questions)
        }
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("lines")
            json.array { json in
                for line in lines { line.write(model, to: &json) }
            }
            json.field("now", questions.now)
        }
        return .json(json)
    }
}

/// One line in the shift it works.
private struct LineShift: Sendable {
    private let line: ProductionLine
    private let plant: Plant
    private let working: LineWorking
    private let state: LineState
    private let indicators: LineIndicators
    /// By now; nil where the line has no rate.
    private let target: TargetUnits?

    init(_ line: ProductionLine, _ questions: LineQuestions) async throws {
        let day = try await LineState.question(of: line, questions)
        self.line = line
        plant = day.plant
        working = day.calendar.working(at: questions.now)
        state = try await LineState(line, questions, day)
        let question = try await questions.ask(
            line, period: Period(working.date...working.date, in: plant.zone), shift: working.shift,
            thresholdSeconds: nil)
        indicators = try question.indicators()
        target = TargetUnits(question.facts.settings, over: question.time.planned)
    }

    func write(_ model: PlantModel, to json: inout JSONWriter) {
        json.object { json in
            json.field("line_id", line.id.rawValue)
            json.field("line_code", line.code)
            json.field("line_name", line.name)
            json.field("plant_id", plant.id.rawValue)
            json.field("plant_name", plant.name)
            json.field("timezone", plant.zone.name)
            json.key("working")
            json.value(working, model)
            // What the day made outside the shift is not its work.
            json.field("units", indicators.sums.good)
            json.field("target", target?.units)
            json.field("target_kind", target?.isNominal ?? true ? "nominal" : "target")
            json.field("planned_seconds", seconds: indicators.sums.planned)
            json.field("oee", indicators.oee.value)
            json.key("state")
            state.write(to: &json)
            json.key("cause")
            write(state.runningStop?.cause, model, to: &json)
        }
    }

    private func write(_ cause: StopCause?, _ model: PlantModel, to json: inout JSONWriter) {
        guard let cause, cause.isStated else { return json.null() }
        let incident = model.incidents.first { $0.id == cause.incident }
        json.object { json in
            json.field("incident_name", incident?.name)
            json.field("failure_name", model.failures.first { $0.id == incident?.failure }?.name)
            json.field("reason", cause.reason)
        }
    }
}

extension PeriodRequest {
    /// The shortest period there is, of lines in use at an instant.
    static func moment(_ instant: Instant) -> PeriodRequest {
        PeriodRequest(from: .instant(instant), to: .instant(instant + 1))
    }
}

extension JSONWriter {
    /// A working with the name its shift had.
    mutating func value(_ working: LineWorking, _ model: PlantModel) {
        object { json in
            json.field("shift_id", working.shift?.rawValue)
            let shift = model.shifts.first { $0.id == working.shift }
            json.field("shift_name", shift?.name(at: working.interval.start))
            json.field("date", working.date.description)
            json.field("start", working.interval.start)
            json.field("end", working.interval.end)
        }
    }
}
