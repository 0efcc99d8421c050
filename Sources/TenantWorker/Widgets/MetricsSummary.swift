import ManufacturingKPI
import Shared

/// MetricsSummary: the totals of the period in one list.
struct MetricsSummary {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let current = try dashboard.current.get()
        let amounts = try dashboard.products.get()
        let sums = current.sums
        let reaches = dashboard.questions.compactMap { question in
            question.facts.counts.reach(in: question.time.all) { _ in true }
        }
        json.object { json in
            json.field("total_production", amounts.units)
            json.field("good", amounts.unitsInPlan)
            json.field("scrap", amounts.scrap)
            json.field("weight_kg", Double(amounts.weightGrams) / 1_000)
            json.field("products", amounts.items.count)
            json.field("total_detections", dashboard.totalDetections)
            json.field("planned_seconds", seconds: sums.planned)
            json.field("runtime_seconds", seconds: sums.runtime)
            json.field("downtime_seconds", seconds: sums.downtime)
            json.field(
                "units_per_planned_hour",
                sums.planned > 0 ? Double(amounts.unitsInPlan) / (sums.planned.seconds / 3_600) : nil
            )
            json.field("reason", sums.planned > 0 ? nil : UndefinedReason.noPlannedTime.rawValue)
            json.field("stops", sums.stops)
            json.field("micro_stops", sums.microStops)
            json.field("mtbf_seconds", current.meanTimeBetweenStops.value)
            json.field("mttr_seconds", current.meanStop.value)
            json.field("first_detection", reaches.map(\.first).min())
            json.field("last_detection", reaches.map(\.last).max())
            json.flags(current.flags)
        }
    }
}
