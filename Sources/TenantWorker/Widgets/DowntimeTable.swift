import ManufacturingKPI
import Shared

/// DowntimeTable: the newest stops of the period; how many older ones there are is told, never hidden. With a search those among
/// the newest thousand that it is found in.
struct DowntimeTable {
    static let rows = 100

    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let query = dashboard.query
        let isSearched = query.searched != nil || query.isSearchedByCaller
        let looked = try dashboard.stops.get().newest(isSearched ? StopList.most : Self.rows)
        var total: Int64 = 0
        for question in dashboard.questions {
            total += question.facts.stops.analysis(planned: question.time.planned).totalDuration
        }
        let sums = try dashboard.current.get().sums
        let names = IncidentNames(dashboard.model)
        let found = query.searched.map { searched in
            looked.filter { searched.isIn(cells(of: $0.stop, line: $0.line, names)) }
        }
        let shown = (found ?? Array(looked)).prefix(query.isSearchedByCaller ? StopList.most : Self.rows)
        json.object { json in
            json.key("items")
            json.array { json in
                for (line, stop) in shown {
                    DowntimeJSON.write(stop, of: dashboard.questions[line].line, named: names, to: &json)
                }
            }
            // Those that were too old to be looked at, and those found that have no room.
            let old = sums.stops + sums.microStops - looked.count
            json.field("more", old + (found ?? Array(looked)).count - shown.count)
            json.field("count", sums.stops)
            json.field("micro_count", sums.microStops)
            json.field("total_seconds", seconds: total)
            json.field("planned_total_seconds", seconds: sums.downtime)
        }
    }

    /// What is searched: what the API tells of a stop in words.
    private func cells(of stop: Stop, line: Int, _ names: IncidentNames) -> [String?] {
        let line = dashboard.questions[line].line
        let name = names[stop.cause?.incident]
        return [
            line.code, line.name, stop.interval.start.description, stop.end?.description, stop.source.rawValue,
            stop.isOngoing ? "ongoing" : "closed", stop.kind.rawValue, stop.cause?.reason, name?.failure,
            name?.incident,
        ]
    }
}
