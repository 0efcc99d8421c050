/// What a reader of figures has to know about them.
package struct IndicatorFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let noPlannedTime = IndicatorFlags(rawValue: 1 << 0)
    package static let noDetections = IndicatorFlags(rawValue: 1 << 1)
    package static let qualityNotMeasured = IndicatorFlags(rawValue: 1 << 2)
    package static let inputMissing = IndicatorFlags(rawValue: 1 << 3)
    package static let noNominalRate = IndicatorFlags(rawValue: 1 << 4)
    package static let qualityOverOne = IndicatorFlags(rawValue: 1 << 5)
    package static let performanceOverOne = IndicatorFlags(rawValue: 1 << 6)
    package static let continuousSchedule = IndicatorFlags(rawValue: 1 << 7)
    package static let productionOutsidePlan = IndicatorFlags(rawValue: 1 << 8)
    /// Stopped time in which the line was watched and no sign of life came.
    package static let unobserved = IndicatorFlags(rawValue: 1 << 9)
    /// The request filters products or areas, which these figures ignore; set by whoever knows the request.
    package static let filtersIgnored = IndicatorFlags(rawValue: 1 << 10)

    private static let all: [(flag: IndicatorFlags, name: String)] = [
        (noPlannedTime, "no_planned_time"), (noDetections, "no_detections"),
        (qualityNotMeasured, "quality_not_measured"), (inputMissing, "input_missing"),
        (noNominalRate, "no_nominal_rate"), (qualityOverOne, "quality_over_one"),
        (performanceOverOne, "performance_over_one"), (continuousSchedule, "continuous_schedule"),
        (productionOutsidePlan, "production_outside_plan"), (unobserved, "unobserved"),
        (filtersIgnored, "filters_ignored"),
    ]

    /// The names as they are sent, always in the same order.
    package var names: [String] {
        Self.all.filter { contains($0.flag) }.map(\.name)
    }
}
