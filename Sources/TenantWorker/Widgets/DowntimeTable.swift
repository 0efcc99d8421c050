import ManufacturingKPI
import Shared

/// DowntimeTable: the newest stops of the period; how many older ones there are is told, never hidden.
struct DowntimeTable {
    static let rows = 100

    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let stops = try dashboard.stops.get()
        var plannedTotal: Int64 = 0
        var total: Int64 = 0
        var micro = 0
        for question in dashboard.questions {
            let analysis = question.facts.stops.analysis(planned: question.time.planned)
            plannedTotal += analysis.plannedTotal
            total += analysis.totalDuration
            micro += analysis.microStops
        }
        json.object { json in
            json.key("items")
            json.array { json in
                for (line, stop) in stops.newest(Self.rows) {
                    DowntimeJSON.write(stop, of: dashboard.questions[line].line, to: &json)
                }
            }
            json.field("more", max(0, stops.count - Self.rows))
            json.field("count", stops.count - micro)
            json.field("micro_count", micro)
            json.field("total_seconds", seconds: total)
            json.field("planned_total_seconds", seconds: plannedTotal)
        }
    }
}
