import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /kpis.
extension WorkerRequests {
    func readIndicators(_ call: ReadIndicators, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scopes = try IndicatorScopes(call, request.head.principal, model, now: questions.now)
        var json = JSONWriter(reservingCapacity: 4_096)
        if call.grouping.isNone {
            let figures = try await IndicatorAnswer(scopes.asked, call.query, questions)
            var compared: IndicatorAnswer?
            if let scope = scopes.compared { compared = try await IndicatorAnswer(scope, call.query, questions) }
            json.object { json in
                figures.write(to: &json)
                guard let compared else { return }
                json.key("comparison")
                json.object { json in compared.write(to: &json) }
                figures.writeDifferences(from: compared, to: &json)
            }
        } else {
            let figures = try await grouped(scopes.asked, call, questions)
            var compared: GroupedIndicators?
            if let scope = scopes.compared { compared = try await grouped(scope, call, questions) }
            json.object { json in
                json.period(scopes.asked.commonPeriod)
                json.field("interval", call.grouping.interval?.rawValue)
                json.field("group_by", call.grouping.group?.rawValue)
                figures.write(to: &json)
                guard let compared else { return }
                json.key("comparison")
                json.object { json in
                    json.period(scopes.compared?.commonPeriod)
                    compared.write(to: &json)
                }
                figures.writeDifferences(from: compared, to: &json)
            }
        }
        return .json(json)
    }

    private func grouped(
        _ scope: AnalysisScope,
        _ call: ReadIndicators,
        _ questions: LineQuestions
    ) async throws -> GroupedIndicators {
        var asked: [LineQuestion] = []
        for entry in scope.entries {
            let (period, byShift) = IndicatorParts.period(of: entry, call.grouping)
            asked.append(
                try await questions.ask(
                    entry.line,
                    period: period,
                    shift: byShift ? nil : call.query.shift,
                    thresholdSeconds: call.query.thresholdSeconds
                ))
        }
        let parts = IndicatorParts(
            call.grouping, scope.entries, asked, shift: call.query.shift, questions.model)
        return try GroupedIndicators(call.grouping, parts, asked, questions.model)
    }
}

/// The lines and the period asked for, and the period compared with.
struct IndicatorScopes {
    let asked: AnalysisScope
    let compared: AnalysisScope?

    /// - Throws: `invalid` with the faults of both periods at once, one for each parameter.
    init(_ call: ReadIndicators, _ principal: Principal, _ model: PlantModel, now: Instant) throws {
        let limit = call.grouping.interval?.limit ?? .longest
        var faults: [ParameterFault] = []
        func scope(_ query: AnalysisQuery, _ names: AnalysisScope.ParameterNames) throws -> AnalysisScope? {
            do {
                return try AnalysisScope(
                    query, principal: principal, model: model, now: now, limit: limit, names: names)
            } catch let fault as Fault where fault.code == .invalid {
                for fault in fault.parameters where !faults.contains(where: { $0.parameter == fault.parameter }) {
                    faults.append(fault)
                }
                return nil
            }
        }
        let asked = try scope(call.query, .query)
        var other = call.query
        if let comparison = call.comparison { other.period = comparison }
        let compared = call.comparison == nil ? nil : try scope(other, .comparison)
        guard faults.isEmpty, let asked else { throw Fault.invalid(faults) }
        self.asked = asked
        self.compared = compared
    }
}

/// The figures of each line over a period, of all together, and their downtime by category of loss.
struct IndicatorAnswer {
    private let scope: AnalysisScope
    private let lines: [(question: LineQuestion, indicators: LineIndicators)]
    private let total: LineIndicators
    private let byCategory: DowntimeByCategory

    init(_ scope: AnalysisScope, _ query: AnalysisQuery, _ questions: LineQuestions) async throws {
        self.scope = scope
        let categories = questions.model.lossCategories
        var lines: [(question: LineQuestion, indicators: LineIndicators)] = []
        var byCategory = DowntimeByCategory()
        for entry in scope.entries {
            let question = try await questions.ask(
                entry.line,
                period: entry.period,
                shift: query.shift,
                thresholdSeconds: query.thresholdSeconds
            )
            lines.append((question, try question.indicators()))
            byCategory += DowntimeByCategory(
                question.facts.stops, planned: question.time.planned, categories: categories)
        }
        self.lines = lines
        self.byCategory = byCategory
        total = LineIndicators.combine(lines.map(\.indicators))
    }

    /// Writes period, lines, downtime by category and total into the object that is open.
    func write(to json: inout JSONWriter) {
        json.period(scope.commonPeriod)
        json.key("lines")
        json.array { json in
            for (question, indicators) in lines {
                json.object { json in
                    json.field("line_id", question.line.id.rawValue)
                    json.field("line_code", question.line.code)
                    if scope.commonPeriod == nil { json.period((question.period, question.zone)) }
                    IndicatorsJSON.write(indicators, to: &json)
                }
            }
        }
        write(byCategory: { byCategory[$0] }, to: &json)
        json.key("total")
        json.object { json in IndicatorsJSON.write(total, to: &json) }
    }

    /// The member `differences`, of the lines that both periods have.
    func writeDifferences(from other: IndicatorAnswer, to json: inout JSONWriter) {
        json.key("differences")
        json.object { json in
            json.key("lines")
            json.array { json in
                for (question, indicators) in lines {
                    guard let before = other.lines.first(where: { $0.question.line.id == question.line.id }) else {
                        continue
                    }
                    json.object { json in
                        json.field("line_id", question.line.id.rawValue)
                        json.field("line_code", question.line.code)
                        Self.writeDifferences(indicators, before.indicators, to: &json)
                    }
                }
            }
            write(byCategory: { byCategory[$0] - other.byCategory[$0] }, to: &json)
            json.key("total")
            json.object { json in Self.writeDifferences(total, other.total, to: &json) }
        }
    }

    private static func writeDifferences(_ left: LineIndicators, _ right: LineIndicators, to json: inout JSONWriter) {
        IndicatorsJSON.writeDifferences(
            IndicatorsJSON.members(of: left), less: IndicatorsJSON.members(of: right), to: &json)
    }

    private func write(byCategory: (LossCategory) -> Int64, to json: inout JSONWriter) {
        json.key("downtime_by_category")
        json.object { json in
            for category in LossCategory.allCases {
                json.key(dynamic: category.rawValue)
                json.seconds(byCategory(category))
            }
        }
    }
}
