import Shared

/// ProductDistributionChart: each product's part of the units and of the weight.
struct ProductDistributionChart {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let amounts = try dashboard.products.get()
        json.object { json in
            json.field("unit", "units")
            json.key("items")
            json.array { json in
                for item in amounts.items {
                    json.object { json in
                        ProductAmounts.write(item.product, dashboard.model, to: &json)
                        amounts.write(item, to: &json)
                    }
                }
            }
            json.field("total_units", amounts.units)
            json.field("total_weight_kg", Double(amounts.weightGrams) / 1_000)
        }
    }
}
