/// Performance P (effectiveness): ideal time of what was produced in the time run, over lines that have a rate.
package enum Performance {
    /// Σ m / ΣAPT with m = min(ideal, APT) line by line, so 0…1.
    package static func figure(_ sums: IndicatorSums) -> Figure {
        quotient(sums.idealRunning, sums)
    }

    /// Σ ideal / ΣAPT, may be over 1.
    package static func raw(_ sums: IndicatorSums) -> Figure {
        quotient(sums.ideal, sums)
    }

    private static func quotient(_ seconds: Double, _ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        guard sums.ratedLines > 0 else { return .undefined(.noNominalRate) }
        guard sums.ratedRuntime > 0 else {
            return .undefined(sums.unratedPlannedLines > 0 ? .noNominalRate : .noRunningTime)
        }
        return .value(seconds / sums.ratedRuntime.seconds)
    }
}
