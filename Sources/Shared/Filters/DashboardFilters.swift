/// The values of all filters of a dashboard, as far as they can be judged without the plant's data.
package struct DashboardFilters: JSONBody, Hashable {
    /// Nil when none was given.
    package var period: PeriodRequest?
    package var lines: LineSelection
    package var plant: PlantID?
    package var shift: ShiftID?
    /// Count only these areas; nil: those whose units count as output.
    package var areas: [AreaID]?
    /// Count only these products; nil: all.
    package var products: [ProductID]?
    package var interval: BucketSize
    package var curve: CurveType
    package var thresholdSeconds: Int?
    /// Whether stops are marked in charts.
    package var showsDowntime: Bool
    package var highlightsPeaks: Bool
    package var search: String?

    /// Reads the fields of all filters; `fields` keeps every fault.
    package init(_ fields: inout JSONFields) {
        period = DateRangeFilter.read(&fields)
        lines = ProductionLineFilter.read(&fields)
        plant = fields.identifier(FilterKind.plant.parameter)
        shift = fields.identifier(FilterKind.shift.parameter)
        areas = AreaFilter.read(&fields, of: lines)
        products = ProductFilter.read(&fields)
        interval = fields.choice(FilterKind.interval.parameter, of: BucketSize.self) ?? .hour
        curve = fields.choice(FilterKind.curveType.parameter, of: CurveType.self) ?? .standard
        thresholdSeconds = DowntimeThresholdFilter.read(&fields)
        showsDowntime = fields.bool(FilterKind.showDowntime.parameter) ?? true
        highlightsPeaks = fields.bool(FilterKind.highlightPeaks.parameter) ?? false
        search = SearchFilter.read(&fields)
    }

    /// The question these filters ask over a period.
    package func analysis(over period: PeriodRequest) -> AnalysisQuery {
        AnalysisQuery(period: period, lines: lines, plant: plant, shift: shift, thresholdSeconds: thresholdSeconds)
    }
}
