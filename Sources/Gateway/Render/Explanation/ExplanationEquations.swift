/// The equations of the figures, with the numbers of one answer.
struct ExplanationEquations {
    private typealias Part = (value: String, label: String)

    let localisation: Localisation
    let figures: ExplanationReply.Figures
    let sums: ExplanationReply.Sums
    let weight: ExplanationReply.WeightEfficiency
    let isOfMany: Bool
    private let isOfShift: Bool
    private let parts: (inPlan: TextKey, outside: TextKey)
    /// That some lines have no part in what is compared at both ends of a line.
    private let notDual: String?
    /// That scrap is of more than what was asked for.
    private let scrapNote: String?

    init(_ reply: ExplanationReply, isOfSomeAreas: Bool, _ localisation: Localisation) {
        self.localisation = localisation
        figures = reply.total.figures
        sums = reply.total.sums
        weight = reply.total.weightEfficiency
        isOfMany = reply.lines.count != 1
        isOfShift = reply.shiftId != nil
        parts = reply.productionParts
        notDual = ExplainedLines(reply, localisation).notDual
        scrapNote = isOfSomeAreas ? localisation.text(.flagScrapOfAllAreas) : nil
    }

    func equations(of figure: ExplainedFigure) -> [ExplanationEquation] {
        switch figure {
        case .availability: [running, availability]
        case .performance: [performance]
        case .quality: [quality]
        case .oee: [effectiveness, running, availability, performance, quality]
        case .totalProduction: figures.scrap > 0 ? [production, scrap] : [production]
        case .totalWeight: [meanWeight]
        case .weightEfficiency: [weightEfficiency]
        case .totalDowntime: [downtime, meanStop, timeBetweenStops]
        }
    }

    private func time(_ seconds: Double, _ label: TextKey) -> Part {
        (localisation.exactTime(seconds), localisation.text(label))
    }

    private func units(_ count: Int, _ label: TextKey) -> Part {
        (localisation.integer(Double(count)), localisation.text(label))
    }

    private func ratio(_ value: Double?, _ label: TextKey) -> Part {
        (value.map(localisation.percent) ?? Localisation.noValue, localisation.text(label))
    }

    private var running: ExplanationEquation {
        .of(
            time(figures.plannedSeconds, .explainPlanned), "−", time(figures.downtimeSeconds, .explainStopped),
            result: time(figures.runtimeSeconds, .explainRunning))
    }

    private var availability: ExplanationEquation {
        .of(
            time(figures.runtimeSeconds, .explainRunning), "÷", time(figures.plannedSeconds, .explainPlanned),
            result: ratio(figures.availability, .explainAvailability),
            note: figures.availability == nil ? localisation.text(.reasonNoPlannedTime) : nil)
    }

    private var performance: ExplanationEquation {
        let ideal = isOfMany ? sums.idealRunningSeconds : figures.idealSeconds
        let running = isOfMany ? sums.runtimeSecondsWithRate : figures.runtimeSeconds
        let label = isOfMany ? TextKey.explainIdealOfMany : .explainIdeal
        return .of(
            ideal.map { time($0, label) } ?? (Localisation.noValue, localisation.text(label)), "÷",
            time(running, isOfMany && sums.linesWithRate > 0 ? .explainRunningWithRate : .explainRunning),
            result: ratio(figures.performance, .explainPerformance),
            note: performanceReason ?? clamped(figures.performance, isOfMany ? nil : figures.rawPerformance))
    }

    private var performanceReason: String? {
        guard figures.performance == nil else { return nil }
        if figures.plannedSeconds == 0 { return localisation.text(.reasonNoPlannedTime) }
        let lacksRate = sums.linesWithRate == 0 || figures.flags.contains("no_nominal_rate")
        return localisation.text(lacksRate ? .reasonNoNominalRate : .reasonNoRunningTime)
    }

    private var quality: ExplanationEquation {
        let note = qualityReason ?? clamped(figures.quality, isOfMany ? nil : figures.rawQuality)
        let result = ratio(figures.quality, .explainQuality)
        if isOfMany, sums.idealRunningSeconds > 0 {
            return .of(
                time(sums.idealGoodSeconds, .explainIdealGood), "÷",
                time(sums.idealRunningSeconds, .explainIdealOfMany), result: result, note: note)
        }
        return .of(
            units(sums.dualGood, .explainGood), "÷", units(sums.dualProduced, .explainEntered), result: result,
            note: note)
    }

