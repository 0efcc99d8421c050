package import Shared

/// Everything one line's figures are made of, beside the time they are taken over.
///
/// A class because every figure of a request holds it: it is shared, never copied nor changed.
package final class LineFacts: Sendable {
    /// It has both input and output areas.
    package let isDual: Bool
    package let settings: LineSettings
    /// Terms of the products, in any order; a product without weighs nothing and has no rate of its own.
    package let products: [ProductTerms]
    package let counts: LineCounts
    package let stops: StopTimeline
    /// No shift applies to the line, so all its time is planned; false with a shift selected.
    package let isContinuous: Bool
    /// Time in which the line was watched and no sign of life came.
    package let unobserved: IntervalSet
    /// The products that any series counts, by id.
    let counted: [CountedProduct]
    /// Rates and weights are the same at every instant.
    let isConstant: Bool

    /// One product of the line with the places of its series.
    struct CountedProduct: Sendable {
        let terms: ProductTerms
        let series: [Int]
    }

    package init(
        isDual: Bool, settings: LineSettings, products: [ProductTerms], counts: LineCounts, stops: StopTimeline,
        isContinuous: Bool = false, unobserved: IntervalSet = IntervalSet()
    ) {
        self.isDual = isDual
        self.settings = settings
        self.products = products
        self.counts = counts
        self.stops = stops
        self.isContinuous = isContinuous
        self.unobserved = unobserved
        var series: [ProductID: [Int]] = [:]
        for index in counts.series.indices { series[counts.series[index].product, default: []].append(index) }
        counted = series.keys.sorted().map { product in
            CountedProduct(
                terms: products.first { $0.product == product } ?? ProductTerms(product: product),
                series: series[product] ?? []
            )
        }
        isConstant =
            settings.versions.starts.count == 1
            && counted.allSatisfy { $0.terms.weight.isConstant && $0.terms.idealRate.isConstant }
    }
}
