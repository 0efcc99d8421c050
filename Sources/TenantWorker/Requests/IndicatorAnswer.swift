import ManufacturingKPI
import Shared

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
