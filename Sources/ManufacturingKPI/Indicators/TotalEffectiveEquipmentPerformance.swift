/// TEEP = OEE × PBT / calendar time.
package enum TotalEffectiveEquipmentPerformance {
    package static func figure(effectiveness: Figure, _ sums: IndicatorSums) -> Figure {
        guard case .value(let effectiveness) = effectiveness else { return effectiveness }
        guard sums.calendar > 0 else { return .undefined(.noCalendarTime) }
        return .value(effectiveness * (Double(sums.planned) / Double(sums.calendar)))
    }
}
