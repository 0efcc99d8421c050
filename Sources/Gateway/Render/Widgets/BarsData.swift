/// The output by product, the most first; in a ranking each has its place.
struct ProductAmountsData: Decodable {
    struct Item: Decodable {
        let rank: Int?
        let productID: Int64
        let productCode: String?
        let name: String?
        let color: String?
        let units: Double
        let share: Double?
        let weightKilograms: Double
        let weightShare: Double?
        let trend: TrendData?

        /// Its name, or what else there is.
        var shownName: String { name ?? productCode ?? "\(productID)" }

        enum CodingKeys: String, CodingKey {
            case rank
            case productID = "product_id"
            case productCode = "product_code"
            case name
            case color
            case units
            case share
            case weightKilograms = "weight_kg"
            case weightShare = "weight_share"
            case trend
        }
    }

    let items: [Item]
    let totalUnits: Double
    let totalWeightKilograms: Double

    enum CodingKeys: String, CodingKey {
        case items
        case totalUnits = "total_units"
        case totalWeightKilograms = "total_weight_kg"
    }
}

struct AreaDetectionData: Decodable {
    struct Item: Decodable {
        let name: String
        let areaType: String
        let lineID: Int64
        let lineCode: String
        let detections: Double
        let share: Double?

        enum CodingKeys: String, CodingKey {
            case name
            case areaType = "area_type"
            case lineID = "line_id"
            case lineCode = "line_code"
            case detections
            case share
        }
    }

    let items: [Item]
    let totalDetections: Double

    enum CodingKeys: String, CodingKey {
        case items
        case totalDetections = "total_detections"
    }
}

struct DowntimeParetoData: Decodable {
    struct Entry: Decodable {
        let category: String
        let failureName: String?
        let incidentName: String?
        let downtimeSeconds: Double
        let stops: Double
        let microStops: Double
        let share: Double?
        let cumulativeShare: Double?

        enum CodingKeys: String, CodingKey {
            case category
            case failureName = "failure_name"
            case incidentName = "incident_name"
            case downtimeSeconds = "downtime_seconds"
            case stops
            case microStops = "micro_stops"
            case share
            case cumulativeShare = "cumulative_share"
        }
    }

    let downtimeSeconds: Double
    let failures: [Entry]
    let incidents: [Entry]

    enum CodingKeys: String, CodingKey {
        case downtimeSeconds = "downtime_seconds"
        case failures
        case incidents
    }
}

struct LossWaterfallData: Decodable {
    struct Step: Decodable {
        let key: String
        let kind: String
        let hours: Double?
    }

    let steps: [Step]
    let reason: String?
    let oee: Double?
}
