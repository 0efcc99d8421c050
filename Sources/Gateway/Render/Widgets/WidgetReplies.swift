import Foundation
import Shared

/// The answer of a tenant's worker to a dashboard's question, as far as the page draws it.
struct DashboardReply: Decodable {
    let oee: WidgetReply<KpiData>?
    let availability: WidgetReply<KpiData>?
    let performance: WidgetReply<KpiData>?
    let quality: WidgetReply<KpiData>?
    let totalProduction: WidgetReply<TotalProductionData>?
    let productionTimeChart: WidgetReply<ProductionTimeChartData>?
    let downtimeTable: WidgetReply<DowntimeTableData>?
    let lineStatusIndicator: WidgetReply<LineStatusData>?
    let metadata: Metadata?

    struct Metadata: Decodable {
        struct Period: Decodable {
            let from: String?
            let to: String?
            let timezone: String?
        }

        struct LineCount: Decodable {
            let count: Int

            /// A number of lines, or the list of them.
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    count = number
                } else {
                    count = try container.decode([Int64].self).count
                }
            }
        }

        let period: Period?
        let linesQueried: LineCount?
        let totalDetections: Int?

        enum CodingKeys: String, CodingKey {
            case period
            case linesQueried = "lines_queried"
            case totalDetections = "total_detections"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            period = try? container.decodeIfPresent(Period.self, forKey: .period)
            linesQueried = try? container.decodeIfPresent(LineCount.self, forKey: .linesQueried)
            totalDetections = try? container.decodeIfPresent(Int.self, forKey: .totalDetections)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case widgets
        case metadata
    }

    private struct WidgetKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ kind: WidgetKind) { stringValue = kind.rawValue }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decodeIfPresent(Metadata.self, forKey: .metadata)
        let widgets = try container.nestedContainer(keyedBy: WidgetKey.self, forKey: .widgets)
        func reply<Body: Decodable>(_ kind: WidgetKind) -> WidgetReply<Body>? {
            guard widgets.contains(WidgetKey(kind)) else { return nil }
            // One tile that cannot be read shows its error; the others render.
            return (try? widgets.decode(WidgetReply<Body>.self, forKey: WidgetKey(kind)))
                ?? .failed(code: FaultCode.internal.rawValue)
        }
        oee = reply(.oee)
        availability = reply(.availability)
        performance = reply(.performance)
        quality = reply(.quality)
        totalProduction = reply(.totalProduction)
        productionTimeChart = reply(.productionTimeChart)
        downtimeTable = reply(.downtimeTable)
        lineStatusIndicator = reply(.lineStatusIndicator)
    }
}

/// A tile's data, or the code of what went wrong with it.
enum WidgetReply<Body: Decodable>: Decodable {
    case loaded(Body)
    case failed(code: String)

    private enum CodingKeys: String, CodingKey {
        case data
        case error
    }

    private struct Failure: Decodable {
        let code: String
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let failure = try container.decodeIfPresent(Failure.self, forKey: .error) {
            self = .failed(code: failure.code)
        } else {
            self = .loaded(try container.decode(Body.self, forKey: .data))
        }
    }
}

/// How a figure stands against the period before.
struct TrendData: Decodable {
    let direction: String
    let previous: Double
    let difference: Double
    let good: Bool?
}

struct KpiData: Decodable {
    let value: Double?
    let rawValue: Double?
    let reason: String?
    let plannedSeconds: Double
    let downtimeSeconds: Double
    let runtimeSeconds: Double
    let target: Double?
    let flags: [String]
    let trend: TrendData?
    let spark: [Double?]

    enum CodingKeys: String, CodingKey {
        case value
        case rawValue = "raw_value"
        case reason
        case plannedSeconds = "planned_seconds"
        case downtimeSeconds = "downtime_seconds"
        case runtimeSeconds = "runtime_seconds"
        case target
        case flags
        case trend
        case spark
    }
}

struct TotalProductionData: Decodable {
    let value: Double
    let good: Double
    let scrap: Double
    let unplanned: Double
    let weightKilograms: Double
    let trend: TrendData?
    let spark: [Double?]

    enum CodingKeys: String, CodingKey {
        case value
        case good
        case scrap
        case unplanned
        case weightKilograms = "weight_kg"
        case trend
        case spark
    }
}

struct ProductionTimeChartData: Decodable {
    struct Bucket: Decodable {
        let start: String
        let end: String
        let label: String
    }

    struct Series: Decodable {
        let name: String
        let color: String?
        let counts: [Double]
    }

    struct Stop: Decodable {
        let start: String
        let end: String?
        let kind: String
        let source: String
        let justified: Bool
        let reason: String?
    }

    let interval: String
    let timezone: String?
    let buckets: [Bucket]
    let series: [Series]
    let total: [Double]
    let stops: [Stop]
}

struct DowntimeTableData: Decodable {
    struct Item: Decodable {
        let lineID: Int64
        let lineCode: String
        let start: String
        let end: String?
        let durationSeconds: Double
        let plannedSeconds: Double
        let source: String
        let status: String
        let kind: String
        let incidentID: Int64?
        let reason: String?

        enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case start
            case end
            case durationSeconds = "duration_seconds"
            case plannedSeconds = "planned_seconds"
            case source
            case status
            case kind
            case incidentID = "incident_id"
            case reason
        }
    }

    let items: [Item]
    let more: Int
    let count: Int
    let microCount: Int
    let totalSeconds: Double
    let plannedTotalSeconds: Double

    enum CodingKeys: String, CodingKey {
        case items
        case more
        case count
        case microCount = "micro_count"
        case totalSeconds = "total_seconds"
        case plannedTotalSeconds = "planned_total_seconds"
    }
}

struct LineStatusData: Decodable {
    enum Status: String, Decodable {
        case running
        case waiting
        case stopped
        case idle
        case noData = "no_data"
    }

    struct Idle: Decodable {
        enum Kind: String, Decodable {
            case rest = "break"
            case closed
            case outsideShifts = "outside_shifts"
            case decommissioned
        }

        let kind: Kind
        let name: String?
        let until: String?
    }

    struct Line: Decodable {
        let lineID: Int64
        let lineCode: String
        let lineName: String
        let plantName: String
        let timezone: String
        let status: Status
        let since: String?
        let lastDetection: String?
        let idle: Idle?
        let thresholdSeconds: Double
        let registered: Bool

        enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case lineName = "line_name"
            case plantName = "plant_name"
            case timezone
            case status
            case since
            case lastDetection = "last_detection"
            case idle
            case thresholdSeconds = "threshold_seconds"
            case registered
        }
    }

    let lines: [Line]
    let now: String
}
