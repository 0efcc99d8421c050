import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /kpis.
extension WorkerRequests {
    func readIndicators(_ call: ReadIndicators, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(
            call.query, principal: request.head.principal, model: model, now: questions.now)
        var asked: [LineQuestion] = []
        for entry in scope.entries {
            asked.append(
                try await questions.ask(
                    entry.line,
                    period: entry.period,
                    shift: call.query.shift,
                    thresholdSeconds: call.query.thresholdSeconds
                ))
        }
        let categories = model.lossCategories
        var byCategory = DowntimeByCategory()
        var json = JSONWriter(reservingCapacity: 4_096)
        try json.object { (json) throws(any Error) in
            json.period(scope.commonPeriod)
            var all: [LineIndicators] = []
            json.key("lines")
            try json.array { (json) throws(any Error) in
                for question in asked {
                    let indicators = try question.indicators()
                    all.append(indicators)
                    byCategory += DowntimeByCategory(
                        question.facts.stops, planned: question.time.planned, categories: categories)
                    json.object { json in
                        json.field("line_id", question.line.id.rawValue)
                        json.field("line_code", question.line.code)
                        if scope.commonPeriod == nil { json.period((question.period, question.zone)) }
                        IndicatorsJSON.write(indicators, to: &json)
                    }
                }
            }
            json.key("downtime_by_category")
            json.object { json in
                for category in LossCategory.allCases {
                    json.key(dynamic: category.rawValue)
                    json.seconds(byCategory[category])
                }
            }
            json.key("total")
            json.object { json in IndicatorsJSON.write(.combine(all), to: &json) }
        }
        return .json(json)
    }
}
