struct OEETrendData: Decodable {
    struct Bucket: Decodable {
        let start: String
        let end: String
        let label: String
        let availability: Double?
        let performance: Double?
        let quality: Double?
        let oee: Double?
        let downtimeSeconds: Double?
        let stops: Double?
        let totalProduction: Double?
        let target: Double?

        enum CodingKeys: String, CodingKey {
            case start
            case end
            case label
            case availability
            case performance
            case quality
            case oee
            case downtimeSeconds = "downtime_seconds"
            case stops
            case totalProduction = "total_production"
            case target
        }
    }

    let interval: String
    let buckets: [Bucket]
}

struct EntryOutputData: Decodable {
    struct Totals: Decodable {
        let input: Double
        let output: Double
        let scrap: Double
        let scrapShare: Double?

        enum CodingKeys: String, CodingKey {
            case input
            case output
            case scrap
            case scrapShare = "scrap_share"
        }
    }

    let interval: String
    let lineIDs: [Int64]
    let buckets: [BucketData]
    let input: [Double]
    let output: [Double]
    let difference: [Double]
    let totals: Totals

    enum CodingKeys: String, CodingKey {
        case interval
        case lineIDs = "line_ids"
        case buckets
        case input
        case output
        case difference
        case totals
    }
}

/// Columns of equal length, the newest stop first.
struct ScatterData: Decodable {
    let lineID: [Int64]
    let start: [String]
    /// On the plant's clock, with its fraction.
    let hour: [Double]
    let durationSeconds: [Double]
    let kind: [String]
    let source: [String]
    let incidentID: [Int64?]
    let failureName: [String?]
    let incidentName: [String?]
    let reason: [String?]
    let count: Double
    let more: Double

    enum CodingKeys: String, CodingKey {
        case lineID = "line_id"
        case start
        case hour
        case durationSeconds = "duration_seconds"
        case kind
        case source
        case incidentID = "incident_id"
        case failureName = "failure_name"
        case incidentName = "incident_name"
        case reason
        case count
        case more
    }
}
