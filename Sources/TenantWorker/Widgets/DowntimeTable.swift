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
        let shown = try dashboard.stops.get().newest(Self.rows)
        var total: Int64 = 0
        for question in dashboard.questions {
            total += question.facts.stops.analysis(planned: question.time.planned).totalDuration
        }
        let sums = try dashboard.current.get().sums
        json.object { json in
            json.key("items")
            json.array { json in
                for (line, stop) in shown {
                    DowntimeJSON.write(stop, of: dashboard.questions[line].line, to: &json)
                }
            }
            json.field("more", sums.stops + sums.microStops - shown.count)
            json.field("count", sums.stops)
            json.field("micro_count", sums.microStops)
            json.field("total_seconds", seconds: total)
            json.field("planned_total_seconds", seconds: sums.downtime)
        }
    }
}
