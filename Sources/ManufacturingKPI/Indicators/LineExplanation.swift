package import Shared

/// The counts one line's figures are made of, each with the version of a weight or rate it counts by.
package struct LineExplanation: Sendable {
    /// Units one area saw of one product.
    package struct Count: Hashable, Sendable {
        package let area: AreaID
        package let areaType: AreaType
        package let product: ProductID
        /// In the time in which production counts as produced and good.
        package let inPlan: Int
        /// In the period and in all that time.
        package let total: Int
    }

    /// Output made while one weight held.
    package struct Weighing: Hashable, Sendable {
        package let interval: Interval
        /// Grams per unit.
        package let grams: Int64
        package let output: Int
        /// Those of the selected shift; nil without one.
        package let inShift: Int?
    }

    /// Units produced while one rate held.
    package struct Rating: Hashable, Sendable {
        package let interval: Interval
        /// Units per minute of the product on this line; nil where the line's own rate holds.
        package let productRate: Double?
        /// Units per minute of the line; nil where it is not known.
        package let lineRate: Double?
        package let produced: Int
        /// Σ PRI × PQ of these units in seconds; nil without a rate.
        package let idealSeconds: Double?
    }

    /// What one product adds to weight and ideal time.
    package struct Product: Sendable {
        package let product: ProductID
        /// Without gaps over the time that counts.
        package let weighings: [Weighing]
        /// The same.
        package let ratings: [Rating]
    }

    /// In the order of the line's series; areas that saw nothing are left out.
    package let counts: [Count]
    /// By product.
    package let products: [Product]

    /// - Throws: when the period cuts a minute whose exact counts are missing.
    package init(of facts: LineFacts, over time: LinePeriod) throws(CountsFault) {
        let counts = facts.counts
        let inPlan = try CountedTime(time.counted, counts: counts)
        let all = try CountedTime(time.all, counts: counts)
        var seen: [Count] = []
        for index in counts.series.indices {
            let series = counts.series[index]
            let count = Count(
                area: series.area, areaType: series.areaType, product: series.product,
                inPlan: inPlan.detections(of: index, in: counts), total: all.detections(of: index, in: counts)
            )
            if count.total > 0 { seen.append(count) }
        }
        self.counts = seen
        var products: [Product] = []
        for product in Set(seen.map(\.product)).sorted() {
            let terms = facts.products.first { $0.product == product } ?? ProductTerms(product: product)
            products.append(
                Product(
                    product: product, weighings: try Self.weighings(of: terms, facts, time),
                    ratings: try Self.ratings(of: terms, facts, time)
                )
            )
        }
        self.products = products
    }

    private static func weighings(
        of terms: ProductTerms, _ facts: LineFacts, _ time: LinePeriod
    ) throws(CountsFault) -> [Weighing] {
        var result: [Weighing] = []
        for piece in time.hull.split(at: terms.weight.changes(within: time.hull)) {
            func output(in set: IntervalSet) throws(CountsFault) -> Int {
                try facts.counts.detections(in: set.intersection(piece)) { series in
                    series.product == terms.product && series.areaType == .output
                }
            }
            result.append(
                Weighing(
                    interval: piece, grams: terms.weight.value(at: piece.start) ?? 0, output: try output(in: time.all),
                    inShift: time.isOfShift ? try output(in: time.counted) : nil))
        }
        return result
    }

    private static func ratings(
        of terms: ProductTerms, _ facts: LineFacts, _ time: LinePeriod
    ) throws(CountsFault) -> [Rating] {
        let type: AreaType = facts.isDual ? .input : .output
        let hull = time.hull
        let changes = facts.settings.versions.changes(within: hull) + terms.idealRate.changes(within: hull)
        var result: [Rating] = []
        for piece in hull.split(at: changes) {
            let produced = try facts.counts.detections(in: time.counted.intersection(piece)) { series in
                series.product == terms.product && series.areaType == type
            }
            let productRate = terms.knownRate(at: piece.start)
            let lineRate = facts.settings.version(at: piece.start).knownRate
            result.append(
                Rating(
                    interval: piece, productRate: productRate, lineRate: lineRate, produced: produced,
                    idealSeconds: (productRate ?? lineRate).map { Double(60 * produced) / $0 }
                )
            )
        }
        return result
    }
}
