package import Shared

/// What one product weighs, and how fast a line ideally makes it, by date.
package struct ProductTerms: Sendable {
    package let product: ProductID
    /// Grams per unit.
    package let weight: EffectiveDated<Int64>
    /// Units per minute on this line; not positive means the line's own rate holds.
    package let idealRate: EffectiveDated<Double>

    package init(
        product: ProductID, weight: EffectiveDated<Int64> = EffectiveDated([]),
        idealRate: EffectiveDated<Double> = EffectiveDated([])
    ) {
        self.product = product
        self.weight = weight
        self.idealRate = idealRate
    }

    /// The product's own rate when one is known at that instant.
    func knownRate(at instant: Instant) -> Double? {
        guard let rate = idealRate.value(at: instant), rate > 0 else { return nil }
        return rate
    }
}
