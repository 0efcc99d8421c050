import Shared

/// One of the four terms of availability × performance × quality = OEE.
struct KpiTile: TileContent {
    enum Factor {
        case availability
        case performance
        case quality
        case oee
    }

    /// A ratio drawn as a bar of 100 units, with a notch at the target.
    struct Bar {
        let length: String
        let notch: String?
    }

    let summary: String? = nil
    let number: String
    let unit: String?
    let reason: String?
    let why: String?
    let raw: String?
    let target: String?
    let meetsTarget: Bool
    let bar: Bar?
    let trend: TrendMark?
    let spark: SparkLine?
    let notes: [String]
    let planned: String?
    let stopped: String?
    let running: String?

    init(_ data: KpiData, _ factor: Factor, _ compared: ComparedPeriod) {
        let localisation = compared.localisation
        let running = localisation.duration(seconds: data.runtimeSeconds)
        let planned = localisation.duration(seconds: data.plannedSeconds)
        if let value = data.value {
            number = localisation.percentNumber(value)
            unit = localisation.percentSign
            reason = nil
            switch factor {
            case .oee: why = localisation.text(.kpiOEEWhy)
            case .availability: why = localisation.text(.kpiAvailabilityWhy, ["running": running, "planned": planned])
            case .performance: why = localisation.text(.kpiPerformanceWhy, ["running": running])
            case .quality: why = localisation.text(.kpiQualityWhy)
            }
            meetsTarget = data.target.map { value >= $0 } ?? false
            bar = Bar(
                length: Localisation.hundredths(value),
                notch: data.target.map(Localisation.hundredths)
            )
        } else {
            number = Localisation.noValue
            unit = nil
            reason = localisation.text(Self.reasonKey(data.reason))
            why = nil
            meetsTarget = false
            bar = nil
        }
        // Of several lines it may be the lower one: a line without measured quality counts in the value alone.
        if let raw = data.rawValue, let value = data.value, raw > value,
            localisation.percent(raw) != localisation.percent(value)
        {
            self.raw = localisation.text(.kpiRaw, ["value": localisation.percent(raw)])
        } else {
            raw = nil
        }
        let targetKey = meetsTarget ? TextKey.kpiTargetMet : .kpiTarget
        target = data.target.map { localisation.text(targetKey, ["value": localisation.percent($0)]) }
        trend = data.trend.map { TrendMark(ratio: $0, against: compared) }
        spark = SparkLine(data.spark)
        notes = data.flags.compactMap { flag in
            Self.flagKey(flag, of: factor, reason: data.reason).map { localisation.text($0) }
        }
        let explains = factor == .availability
        self.planned = explains ? planned : nil
        stopped = explains ? localisation.duration(seconds: data.downtimeSeconds) : nil
        self.running = explains ? running : nil
    }

    static func reasonKey(_ code: String?) -> TextKey {
        switch code {
        case "no_planned_time": .reasonNoPlannedTime
        case "no_detections": .reasonNoDetections
        case "no_nominal_rate": .reasonNoNominalRate
        case "quality_not_measured": .reasonQualityNotMeasured
        case "input_missing": .reasonInputMissing
        case "no_running_time": .reasonNoRunningTime
        default: .reasonUnknown
        }
    }

    /// The note of a flag, on the one term it is about; nil elsewhere, and where the reason already says it.
    private static func flagKey(_ flag: String, of factor: Factor, reason: String?) -> TextKey? {
        guard flag != reason else { return nil }
        switch (flag, factor) {
        case ("no_planned_time", .oee): return .flagUnplannedLines
        case ("no_detections", .oee): return .flagNoDetections
        case ("no_nominal_rate", .performance): return .flagNoNominalRate
        case ("quality_not_measured", .quality): return .flagQualityNotMeasured
        case ("input_missing", .quality): return .flagInputMissing
        case ("quality_over_one", .quality): return .flagQualityOverOne
        case ("performance_over_one", .performance): return .flagPerformanceOverOne
        case ("continuous_schedule", .availability): return .flagContinuousSchedule
        case ("production_outside_plan", .oee): return .flagProductionOutsidePlan
        case ("unobserved", .availability): return .flagUnobserved
        default: return nil
        }
    }
}
