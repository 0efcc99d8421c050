/// MTTR in seconds: downtime of the stops / their number, micro-stops and remainders left out.
package enum MeanStop {
    package static func figure(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        guard sums.stops > 0 else { return .undefined(.noStops) }
        return .value(sums.stopDowntime.seconds / Double(sums.stops))
    }
}
