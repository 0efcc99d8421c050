/// The tiles a dashboard is made of. The raw value is the key in requests and answers.
package enum WidgetKind: String, CaseIterable, Sendable {
    case oee = "KpiOee"
    case availability = "KpiAvailability"
    case performance = "KpiPerformance"
    case quality = "KpiQuality"
    case productionTimeChart = "ProductionTimeChart"
    case productDistributionChart = "ProductDistributionChart"
    case productRanking = "ProductRanking"
    case totalProduction = "KpiTotalProduction"
    case totalWeight = "KpiTotalWeight"
    case weightEfficiency = "KpiWeightEfficiency"
    case totalDowntime = "KpiTotalDowntime"
    case lineStatusIndicator = "LineStatusIndicator"
    case oeeTrendChart = "OeeTrendChart"
    case hourByHour = "HourByHour"
    case areaDetectionChart = "AreaDetectionChart"
    case entryOutputCompareChart = "EntryOutputCompareChart"
    case scatterChart = "ScatterChart"
    case downtimeTable = "DowntimeTable"
    case downtimePareto = "DowntimePareto"
    case lossWaterfall = "LossWaterfall"
    case metricsSummary = "MetricsSummary"
    case eventFeed = "EventFeed"

    /// What sort of tile it is, for whoever draws it.
    package var type: String {
        switch self {
        case .oee, .availability, .performance, .quality, .totalProduction, .totalWeight, .weightEfficiency,
            .totalDowntime:
            "kpi"
        case .productionTimeChart, .productDistributionChart, .oeeTrendChart, .areaDetectionChart,
            .entryOutputCompareChart, .scatterChart, .downtimePareto, .lossWaterfall:
            "chart"
        case .productRanking, .hourByHour, .downtimeTable: "table"
        case .lineStatusIndicator, .metricsSummary: "indicator"
        case .eventFeed: "feed"
        }
    }
}
