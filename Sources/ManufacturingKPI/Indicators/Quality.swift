/// Quality Q: good units of those that entered, over dual lines; undefined counts as 1 in the OEE.
package enum Quality {
    /// Of lines with a rate weighted by m = min(ideal, APT), 1 where not measured; plain ΣGQ / ΣPQ of dual lines
    /// when there is no such weight. Undefined when none of the lines it is taken from measures it. 0…1.
    package static func figure(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        if sums.lines > 1, sums.idealRunning > 0 {
            guard sums.measuredRatedLines > 0 else { return .undefined(reason(sums)) }
            return Figure.value(sums.idealGood / sums.idealRunning).clamped
        }
        return raw(sums).clamped
    }

    /// ΣGQ / ΣPQ of dual lines, may be over 1.
    package static func raw(_ sums: IndicatorSums) -> Figure {
        guard sums.planned > 0 else { return .undefined(.noPlannedTime) }
        guard sums.measuredLines > 0, sums.dualProduced > 0 else { return .undefined(reason(sums)) }
        return .value(Double(sums.dualGood) / Double(sums.dualProduced))
    }

    /// Q of a single line, to its last bit the plain quotient: nil when it is not measured.
    static func ofLine(isDual: Bool, produced: Int, good: Int) -> Double? {
        guard isDual, produced > 0 else { return nil }
        return min(Double(good) / Double(produced), 1)
    }

    private static func reason(_ sums: IndicatorSums) -> UndefinedReason {
        sums.dualLinesWithoutInput > 0 ? .inputMissing : .qualityNotMeasured
    }
}