    private var qualityReason: String? {
        guard figures.quality == nil else { return nil }
        if figures.plannedSeconds == 0 { return localisation.text(.reasonNoPlannedTime) }
        return localisation.text(
            figures.flags.contains("input_missing") ? .reasonInputMissing : .reasonQualityNotMeasured)
    }

    private var effectiveness: ExplanationEquation {
        let quality: Part =
            figures.quality == nil && figures.oee != nil
            ? (localisation.percent(1), localisation.text(.explainQualityCounts))
            : ratio(figures.quality, .explainQuality)
        let availability = ratio(figures.availability, .explainAvailability)
        let performance = ratio(figures.performance, .explainPerformance)
        // Without planned time that is also why there is no performance.
        return .product(
            [availability, performance, quality], result: ratio(figures.oee, .explainOEE),
            note: figures.oee == nil ? performanceReason : nil)
    }

    /// What a ratio over one counts as.
    private func clamped(_ value: Double?, _ raw: Double?) -> String? {
        guard let value, let raw, raw > value else { return nil }
        return localisation.text(.explainClamped, ["raw": localisation.percent(raw)])
    }

    private var production: ExplanationEquation {
        .of(
            units(figures.good, parts.inPlan), "+", units(figures.unplannedProduction, parts.outside),
            result: units(figures.totalProduction, .explainTotalProduction))
    }

    private var scrap: ExplanationEquation {
        .of(
            units(sums.dualProduced, .explainEntered), "−", units(sums.dualGood, .explainGood),
            result: units(figures.scrap, .explainScrap), note: scrapNote ?? notDual)
    }

    private var meanWeight: ExplanationEquation {
        let count = Double(figures.totalProduction)
        let mean = count > 0 ? localisation.exactWeight(figures.weightKg / count) : Localisation.noValue
        return .of(
            units(figures.totalProduction, .explainUnits), "×", (mean, localisation.text(.explainMeanWeight)),
            result: (localisation.kilograms(figures.weightKg), localisation.text(.explainWeight)))
    }

    private var weightEfficiency: ExplanationEquation {
        let reason: TextKey? =
            switch weight.reason {
            case nil: nil
            case "no_planned_time": .reasonNoPlannedTime
            case "no_nominal_rate": .reasonNoNominalRate
            default: .explainNoOutput
            }
        return .of(
            (
                localisation.kilograms(weight.weightKg),
                localisation.text(isOfShift ? .weightInShift : .explainWeight)
            ), "÷",
            (localisation.kilograms(weight.nominalWeightKg), localisation.text(.explainNominalWeight)),
            result: ratio(weight.value, .explainWeightEfficiency), note: reason.map { localisation.text($0) })
    }

    private var downtime: ExplanationEquation {
        let stops = localisation.count(figures.stops, one: .downtimeCountOne, other: .downtimeCountOther)
        let micro = localisation.count(figures.microStops, one: .downtimeMicroOne, other: .downtimeMicroOther)
        return .of(
            (localisation.exactTime(sums.stopDowntimeSeconds), localisation.text(.explainIn, ["what": stops])), "+",
            (
                localisation.exactTime(figures.downtimeSeconds - sums.stopDowntimeSeconds),
                localisation.text(.explainInRest, ["what": micro])
            ),
            result: time(figures.downtimeSeconds, .explainStopped))
    }

    private var meanStop: ExplanationEquation {
        .of(
            time(sums.stopDowntimeSeconds, .explainStopTime), "÷", units(figures.stops, .explainStops),
            result: (
                figures.mttrSeconds.map(localisation.exactTime) ?? Localisation.noValue,
                localisation.text(.explainMeanStop)
            ))
    }

    private var timeBetweenStops: ExplanationEquation {
        .of(
            time(figures.runtimeSeconds, .explainRunning), "÷", units(figures.stops, .explainStops),
            result: (
                figures.mtbfSeconds.map(localisation.exactTime) ?? Localisation.noValue,
                localisation.text(.explainBetweenStops)
            ))
    }
}

extension Localisation {
    /// A length of time that can be reckoned with: minutes, and seconds below ten of them; one decimal where it is not whole.
    func exactTime(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        if tenths < 600 {
            return text(.formatSeconds, ["s": decimal(tenths, digits: tenths == tenths.rounded() ? 0 : 1)])
        }
        let minutes = (seconds / 6).rounded() / 10
        return text(.formatMinutes, ["m": decimal(minutes, digits: minutes == minutes.rounded() ? 0 : 1)])
    }

    /// The weight of a unit, to the gram.
    func exactWeight(_ value: Double) -> String {
        text(.productionKilograms, ["value": decimal(value, digits: 3)])
    }
}
