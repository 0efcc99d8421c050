import Shared

/// The totals of the period in one list.
struct SummaryTile: TileContent {
    struct Part {
        let name: String
        let value: String
    }

    let summary: String? = nil
    let parts: [Part]

    init(_ data: MetricsSummaryData, _ context: TileContext) {
        let localisation = context.localisation
        func length(_ seconds: Double?) -> String {
            seconds.map { localisation.duration(seconds: $0) } ?? Localisation.noValue
        }
        func moment(_ text: String?) -> String {
            text.flatMap(PlantClock.instant).map { context.clock.moment($0) } ?? Localisation.noValue
        }
        let perHour = data.unitsPerPlannedHour.map { localisation.decimal($0) } ?? Localisation.noValue
        let parts: [(TextKey, String)] = [
            (.weightUnits, localisation.integer(data.totalProduction)),
            (.productionGood, localisation.integer(data.good)),
            (.productionScrap, localisation.integer(data.scrap)),
            (.productionWeight, localisation.kilograms(data.weightKilograms)),
            (.summaryProducts, localisation.integer(data.products)),
            (.areaDetections, localisation.integer(data.totalDetections)),
            (.summaryPerHour, perHour),
            (.kpiPlanned, length(data.plannedSeconds)),
            (.kpiRunning, length(data.runtimeSeconds)),
            (.kpiStopped, length(data.downtimeSeconds)),
            (.amountStops, localisation.integer(data.stops)),
            (.amountMicroStops, localisation.integer(data.microStops)),
            (.amountMeanStop, length(data.meanStopSeconds)),
            (.amountBetweenStops, length(data.betweenStopsSeconds)),
            (.summaryFirst, moment(data.firstDetection)),
            (.summaryLast, moment(data.lastDetection)),
        ]
        self.parts = parts.map { Part(name: localisation.text($0.0), value: $0.1) }
    }
}

struct MetricsSummaryData: Decodable {
    let totalProduction: Double
    let good: Double
    let scrap: Double
    let weightKilograms: Double
    let products: Double
    let totalDetections: Double
    let plannedSeconds: Double
    let runtimeSeconds: Double
    let downtimeSeconds: Double
    let unitsPerPlannedHour: Double?
    let stops: Double
    let microStops: Double
    let betweenStopsSeconds: Double?
    let meanStopSeconds: Double?
    let firstDetection: String?
    let lastDetection: String?

    enum CodingKeys: String, CodingKey {
        case totalProduction = "total_production"
        case good
        case scrap
        case weightKilograms = "weight_kg"
        case products
        case totalDetections = "total_detections"
        case plannedSeconds = "planned_seconds"
        case runtimeSeconds = "runtime_seconds"
        case downtimeSeconds = "downtime_seconds"
        case unitsPerPlannedHour = "units_per_planned_hour"
        case stops
        case microStops = "micro_stops"
        case betweenStopsSeconds = "mtbf_seconds"
        case meanStopSeconds = "mttr_seconds"
        case firstDetection = "first_detection"
        case lastDetection = "last_detection"
    }
}
