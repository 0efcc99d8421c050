import Foundation
import Shared

/// The answer of a tenant's worker to a dashboard's question.
struct DashboardReply: Decodable {
    /// What came for each tile asked for.
    let widgets: [WidgetKind: WidgetReply<WidgetData>]
    let metadata: Metadata?

    struct Metadata: Decodable {
        struct Period: Decodable {
            let from: String?
            let to: String?
            let timezone: String?

            /// Its ends, where all lines have the same.
            var instants: (from: Date, to: Date)? {
                guard let from = from.flatMap(PlantClock.instant), let to = to.flatMap(PlantClock.instant) else {
                    return nil
                }
                return (from, to)
            }
        }

        let period: Period?
        let totalDetections: Int?
        let now: String?
        let isMultiLine: Bool?

        enum CodingKeys: String, CodingKey {
            case period
            case totalDetections = "total_detections"
            case now
            case isMultiLine = "is_multi_line"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            period = try? container.decodeIfPresent(Period.self, forKey: .period)
            totalDetections = try? container.decodeIfPresent(Int.self, forKey: .totalDetections)
            isMultiLine = try? container.decodeIfPresent(Bool.self, forKey: .isMultiLine)
            now = try? container.decodeIfPresent(String.self, forKey: .now)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case widgets
        case metadata
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decodeIfPresent(Metadata.self, forKey: .metadata)
        let answers = try container.nestedContainer(keyedBy: WidgetKey.self, forKey: .widgets)
        var widgets: [WidgetKind: WidgetReply<WidgetData>] = [:]
        for kind in WidgetKind.allCases where answers.contains(WidgetKey(kind)) {
            // One tile that cannot be read shows its error; the others render.
            widgets[kind] = (try? WidgetData.reply(kind, in: answers)) ?? .failed(code: FaultCode.internal.rawValue)
        }
        self.widgets = widgets
    }
}

struct WidgetKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ kind: WidgetKind) { stringValue = kind.rawValue }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// What a tile is drawn from.
enum WidgetData {
    case ratio(KpiData, KpiTile.Factor)
    case totalProduction(TotalProductionData)
    case totalWeight(TotalWeightData)
    case weightEfficiency(WeightEfficiencyData)
    case totalDowntime(TotalDowntimeData)
    case productionTimeChart(ProductionTimeChartData)
    case productDistribution(ProductAmountsData)
    case productRanking(ProductAmountsData)
    case trend(OEETrendData)
    case hours(HourByHourData)
    case areas(AreaDetectionData)
    case entryOutput(EntryOutputData)
    case scatter(ScatterData)
    case downtimeTable(DowntimeTableData)
    case pareto(DowntimeParetoData)
    case waterfall(LossWaterfallData)
    case summary(MetricsSummaryData)
    case events(EventFeedData)
    case lineStatus(LineStatusData)

    fileprivate static func reply(
        _ kind: WidgetKind, in answers: KeyedDecodingContainer<WidgetKey>
    ) throws -> WidgetReply<WidgetData> {
        func reply<Body: Decodable>(_ data: (Body) -> WidgetData) throws -> WidgetReply<WidgetData> {
            try answers.decode(WidgetReply<Body>.self, forKey: WidgetKey(kind)).map(data)
        }
        switch kind {
        case .oee: return try reply { .ratio($0, .oee) }
        case .availability: return try reply { .ratio($0, .availability) }
        case .performance: return try reply { .ratio($0, .performance) }
        case .quality: return try reply { .ratio($0, .quality) }
        case .totalProduction: return try reply(WidgetData.totalProduction)
        case .productionTimeChart: return try reply(WidgetData.productionTimeChart)
        case .downtimeTable: return try reply(WidgetData.downtimeTable)
        case .lineStatusIndicator: return try reply(WidgetData.lineStatus)
        case .totalWeight: return try reply(WidgetData.totalWeight)
        case .weightEfficiency: return try reply(WidgetData.weightEfficiency)
        case .totalDowntime: return try reply(WidgetData.totalDowntime)
        case .productDistributionChart: return try reply(WidgetData.productDistribution)
        case .productRanking: return try reply(WidgetData.productRanking)
        case .oeeTrendChart: return try reply(WidgetData.trend)
        case .hourByHour: return try reply(WidgetData.hours)
        case .areaDetectionChart: return try reply(WidgetData.areas)
        case .entryOutputCompareChart: return try reply(WidgetData.entryOutput)
        case .scatterChart: return try reply(WidgetData.scatter)
        case .downtimePareto: return try reply(WidgetData.pareto)
        case .lossWaterfall: return try reply(WidgetData.waterfall)
        case .metricsSummary: return try reply(WidgetData.summary)
        case .eventFeed: return try reply(WidgetData.events)
        }
    }
}
