/// What adds up: the sums of one line or of many from which every indicator is taken. Times in microseconds.
package struct IndicatorSums: Hashable, Sendable {
    package var lines = 0
    package var calendar: Int64 = 0
    /// PBT.
    package var planned: Int64 = 0
    package var downtime: Int64 = 0
    /// Stopped time without a sign of life from the cameras.
    package var unobserved: Int64 = 0
    /// PQ.
    package var produced = 0
    /// GQ.
    package var good = 0
    package var totalProduction = 0
    package var unplannedProduction = 0
    package var weightGrams: Int64 = 0
    package var stops = 0
    package var microStops = 0
    package var stopDowntime: Int64 = 0

    /// PQ and GQ of dual lines, and how many of those have a measured quality.
    package var dualProduced = 0
    package var dualGood = 0
    package var measuredLines = 0
    var dualLinesWithoutInput = 0

    /// Lines with a rate: how many, their Σ PRI × PQ and m = min(ideal, APT) and m × Q in seconds, their APT, and how
    /// many have both m > 0 and a measured quality.
    package var ratedLines = 0
    package var ideal = 0.0
    package var ratedRuntime: Int64 = 0
    package var idealRunning = 0.0
    package var idealGood = 0.0
    var measuredRatedLines = 0

    /// Planned lines without a rate: a waterfall ends at their running time.
    var unratedPlannedLines = 0

    /// Lines whose own rate is known over their planned time: grams made and grams nominal.
    package var nominalGrams = 0.0
    package var ratedGrams: Int64 = 0

    /// APT.
    package var runtime: Int64 { planned - downtime }

    package init() {}

    package static func += (left: inout IndicatorSums, right: IndicatorSums) {
        left.lines += right.lines
        left.calendar += right.calendar
        left.planned += right.planned
        left.downtime += right.downtime
        left.unobserved += right.unobserved
        left.produced += right.produced
        left.good += right.good
        left.totalProduction += right.totalProduction
        left.unplannedProduction += right.unplannedProduction
        left.weightGrams += right.weightGrams
        left.stops += right.stops
        left.microStops += right.microStops
        left.stopDowntime += right.stopDowntime
        left.dualProduced += right.dualProduced
        left.dualGood += right.dualGood
        left.measuredLines += right.measuredLines
        left.dualLinesWithoutInput += right.dualLinesWithoutInput
        left.ratedLines += right.ratedLines
        left.ideal += right.ideal
        left.ratedRuntime += right.ratedRuntime
        left.idealRunning += right.idealRunning
        left.idealGood += right.idealGood
        left.measuredRatedLines += right.measuredRatedLines
        left.unratedPlannedLines += right.unratedPlannedLines
        left.nominalGrams += right.nominalGrams
        left.ratedGrams += right.ratedGrams
    }
}
