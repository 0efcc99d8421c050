/// Which figures are asked for: when, of which lines, in which shift, with which threshold.
package struct AnalysisQuery: Hashable, Sendable {
    package var period: PeriodRequest
    package var lines: LineSelection
    /// Narrows `lines` to one plant.
    package var plant: PlantID?
    /// Nil: the whole planned time, whatever the shift.
    package var shift: ShiftID?
    /// Replaces the lines' own thresholds for this question; 1…86 400. Nil: their own.
    package var thresholdSeconds: Int?

    package init(
        period: PeriodRequest,
        lines: LineSelection,
        plant: PlantID? = nil,
        shift: ShiftID? = nil,
        thresholdSeconds: Int? = nil
    ) {
        self.period = period
        self.lines = lines
        self.plant = plant
        self.shift = shift
        self.thresholdSeconds = thresholdSeconds
    }

    package static let thresholdSeconds = 1...86_400
}

/// What a series of production is split by.
package enum ProductionSplit: String, CaseIterable, Sendable {
    case product
    case area
    case line
    case none
}
