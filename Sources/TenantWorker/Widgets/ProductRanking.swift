import ManufacturingKPI
import Shared

/// ProductRanking: products by output, against the period before. A search leaves those it is found in with their ranks and shares
/// among all.
struct ProductRanking {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let amounts = try dashboard.products.get()
        let previous = try dashboard.previousProducts.get()
        json.object { json in
            json.field("unit", "units")
            json.key("items")
            json.array { json in
                for (index, item) in amounts.items.enumerated() where isFound(item) {
                    let before = previous.map { amounts in
                        amounts.items.first { $0.product == item.product }?.units ?? 0
                    }
                    json.object { json in
                        // Products of equal output share the better place.
                        let rank = amounts.items.firstIndex { $0.units == item.units } ?? index
                        json.field("rank", rank + 1)
                        ProductAmounts.write(item.product, dashboard.model, to: &json)
                        amounts.write(item, to: &json)
                        json.trend(
                            Trend(
                                current: Double(item.units),
                                previous: before.map(Double.init),
                                scale: .amount,
                                higherIsBetter: true
                            ), of: dashboard)
                    }
                }
            }
            json.field("total_units", amounts.units)
            json.field("total_weight_kg", Double(amounts.weightGrams) / 1_000)
        }
    }

    private func isFound(_ item: ProductAmounts.Item) -> Bool {
        guard let searched = dashboard.query.searched else { return true }
        let product = dashboard.model.product(item.product)
        return searched.isIn([product?.code, product?.name])
    }
}
