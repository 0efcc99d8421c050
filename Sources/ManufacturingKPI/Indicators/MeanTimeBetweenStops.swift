/// MTBF in seconds: APT / number of stops, micro-stops and remainders left out.
package enum MeanTimeBetweenStops {
    package static func figure(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        guard sums.stops > 0 else { return .undefined(.noStops) }
        return .value(sums.runtime.seconds / Double(sums.stops))
    }
}
