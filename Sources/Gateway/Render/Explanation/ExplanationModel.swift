import Foundation
import Shared

/// `Explanation` as its template sees it.
struct ExplanationModel {
    /// Something to know about the data a figure is taken from.
    struct Remark {
        let name: String
        let meaning: String
        /// The lines it is about, where it is not about all.
        let lines: String?
    }

    let t: TextTree
    let assets: String
    let widget: String
    let title: String
    let scope: String
    let period: String?
    let zone: String
    let equations: [ExplanationEquation]
    let tables: [ExplanationTable]
    let remarks: [Remark]
    let hasRemarks: Bool
    let isOfOne: Bool
    /// Where the single detections of the period are asked for; nil where nobody may, or of several lines.
    let periodDetections: String?
    let mayNotRead: Bool

    init(_ explanation: Explanation, site: PageSite, _ localisation: Localisation) {
        var explanation = explanation
        let isOfSelected = !explanation.units.isAll && explanation.figure.isOfSelectedUnits
        if isOfSelected { explanation.reply = explanation.reply.ofSelected }
        let reply = explanation.reply
        t = localisation.tree
        assets = site.assets
        widget = explanation.widget.rawValue
        title = localisation[explanation.widget.nameKey]
        let line = reply.only
        scope = line?.lineCode ?? localisation.count(reply.lines.count, one: .pageLinesOne, other: .pageLinesOther)
        let clock = PlantClock(line?.period.timezone ?? reply.period.timezone, localisation)
        let from = (line?.period.from ?? reply.period.from).flatMap(PlantClock.instant)
        let to = (line?.period.to ?? reply.period.to).flatMap(PlantClock.instant)
        if let from, let to {
            period = clock.period(from: from, to: to)
            zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: from)])
        } else {
            period = nil
            zone = localisation.text(.pageZones)
        }
        let isOfSomeAreas = isOfSelected && !explanation.units.areas.isEmpty
        equations = ExplanationEquations(reply, isOfSomeAreas: isOfSomeAreas, localisation)
            .equations(of: explanation.figure)
        if let line {
            tables = Self.tables(
                of: line, explanation, clock: clock, base: site.base, localisation)
        } else {
            tables = [ExplanationLines(explanation, localisation).table]
        }
        let lines = ExplainedLines(reply, localisation)
        var selected = explanation.units.isAll ? [] : [isOfSelected ? Self.selectedUnits : "filters_ignored"]
        if isOfSelected, explanation.units.areas.count > 1 { selected.append(Self.addedAreas) }
        remarks = (selected + reply.total.figures.flags).compactMap { flag in
            Self.texts(ofFlag: flag).map { texts in
                Remark(
                    name: localisation.text(texts.name), meaning: localisation.text(texts.meaning),
                    lines: lines.flagged(flag))
            }
        }
        hasRemarks = !remarks.isEmpty
        isOfOne = line != nil
        mayNotRead = !explanation.readsDetections
        let span = line?.calendarTime.flatMap { stretch in
            PlantClock.instant(stretch.start).flatMap { start in PlantClock.instant(stretch.end).map { (start, $0) } }
        }
        periodDetections = line.flatMap { line in
            guard explanation.readsDetections, let (from, to) = span else { return nil }
            return ExplainedDetections.address(
                line: line.lineId, from: from, to: to, of: isOfSelected ? explanation.units : ChosenUnits(),
                base: site.base)
        }
    }

    /// All that a figure of one line is made of, the largest first.
    private static func tables(
        of line: ExplanationReply.Line, _ explanation: Explanation, clock: PlantClock, base: String,
        _ localisation: Localisation
    ) -> [ExplanationTable] {
        let plan = ExplanationPlan(line, hasShift: explanation.reply.shiftId != nil, localisation).table
        let stops = ExplanationStops(line, explanation, clock: clock, base: base, localisation).table
        let counts = ExplanationCounts(line, of: explanation.reply, localisation)
        switch explanation.figure {
        case .oee: return [plan, stops, counts.rates] + (line.isDual == true ? [counts.entered] : [])
        case .availability, .totalDowntime: return [plan, stops]
        case .performance: return [counts.rates, plan, stops]
        case .quality: return line.isDual == true ? [counts.entered] : []
        case .totalProduction: return [counts.made]
        case .totalWeight: return [counts.weights(ofShift: false)]
        case .weightEfficiency:
            return [counts.weights(ofShift: explanation.reply.shiftId != nil), plan]
        }
    }

    /// In place of a flag: the figure is of what was chosen.
    private static let selectedUnits = "selected_units"
    /// The same: a unit may count more than once.
    private static let addedAreas = "added_areas"

    private static func texts(ofFlag flag: String) -> (name: TextKey, meaning: TextKey)? {
        switch flag {
        case "no_planned_time": (.flagNoPlannedTime, .explainMeansNoPlannedTime)
        case "no_detections": (.flagNoDetections, .explainMeansNoDetections)
        case "no_nominal_rate": (.flagNoNominalRate, .explainMeansNoNominalRate)
        case "quality_not_measured": (.flagQualityNotMeasured, .explainMeansQualityNotMeasured)
        case "input_missing": (.flagInputMissing, .explainMeansInputMissing)
        case "quality_over_one": (.flagQualityOverOne, .explainMeansQualityOverOne)
        case "performance_over_one": (.flagPerformanceOverOne, .explainMeansPerformanceOverOne)
        case "continuous_schedule": (.flagContinuousSchedule, .explainMeansContinuousSchedule)
        case "production_outside_plan": (.flagProductionOutsidePlan, .explainMeansProductionOutsidePlan)
        case "unobserved": (.flagUnobserved, .explainMeansUnobserved)
        case "filters_ignored": (.flagFiltersIgnored, .explainMeansFiltersIgnored)
        case Self.selectedUnits: (.explainSelected, .explainMeansSelected)
        case Self.addedAreas: (.explainAreasAdded, .flagAreasAdded)
        default: nil
        }
    }
}
