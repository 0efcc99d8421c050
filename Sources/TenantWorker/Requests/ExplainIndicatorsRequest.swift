import IPC
import ManufacturingKPI
import Shared

/// GET /explain/kpis: the questions of GET /kpis, answered with all that the figures are made of. A body may name areas and
/// products, as that of POST /dashboard/data does: then what they made is told beside it.
extension WorkerRequests {
    func explainIndicators(_ call: ExplainIndicators, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(
            call.query, principal: request.head.principal, model: model, now: questions.now)
        let selection = try UnitSelection(request, of: call.query.lines, model)
        let place = try await longExplanations.place(for: scope)
        let categories = model.lossCategories
        var all: [LineIndicators] = []
        var byCategory = DowntimeByCategory()
        var lines = JSONWriter(reservingCapacity: 16_384)
        for entry in scope.entries {
            let question = try await questions.ask(
                entry.line,
                period: entry.period,
                shift: call.query.shift,
                thresholdSeconds: call.query.thresholdSeconds
            )
            let indicators = try question.indicators()
            if call.isWhole {
                let explanation = LineExplanationJSON(
                    question: question,
                    model: model,
                    shift: call.query.shift,
                    thresholdSeconds: call.query.thresholdSeconds,
                    indicators: indicators,
                    explanation: try LineExplanation(of: question.facts, over: question.time),
                    categories: categories
                )
                try lines.object { json in
                    explanation.write(to: &json)
                    try selection?.write(question, model, to: &json)
                }
            } else {
                try lines.object { json in
                    LineExplanationJSON.write(question, indicators, to: &json)
                    try selection?.write(question, model, to: &json)
                }
            }
            // Of years a line is much work at once: others come before the next.
            await Task.yield()
            all.append(indicators)
            byCategory += DowntimeByCategory(
                question.facts.stops, planned: question.time.planned, categories: categories)
        }
        let total = LineIndicators.combine(all)
        var json = JSONWriter(reservingCapacity: lines.bytes.count + 2_048)
        json.object { json in
            json.period(scope.commonPeriod)
            json.field("now", questions.now)
            json.field("shift_id", call.query.shift?.rawValue)
            json.field("threshold_seconds", call.query.thresholdSeconds)
            json.key("lines")
            json.array { json in
                if !all.isEmpty { json.raw(lines.bytes) }
            }
            json.key("downtime_by_category")
            json.object { json in
                for category in LossCategory.allCases {
                    json.key(dynamic: category.rawValue)
                    json.seconds(byCategory[category])
                }
            }
            json.key("total")
            json.object { json in
                json.key("sums")
                json.object { json in Self.write(total.sums, to: &json) }
                LineExplanationJSON.write(figuresOf: total, to: &json)
            }
        }
        return .json(json, holding: place)
    }

    /// What the total's quotients are taken from beside its figures.
    private static func write(_ sums: IndicatorSums, to json: inout JSONWriter) {
        json.field("lines", sums.lines)
        json.field("lines_with_rate", sums.ratedLines)
        json.field("runtime_seconds_with_rate", seconds: sums.ratedRuntime)
        json.field("ideal_seconds", sums.ideal)
        json.field("ideal_running_seconds", sums.idealRunning)
        json.field("ideal_good_seconds", sums.idealGood)
        json.field("dual_produced", sums.dualProduced)
        json.field("dual_good", sums.dualGood)
        json.field("stop_downtime_seconds", seconds: sums.stopDowntime)
    }
}

extension UnitSelection {
    /// Writes the member `selected` beside the figures, which count all: the units of a line, as the dashboard's tiles count them.
    fileprivate func write(_ question: LineQuestion, _ model: PlantModel, to json: inout JSONWriter) throws {
        let amounts = try ProductAmounts([question], self)
        json.key("selected")
        json.object { json in
            json.field("units", amounts.units)
            json.field("in_plan", amounts.unitsInPlan)
            json.field("weight_kg", Double(amounts.weightGrams) / 1_000)
            json.field("dual_produced", amounts.dualProduced)
            json.field("dual_good", amounts.dualGood)
            json.key("products")
            json.array { json in
                for item in amounts.items {
                    json.object { json in
                        ProductAmounts.write(item.product, model, to: &json)
                        json.field("units", item.units)
                        json.field("in_plan", item.unitsInPlan)
                        json.field("weight_kg", Double(item.weightGrams) / 1_000)
                    }
                }
            }
        }
    }
}
