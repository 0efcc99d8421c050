import ManufacturingKPI
import Shared

/// ScatterChart: stops by the hour of the day they start at and by their length, as columns.
struct ScatterChart {
    /// So many of the newest are shown; how many older ones there are is told.
    private static let points = 1_000

    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) {
        var stops: [(question: LineQuestion, stop: Stop)] = []
        for question in dashboard.questions {
            for stop in question.facts.stops.stops(planned: question.time.planned) { stops.append((question, stop)) }
        }
        stops.sort { ($0.stop.interval.start, $0.question.line.id) > ($1.stop.interval.start, $1.question.line.id) }
        let shown = stops.prefix(Self.points)
        json.object { json in
            json.field("unit", "seconds")
            json.key("line_id")
            json.array { json in
                for point in shown { json.value(point.question.line.id.rawValue) }
            }
            json.key("event_id")
            json.array { json in
                for point in shown {
                    if let id = point.stop.id { json.value(id.rawValue) } else { json.null() }
                }
            }
            json.key("start")
            json.array { json in
                for point in shown { json.value(point.stop.interval.start) }
            }
            json.numbers(
                "hour", shown.map { Self.hour(of: $0.question.zone.local(of: $0.stop.interval.start)) })
            json.key("duration_seconds")
            json.array { json in
                for point in shown { json.seconds(point.stop.duration) }
            }
            json.key("planned_seconds")
            json.array { json in
                for point in shown { json.seconds(point.stop.plannedInPeriod) }
            }
            json.key("kind")
            json.array { json in
                for point in shown { json.value(point.stop.kind.rawValue) }
            }
            json.key("source")
            json.array { json in
                for point in shown { json.value(point.stop.source.rawValue) }
            }
            json.key("incident_id")
            json.array { json in
                for point in shown {
                    if let id = point.stop.cause?.incident { json.value(id.rawValue) } else { json.null() }
                }
            }
            json.field("count", stops.count)
            json.field("more", max(0, stops.count - Self.points))
        }
    }

    /// Hours since midnight on the clock, with their fraction.
    private static func hour(of local: LocalDateTime) -> Double {
        Double(local - LocalDateTime(local.date)) / 3_600_000_000
    }
}
