import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// What shift boards show.
extension WorkerRequests {
    func readHourBoards(_ call: ReadHourBoards, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let principal = request.head.principal
        let period = call.date.map { PeriodRequest(from: .date($0), to: .date($0)) } ?? .moment(questions.now)
        let scope = try AnalysisScope(
            AnalysisQuery(period: period, lines: call.lines, plant: call.plant, shift: call.shift),
            principal: principal, model: model, now: questions.now)
        let worked = try await AllLoops.map(scope.entries.count) { index in
            let line = scope.entries[index].line
            let calendar = try await LineState.question(of: line, questions).calendar
            let working: LineWorking? =
                if let date = call.date { calendar.working(of: call.shift, on: date) } else {
                    calendar.working(at: questions.now)
                }
            return WorkedLine(line: line, calendar: calendar, working: working)
        }
        var boards: [HourBoard] = []
        var idle: [ProductionLine] = []
        for line in worked {
            guard let working = line.working else {
                idle.append(line.line)
                continue
            }
            if !call.isByLine,
                let same = boards.firstIndex(where: {
                    $0.working == working && $0.lines.first?.plant == line.line.plant
                })
            {
                boards[same].lines.append(line.line)
            } else {
                boards.append(HourBoard(lines: [line.line], calendar: line.calendar, working: working))
            }
        }
        let hours = try await AllLoops.map(boards.count) { [boards] index in
            try await boards[index].hours(questions, principal)
        }
        var json = JSONWriter(reservingCapacity: 8_192)
        json.object { json in
            json.key("boards")
            json.array { json in
                for (board, hours) in zip(boards, hours) {
                    board.write(hours, model, now: questions.now, to: &json)
                }
            }
            json.key("idle")
            json.array { json in
                for line in idle { json.value(line.code) }
            }
            json.field("now", questions.now)
        }
        return .json(json)
    }
}

/// A line and what it works; nil where the shift asked for does not work on the date.
private struct WorkedLine: Sendable {
    let line: ProductionLine
    let calendar: LineCalendar
    let working: LineWorking?
}

/// Lines of one plant that work the same shift on the same date.
private struct HourBoard: Sendable {
    var lines: [ProductionLine]
    /// Of the first of them, by which the workings before and after are found.
    let calendar: LineCalendar
    let working: LineWorking

    /// The tile of the dashboard, of exactly these lines.
    func hours(_ questions: LineQuestions, _ principal: Principal) async throws -> [UInt8] {
        var body = JSONWriter()
        body.object { json in
            json.key("daterange")
            json.object { json in
                json.field("start_date", working.date.description)
                json.field("end_date", working.date.description)
            }
            if let shift = working.shift { json.field("shift_id", shift.rawValue) }
            json.key("widget_ids")
            json.array { $0.value(WidgetKind.hourByHour.rawValue) }
        }
        var query = try DashboardQuery.read(body.bytes)
        query.analysis.lines = .some(lines.map(\.id))
        let scope = try AnalysisScope(query.analysis, principal: principal, model: questions.model, now: questions.now)
        return try await Dashboard(query, scope, questions, principal).data(of: .hourByHour)
    }

    func write(_ hours: [UInt8], _ model: PlantModel, now: Instant, to json: inout JSONWriter) {
        json.object { json in
            json.key("lines")
            json.array { json in
                for line in lines {
                    json.object { json in
                        json.field("line_id", line.id.rawValue)
                        json.field("line_code", line.code)
                        json.field("line_name", line.name)
                    }
                }
            }
            json.field("plant_name", lines.first.flatMap { model.plant(of: $0) }?.name)
            json.field("timezone", calendar.zone.name)
            json.key("working")
            json.value(working, model)
            json.key("previous")
            write(calendar.working(before: working), model, to: &json)
            json.key("next")
            write(calendar.working(after: working, begunAt: now), model, to: &json)
            json.key("hours")
            json.raw(hours)
        }
    }

    private func write(_ working: LineWorking?, _ model: PlantModel, to json: inout JSONWriter) {
        guard let working else { return json.null() }
        json.value(working, model)
    }
}
