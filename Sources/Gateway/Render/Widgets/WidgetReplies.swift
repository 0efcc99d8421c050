/// A tile's data, or the code of what went wrong with it.
enum WidgetReply<Body> {
    case loaded(Body)
    case failed(code: String)

    /// The same with other data.
    func map<Other>(_ transform: (Body) -> Other) -> WidgetReply<Other> {
        switch self {
        case .loaded(let body): .loaded(transform(body))
        case .failed(let code): .failed(code: code)
        }
    }
}

extension WidgetReply: Sendable where Body: Sendable {}

extension WidgetReply: Decodable where Body: Decodable {
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
    /// What is compared with; without ends where lines differ in it.
    let period: DashboardReply.Metadata.Period?
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
    let buckets: [BucketData]
    let series: [Series]
    let total: [Double]
    /// Places among the buckets.
    let peaks: [Int]?
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
        let failureName: String?
        let incidentName: String?
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
            case failureName = "failure_name"
            case incidentName = "incident_name"
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
