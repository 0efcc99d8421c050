import ManufacturingKPI
import Shared

/// KpiTotalProduction.
struct TotalProductionTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) {
        let current = dashboard.current
        json.object { json in
            json.field("value", current.sums.totalProduction)
            json.field("good", current.sums.good)
            json.field("scrap", current.scrap)
            json.field("unplanned", current.sums.unplannedProduction)
            json.field("weight_kg", current.weightKilograms)
            json.trend(
                Trend(
                    current: Double(current.sums.totalProduction),
                    previous: dashboard.previous.map { Double($0.sums.totalProduction) },
                    scale: .amount,
                    higherIsBetter: true
                ))
            json.key("spark")
            json.array { json in
                for part in dashboard.spark {
                    if let part { json.value(part.sums.totalProduction) } else { json.null() }
                }
            }
        }
    }
}
