/// The tiles a dashboard is made of. The raw value is the key in requests and answers.
package enum WidgetKind: String, CaseIterable, Sendable {
    case oee = "KpiOee"
    case availability = "KpiAvailability"
    case performance = "KpiPerformance"
    case quality = "KpiQuality"
    case totalProduction = "KpiTotalProduction"
    case productionTimeChart = "ProductionTimeChart"
    case downtimeTable = "DowntimeTable"
    case lineStatusIndicator = "LineStatusIndicator"

    /// What sort of tile it is, for whoever draws it.
    package var type: String {
        switch self {
        case .oee, .availability, .performance, .quality, .totalProduction: "kpi"
        case .productionTimeChart: "chart"
        case .downtimeTable: "table"
        case .lineStatusIndicator: "indicator"
        }
    }
}
