import ManufacturingKPI
import Shared

/// ScatterChart: the newest stops by the hour of the day they start at and by their length, as columns; how many older ones
/// there are is told.
struct ScatterChart {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let shown = try dashboard.stops.get().newest()
        let count = try dashboard.countOfStops.get()
        let lines = dashboard.questions.map(\.line.id.rawValue)
        let zones = dashboard.questions.map(\.zone)
        let names = IncidentNames(dashboard.model)
        json.object { json in
            json.field("unit", "seconds")
            json.key("line_id")
            json.array { json in
                for point in shown { json.value(lines[point.line]) }
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
            json.key("hour")
            json.array { json in
                for point in shown { json.value(Self.hour(of: zones[point.line].local(of: point.stop.interval.start))) }
            }
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
                for point in shown { json.value(plainASCII: point.stop.kind.rawValue.utf8) }
            }
            json.key("source")
            json.array { json in
                for point in shown { json.value(plainASCII: point.stop.source.rawValue.utf8) }
            }
            json.key("incident_id")
            json.array { json in
                for point in shown {
                    if let id = point.stop.cause?.incident { json.value(id.rawValue) } else { json.null() }
                }
            }
            Self.write("failure_name", shown.map { names[$0.stop.cause?.incident]?.failure }, to: &json)
            Self.write("incident_name", shown.map { names[$0.stop.cause?.incident]?.incident }, to: &json)
            Self.write("reason", shown.map { $0.stop.cause?.reason }, to: &json)
            json.field("count", count)
            json.field("more", count - shown.count)
        }
    }

    private static func write(_ name: String, _ texts: [String?], to json: inout JSONWriter) {
        json.key(dynamic: name)
        json.array { json in
            for text in texts {
                if let text { json.value(text) } else { json.null() }
            }
        }
    }

    /// Hours since midnight on the clock, with their fraction.
    private static func hour(of local: LocalDateTime) -> Double {
        Double(local - LocalDateTime(local.date)) / 3_600_000_000
    }
}
