import ManufacturingKPI
import Shared

/// KpiTotalDowntime: how many stops and how long, against the period before. Fewer is better.
struct TotalDowntimeTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let current = try dashboard.current.get()
        let previous = try dashboard.previous.get()
        let spark = try dashboard.spark.get()
        json.object { json in
            json.field("value", current.sums.stops)
            json.field("unit", "stops")
            json.field("micro_stops", current.sums.microStops)
            json.field("downtime_seconds", seconds: current.sums.downtime)
            json.field("downtime_minutes", current.sums.downtime.seconds / 60)
            json.field("stop_seconds", seconds: current.sums.stopDowntime)
            json.field("planned_seconds", seconds: current.sums.planned)
            json.field("mttr_seconds", current.meanStop.value)
            json.field("mtbf_seconds", current.meanTimeBetweenStops.value)
            json.flags(current.flags)
            json.trend(
                Trend(
                    current: current.sums.downtime.seconds,
                    previous: previous.map { $0.sums.downtime.seconds },
                    scale: .amount,
                    higherIsBetter: false
                ), of: dashboard)
            json.trend(
                Trend(
                    current: Double(current.sums.stops),
                    previous: previous.map { Double($0.sums.stops) },
                    scale: .amount,
                    higherIsBetter: false
                ), of: dashboard,
                as: "stops_trend"
            )
            json.numbers("spark", spark.figures.map { $0?.sums.downtime.seconds })
        }
    }
}
