import Shared

/// A figure that is no term of the OEE, with what it is made of.
struct AmountTile: TileContent {
    struct Part {
        let name: String
        let value: String
    }

    let summary: String? = nil
    let number: String
    /// With the space before it, where its language wants one.
    let unit: String?
    /// Whether there is no figure; the reason then stands in its place.
    let isMissing: Bool
    /// Why there is no figure, or that there is nothing behind it.
    let reason: String?
    let trend: TrendMark?
    let parts: [Part]
    let notes: [String]
    let spark: SparkLine?

    /// Units of the period.
    ///
    /// - Parameter ofShift: whether a shift is chosen, which what is in plan and outside it then is about; the total is of
    ///   the whole period all the same.
    init(_ data: TotalProductionData, ofShift: Bool, _ compared: ComparedPeriod) {
        let localisation = compared.localisation
        number = localisation.integer(data.value)
        unit = "\u{A0}\(localisation.text(.productionUnits))"
        isMissing = false
        reason = data.value == 0 ? localisation.text(.productionEmpty) : nil
        trend = data.trend.map { TrendMark(amount: $0, against: compared) { localisation.integer($0) } }
        parts = [
            Part(
                name: localisation.text(ofShift ? .productionInShift : .productionGood),
                value: localisation.integer(data.good)),
            Part(
                name: localisation.text(ofShift ? .productionOutsideShift : .productionUnplanned),
                value: localisation.integer(data.unplanned)),
            Part(name: localisation.text(.productionScrap), value: localisation.integer(data.scrap)),
            Part(name: localisation.text(.productionWeight), value: localisation.kilograms(data.weightKilograms)),
        ]
        notes = ofShift && data.unplanned > 0 ? [localisation.text(.productionOfPeriod)] : []
        spark = SparkLine(data.spark)
    }

    /// Weight of the units of the period.
    init(_ data: TotalWeightData, _ compared: ComparedPeriod) {
        let localisation = compared.localisation
        number = localisation.decimal(data.value)
        unit = "\u{A0}kg"
        isMissing = false
        reason = data.units == 0 ? localisation.text(.productionEmpty) : nil
        trend = data.trend.map { TrendMark(amount: $0, against: compared) { localisation.kilograms($0) } }
        parts = [
            Part(name: localisation.text(.weightUnits), value: localisation.integer(data.units)),
            Part(
                name: localisation.text(.weightMean),
                value: data.meanWeightKilograms.map { localisation.kilograms($0, digits: 3) } ?? Localisation.noValue),
        ]
        let missing = data.productsWithoutWeight.count
        notes =
            missing > 0
            ? [localisation.count(missing, one: .weightMissingOne, other: .weightMissingOther)] : []
        spark = SparkLine(data.spark)
    }

    /// What was made by weight, in the shift where one is chosen, of what planned time would have made at the nominal rate.
    init(_ data: WeightEfficiencyData, ofShift: Bool, _ compared: ComparedPeriod) {
        let localisation = compared.localisation
        number = data.value.map(localisation.percentNumber) ?? Localisation.noValue
        unit = data.value == nil ? nil : localisation.percentSign
        isMissing = data.value == nil
        reason =
            data.value == nil
            ? localisation.text(KpiTile.reasonKey(data.reason)) : nil
        trend = data.trend.map { TrendMark(ratio: $0, against: compared) }
        parts = [
            Part(
                name: localisation.text(ofShift ? .weightInShift : .weightReal),
                value: isMissing ? Localisation.noValue : localisation.kilograms(data.weightKilograms))
        ]
        notes = [localisation.text(.weightEfficiencyWhy)]
        spark = SparkLine(data.spark)
    }

    /// Time and number of stops.
    init(_ data: TotalDowntimeData, _ compared: ComparedPeriod) {
        let localisation = compared.localisation
        func length(_ seconds: Double?) -> String {
            seconds.map { localisation.duration(seconds: $0) } ?? Localisation.noValue
        }
        number = localisation.duration(seconds: data.downtimeSeconds)
        unit = nil
        isMissing = false
        reason = data.value == 0 && data.microStops == 0 ? localisation.text(.downtimeEmpty) : nil
        trend = data.trend.map {
            TrendMark(amount: $0, against: compared) { localisation.duration(seconds: $0) }
        }
        parts = [
            Part(name: localisation.text(.amountStops), value: localisation.integer(data.value)),
            Part(name: localisation.text(.amountMicroStops), value: localisation.integer(data.microStops)),
            Part(name: localisation.text(.amountMeanStop), value: length(data.meanStopSeconds)),
            Part(name: localisation.text(.amountBetweenStops), value: length(data.betweenStopsSeconds)),
        ]
        notes = []
        spark = SparkLine(data.spark)
    }
}

extension TrendMark {
    /// Of an amount: the difference is a percentage of what was before, or the amount itself where that was nothing.
    init(amount trend: TrendData, against compared: ComparedPeriod, written: (Double) -> String) {
        let localisation = compared.localisation
        let size = abs(trend.difference)
        let difference = trend.previous > 0 ? localisation.percent(size / trend.previous) : written(size)
        self.init(trend, difference: difference, previous: written(trend.previous), against: compared)
    }

    /// Of a ratio: the difference is one of percentage points.
    init(ratio trend: TrendData, against compared: ComparedPeriod) {
        let localisation = compared.localisation
        let points = localisation.percentNumber(abs(trend.difference))
        self.init(
            trend,
            difference: localisation.text(.kpiPoints, ["value": points]),
            previous: localisation.percent(trend.previous),
            against: compared
        )
    }
}

struct TotalWeightData: Decodable {
    let value: Double
    let units: Double
    let meanWeightKilograms: Double?
    let productsWithoutWeight: [Int64]
    let trend: TrendData?
    let spark: [Double?]

    enum CodingKeys: String, CodingKey {
        case value
        case units
        case meanWeightKilograms = "mean_weight_kg"
        case productsWithoutWeight = "products_without_weight"
        case trend
        case spark
    }
}

struct WeightEfficiencyData: Decodable {
    let value: Double?
    let reason: String?
    let weightKilograms: Double
    let trend: TrendData?
    let spark: [Double?]

    enum CodingKeys: String, CodingKey {
        case value
        case reason
        case weightKilograms = "weight_kg"
        case trend
        case spark
    }
}

struct TotalDowntimeData: Decodable {
    let value: Double
    let microStops: Double
    let downtimeSeconds: Double
    let meanStopSeconds: Double?
    let betweenStopsSeconds: Double?
    let trend: TrendData?
    let spark: [Double?]

    enum CodingKeys: String, CodingKey {
        case value
        case microStops = "micro_stops"
        case downtimeSeconds = "downtime_seconds"
        case meanStopSeconds = "mttr_seconds"
        case betweenStopsSeconds = "mtbf_seconds"
        case trend
        case spark
    }
}
