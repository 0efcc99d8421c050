/// Real output weight over the weight the nominal rate would give in the planned time, at the mean weight of a unit. With
/// a shift selected its output alone is weighed, as its planned time alone is compared with.
///
/// Over lines whose own rate is known throughout their planned time; a line without output weighs nothing on either
/// side. May be over 1.
package enum WeightEfficiency {
    package static func figure(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        guard sums.nominalGrams > 0 else {
            return .undefined(sums.ratedLines == 0 ? .noNominalRate : .noOutput)
        }
        return .value(Double(sums.ratedGrams) / sums.nominalGrams)
    }
}
