/// How a figure compares with the period before.
package struct Trend: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        case up
        case down
        case stable
    }

    /// What counts as no change.
    package enum Scale: Hashable, Sendable {
        /// A quotient 0…1: less than 0.1 points of a percentage.
        case ratio
        /// An amount: less than 0.5 % of the previous value.
        case amount
    }

    package let direction: Direction
    package let previous: Double
    /// Current less previous.
    package let difference: Double
    /// Nil when stable.
    package let isGood: Bool?

    /// Nil when either period has no value.
    ///
    /// - Parameter higherIsBetter: false for stops, their time and scrap.
    package init?(current: Double?, previous: Double?, scale: Scale, higherIsBetter: Bool) {
        guard let current, let previous else { return nil }
        self.previous = previous
        difference = current - previous
        let isStable: Bool
        switch scale {
        // Differences of decimals miss 0.001 by a few units in the last place; a true change of it is a change.
        case .ratio: isStable = abs(difference) < 0.001 - 1e-12
        case .amount: isStable = difference == 0 || abs(difference) < 0.005 * abs(previous) * (1 - 1e-12)
        }
        if isStable {
            direction = .stable
            isGood = nil
        } else {
            direction = difference > 0 ? .up : .down
            isGood = (difference > 0) == higherIsBetter
        }
    }
}
