import Shared

/// What each of several lines adds to a figure.
struct ExplanationLines {
    private let explanation: Explanation
    private let localisation: Localisation

    init(_ explanation: Explanation, _ localisation: Localisation) {
        self.explanation = explanation
        self.localisation = localisation
    }

    var table: ExplanationTable {
        let reply = explanation.reply
        return ExplanationTable(
            "lines", localisation.text(.linesSingle),
            head: [.text(localisation.text(.explainLine))] + columns.map { .number(localisation.text($0)) },
            rows: reply.lines.map { line in
                .init(
                    head: .init(
                        text: line.lineCode,
                        address: "#explain=\(explanation.widget.rawValue)&line=\(line.lineId)"),
                    cells: cells(of: line))
            },
            sum: .init(
                head: .text(localisation.text(.explainTotal)),
                cells: sumCells),
            notes: [localisation.text(.explainSumsFirst)] + (explanation.figure == .quality ? notDual : []),
            emptyText: localisation.text(.explainNoLines))
    }

    private var columns: [TextKey] {
        switch explanation.figure {
        case .oee: [.explainAvailability, .explainPerformance, .explainQuality, .explainOEE]
        case .availability: [.explainPlanned, .explainStopped, .explainAvailability]
        case .performance: [.explainIdeal, .explainRunning, .explainPerformance]
        case .quality: [.explainEntered, .explainGood, .explainQuality]
        case .totalProduction:
            [explanation.reply.productionParts.inPlan, explanation.reply.productionParts.outside, .explainTotal]
        case .totalWeight: [.explainUnits, .explainWeight]
        case .weightEfficiency: [.explainWeight, .explainNominalWeight, .explainWeightEfficiency]
        case .totalDowntime: [.explainStops, .stopsStateMicro, .explainStopped]
        }
    }

    private var notDual: [String] {
        ExplainedLines(explanation.reply, localisation).notDual.map { [$0] } ?? []
    }

    /// What one line adds: to what is compared at both ends nothing, where it has not both.
    private func cells(of line: ExplanationReply.Line) -> [ExplanationTable.Cell] {
        if explanation.figure == .quality, line.isDual == false {
            return [ExplanationTable.Cell](repeating: .number(Localisation.noValue), count: columns.count)
        }
        return cells(line.figures, line.weightEfficiency)
    }

    private var sumCells: [ExplanationTable.Cell] {
        let total = explanation.reply.total
        var figures = total.figures
        if explanation.figure == .quality {
            (figures.produced, figures.good) = (total.sums.dualProduced, total.sums.dualGood)
        }
        return cells(figures, total.weightEfficiency)
    }

    private func cells(
        _ figures: ExplanationReply.Figures, _ weight: ExplanationReply.WeightEfficiency
    ) -> [ExplanationTable.Cell] {
        func time(_ seconds: Double?) -> ExplanationTable.Cell {
            .number(seconds.map(localisation.exactTime) ?? Localisation.noValue)
        }
        func count(_ count: Int) -> ExplanationTable.Cell { .number(localisation.integer(Double(count))) }
        func ratio(_ ratio: Double?) -> ExplanationTable.Cell {
            .number(ratio.map(localisation.percent) ?? Localisation.noValue)
        }
        switch explanation.figure {
        case .oee:
            return [
                ratio(figures.availability), ratio(figures.performance), ratio(figures.quality), ratio(figures.oee),
            ]
        case .availability:
            return [time(figures.plannedSeconds), time(figures.downtimeSeconds), ratio(figures.availability)]
        case .performance:
            return [time(figures.idealSeconds), time(figures.runtimeSeconds), ratio(figures.performance)]
        case .quality: return [count(figures.produced), count(figures.good), ratio(figures.quality)]
        case .totalProduction:
            return [count(figures.good), count(figures.unplannedProduction), count(figures.totalProduction)]
        case .totalWeight:
            return [count(figures.totalProduction), .number(localisation.kilograms(figures.weightKg))]
        case .weightEfficiency:
            return [
                .number(localisation.kilograms(weight.weightKg)),
                .number(localisation.kilograms(weight.nominalWeightKg)), ratio(weight.value),
            ]
        case .totalDowntime: return [count(figures.stops), count(figures.microStops), time(figures.downtimeSeconds)]
        }
    }
}
