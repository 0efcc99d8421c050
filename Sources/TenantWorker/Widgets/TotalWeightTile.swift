import ManufacturingKPI
import Shared

/// KpiTotalWeight: kilograms of all units of the period, as areas and products are filtered.
struct TotalWeightTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let amounts = try dashboard.products.get()
        let previous = try dashboard.previousProducts.get()
        let spark = try dashboard.spark.get()
        let weight = Double(amounts.weightGrams) / 1_000
        json.object { json in
            json.field("value", weight)
            json.field("unit", "kg")
            json.field("units", amounts.units)
            json.field("mean_weight_kg", amounts.units > 0 ? weight / Double(amounts.units) : nil)
            json.key("products_without_weight")
            json.array { json in
                for item in amounts.items where item.weightGrams == 0 { json.value(item.product.rawValue) }
            }
            json.trend(
                Trend(
                    current: weight,
                    previous: previous.map { Double($0.weightGrams) / 1_000 },
                    scale: .amount,
                    higherIsBetter: true
                ), of: dashboard)
            json.numbers("spark", spark.grams.map { $0.map { Double($0) / 1_000 } })
        }
    }
}
