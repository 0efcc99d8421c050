import Shared

/// The figures that the explain panel takes apart.
enum ExplainedFigure {
    case oee
    case availability
    case performance
    case quality
    case totalProduction
    case totalWeight
    case weightEfficiency
    case totalDowntime

    /// Whether it counts the areas and products alone that are asked for; others are of all.
    var isOfSelectedUnits: Bool {
        switch self {
        case .totalProduction, .totalWeight: true
        case .oee, .availability, .performance, .quality, .weightEfficiency, .totalDowntime: false
        }
    }
}

extension WidgetKind {
    /// The figure of a tile; nil for one that shows states or events, detections of every area,
    /// or figures of another period than the view's.
    var explainedFigure: ExplainedFigure? {
        switch self {
        case .oee, .oeeTrendChart, .lossWaterfall: .oee
        case .availability: .availability
        case .performance: .performance
        case .quality, .entryOutputCompareChart: .quality
        case .totalProduction, .productionTimeChart, .productDistributionChart, .productRanking, .metricsSummary:
            .totalProduction
        case .totalWeight: .totalWeight
        case .weightEfficiency: .weightEfficiency
        case .totalDowntime, .downtimeTable, .downtimePareto, .scatterChart: .totalDowntime
        case .lineStatusIndicator, .hourByHour, .eventFeed, .areaDetectionChart: nil
        }
    }
}
