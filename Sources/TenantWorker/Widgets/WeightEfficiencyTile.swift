import ManufacturingKPI
import Shared

/// KpiWeightEfficiency: real over nominal weight. Areas and products do not filter it.
struct WeightEfficiencyTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let current = try dashboard.current.get()
        let previous = try dashboard.previous.get()
        let spark = try dashboard.spark.get()
        json.object { json in
            json.field("value", current.weightEfficiency.value)
            json.field("unit", "ratio")
            json.field("reason", current.weightEfficiency.reason?.rawValue)
            json.field("weight_kg", Double(current.sums.ratedGrams) / 1_000)
            json.flags(current.flags)
            json.trend(
                Trend(
                    current: current.weightEfficiency.value,
                    previous: previous?.weightEfficiency.value,
                    scale: .ratio,
                    higherIsBetter: true
                ), of: dashboard)
            json.numbers("spark", spark.figures.map { $0?.weightEfficiency.value })
        }
    }
}
