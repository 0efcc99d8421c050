import ManufacturingKPI
import Shared

/// KpiTotalProduction: all units of the period, as areas and products are filtered.
struct TotalProductionTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let amounts = try dashboard.products.get()
        let previous = try dashboard.previousProducts.get()
        let spark = try dashboard.spark.get()
        json.object { json in
            json.field("value", amounts.units)
            json.field("unit", "units")
            json.field("good", amounts.unitsInPlan)
            json.field("scrap", amounts.scrap)
            json.field("unplanned", amounts.units - amounts.unitsInPlan)
            json.field("weight_kg", Double(amounts.weightGrams) / 1_000)
            json.trend(
                Trend(
                    current: Double(amounts.units),
                    previous: previous.map { Double($0.units) },
                    scale: .amount,
                    higherIsBetter: true
                ), of: dashboard)
            json.counts("spark", spark.units)
        }
    }
}
