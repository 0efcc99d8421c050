import ManufacturingKPI
import Shared

/// DowntimeTable: the newest stops of the period; how many older ones there are is told, never hidden.
struct DowntimeTable {
    private static let rows = 100

    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) {
        var listed: [(line: ProductionLine, stop: Stop)] = []
        var plannedTotal: Int64 = 0
        for (question, stops) in zip(dashboard.questions, dashboard.stops) {
            plannedTotal += question.facts.stops.analysis(planned: question.time.planned).plannedTotal
            for stop in stops { listed.append((question.line, stop)) }
        }
        listed.sort { ($0.stop.interval.start, $0.line.id) > ($1.stop.interval.start, $1.line.id) }
        let micro = listed.count { $0.stop.kind == .micro }
        json.object { json in
            json.key("items")
            json.array { json in
                for (line, stop) in listed.prefix(Self.rows) { DowntimeJSON.write(stop, of: line, to: &json) }
            }
            json.field("more", max(0, listed.count - Self.rows))
            json.field("count", listed.count - micro)
            json.field("micro_count", micro)
            json.field("total_seconds", seconds: listed.reduce(0) { $0 + $1.stop.duration })
            json.field("planned_total_seconds", seconds: plannedTotal)
        }
    }
}
