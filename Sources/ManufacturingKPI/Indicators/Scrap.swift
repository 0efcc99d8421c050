/// Scrap in units: what entered dual lines and did not come out good, on the sums.
package enum Scrap {
    package static func units(_ sums: IndicatorSums) -> Int {
        max(0, sums.dualProduced - sums.dualGood)
    }
}
