import IPC
import NIOCore
import Shared

/// GET /production.
extension WorkerRequests {
    func readProduction(_ call: ReadProduction, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(
            call.query, principal: request.head.principal, model: model, now: questions.now,
            limit: call.interval.limit)
        let place = try await longQuestions.place(for: scope)
        defer { withExtendedLifetime(place) {} }
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
        let production = try ProductionSeries(call.interval, of: asked, split: call.split, UnitSelection())
        let keys = production.series.map { $0.id == 0 ? "total" : String($0.id) }
        var json = JSONWriter(reservingCapacity: 8_192)
        json.object { json in
            json.period(scope.commonPeriod)
            json.field("interval", call.interval.rawValue)
            json.field("split_by", call.split.rawValue)
            json.key("buckets")
            json.array { json in
                for place in 0..<production.grid.count {
                    json.object { json in
                        production.grid.write(place, to: &json)
                        json.key("series")
                        json.object { json in
                            for (key, series) in zip(keys, production.series) {
                                json.key(dynamic: key)
                                json.value(series.counts[place])
                            }
                        }
                    }
                }
            }
        }
        return .json(json)
    }
}
