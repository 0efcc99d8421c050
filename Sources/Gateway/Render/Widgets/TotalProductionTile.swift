/// Units of the period, and what they are made of.
struct TotalProductionTile {
    let number: String
    let isEmpty: Bool
    let good: String
    let scrap: String
    let unplanned: String
    let weight: String
    let trend: TrendMark?
    let spark: SparkLine?

    init(_ data: TotalProductionData, _ localisation: Localisation) {
        number = localisation.integer(data.value)
        isEmpty = data.value == 0
        good = localisation.integer(data.good)
        scrap = localisation.integer(data.scrap)
        unplanned = localisation.integer(data.unplanned)
        weight = localisation.text(.productionKilograms, ["value": localisation.decimal(data.weightKilograms)])
        spark = SparkLine(data.spark)
        trend = data.trend.map { trend in
            let difference =
                trend.previous > 0
                ? localisation.percent(abs(trend.difference) / trend.previous)
                : localisation.integer(abs(trend.difference))
            return TrendMark(
                trend,
                difference: difference,
                previous: localisation.integer(trend.previous),
                localisation
            )
        }
    }
}
