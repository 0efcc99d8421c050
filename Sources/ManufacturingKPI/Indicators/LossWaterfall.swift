/// Where calendar time goes: calendar → planned → running → ideal → good. Microseconds; each step is the one before
/// less its loss, exactly.
package struct LossWaterfall: Hashable, Sendable {
    package let calendar: Int64
    package let planned: Int64
    package let running: Int64
    /// Time the nominal rate would have needed for what was produced, at most the running time; nil when a planned
    /// line has no rate.
    package let ideal: Int64?
    /// The part of `ideal` spent on good units; good / planned is the OEE.
    package let good: Int64?

    /// Time not planned; less than zero when a night shift taken whole reaches over the period.
    package var notPlanned: Int64 { calendar - planned }
    package var stopped: Int64 { planned - running }
    package var slower: Int64? { ideal.map { running - $0 } }
    package var rejected: Int64? {
        guard let ideal, let good else { return nil }
        return ideal - good
    }

    /// Of one line or of a total.
    package init(_ indicators: LineIndicators) {
        let sums = indicators.sums
        calendar = sums.calendar
        planned = sums.planned
        running = sums.runtime
        if sums.unratedPlannedLines > 0 {
            ideal = nil
            good = nil
        } else {
            // None is negative; `rounded()` would need the C library's mathematics, which nothing here links.
            ideal = Int64(sums.idealRunning * 1_000_000 + 0.5)
            good = Int64(sums.idealGood * 1_000_000 + 0.5)
        }
    }
}
