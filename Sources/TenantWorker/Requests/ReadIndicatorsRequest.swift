import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /kpis.
extension WorkerRequests {
    func readIndicators(_ call: ReadIndicators, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        var comparing = questions
        comparing.names = .comparison
        let scopes = try IndicatorScopes(call, request.head.principal, model, now: questions.now)
        let place = try await longQuestions.place(for: scopes.asked, scopes.compared)
        defer { withExtendedLifetime(place) {} }
        var json = JSONWriter(reservingCapacity: 4_096)
        if call.grouping.isNone {
            let figures = try await IndicatorAnswer(scopes.asked, call.query, questions)
            var compared: IndicatorAnswer?
            if let scope = scopes.compared { compared = try await IndicatorAnswer(scope, call.query, comparing) }
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
            if let scope = scopes.compared { compared = try await grouped(scope, call, comparing) }
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
        return try await GroupedIndicators(call.grouping, parts, asked, questions.model)
    }
}
