package import Shared

/// Everything one line's figures are made of, beside the time they are taken over.
package struct LineFacts: Sendable {
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
    }
}
