/// The filters of the dashboard. The raw value is the key in paths and answers.
package enum FilterKind: String, CaseIterable, Sendable {
    case dateRange = "DateRangeFilter"
    case productionLine = "ProductionLineFilter"
    case shift = "ShiftFilter"
    case area = "AreaFilter"
    case product = "ProductFilter"
    case interval = "IntervalFilter"
    case curveType = "CurveTypeFilter"
    case downtimeThreshold = "DowntimeThresholdFilter"
    case showDowntime = "ShowDowntimeFilter"
    case highlightPeaks = "HighlightPeaksFilter"
    case search = "SearchFilter"
    case plant = "PlantFilter"

    /// The field of a request that carries its value.
    package var parameter: String {
        switch self {
        case .dateRange: "daterange"
        case .productionLine: "line_id"
        case .shift: "shift_id"
        case .area: "area_ids"
        case .product: "product_ids"
        case .interval: "interval"
        case .curveType: "curve_type"
        case .downtimeThreshold: "downtime_threshold"
        case .showDowntime: "show_downtime"
        case .highlightPeaks: "highlight_peaks"
        case .search: "search"
        case .plant: "plant_id"
        }
    }

    /// How its value is chosen.
    package enum Control: String, Sendable {
        case dateRange = "date_range"
        /// One of its options.
        case choice
        /// Any number of its options.
        case choices
        case integer
        case boolean
        case text
    }

    package var control: Control {
        switch self {
        case .dateRange: .dateRange
        case .productionLine, .shift, .interval, .curveType, .plant: .choice
        case .area, .product: .choices
        case .downtimeThreshold: .integer
        case .showDowntime, .highlightPeaks: .boolean
        case .search: .text
        }
    }

    package var hasOptions: Bool {
        switch control {
        case .choice, .choices: true
        case .dateRange, .integer, .boolean, .text: false
        }
    }

    /// The filters whose values narrow the options of this one. An area cannot be chosen without its line.
    package var dependencies: [FilterKind] {
        switch self {
        case .productionLine: [.plant]
        case .shift: [.plant, .productionLine]
        case .area: [.productionLine]
        case .dateRange, .product, .interval, .curveType, .downtimeThreshold, .showDowntime, .highlightPeaks, .search,
            .plant:
            []
        }
    }

    package var isRequired: Bool { self == .dateRange }
}
