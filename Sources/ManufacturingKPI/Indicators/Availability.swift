/// Availability A = APT / PBT.
package enum Availability {
    package static func figure(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        return .value(Double(sums.runtime) / Double(sums.planned))
    }
}
