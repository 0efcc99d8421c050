import ManufacturingKPI
import Shared

/// DowntimePareto: the downtime by category of loss, by failure and by incident, the most first. Each list adds up to the
/// whole downtime; what nobody has explained counts as its own failure and incident, of the category of breakdowns.
struct DowntimePareto {
    private struct Entry {
        var category: LossCategory
        var failure: Failure?
        var incident: Incident?
        var downtime: Int64 = 0
        var stops = 0
        var microStops = 0

        mutating func add(_ part: DowntimeByIncident.Part) {
            downtime += part.downtime
            stops += part.stops
            microStops += part.microStops
        }
    }

    private let downtime: Int64
    private let categories: [Entry]
    private let failures: [Entry]
    private let incidents: [Entry]

    init(_ dashboard: Dashboard) {
        var all = DowntimeByIncident()
        for question in dashboard.questions {
            all += DowntimeByIncident(question.facts.stops, planned: question.time.planned)
        }
        var categories: [Entry] = []
        var failures: [Entry] = []
        var incidents: [Entry] = []
        for part in all.parts {
            let incident = part.incident.flatMap { id in dashboard.model.incidents.first { $0.id == id } }
            let failure = incident.flatMap { incident in
                dashboard.model.failures.first { $0.id == incident.failure }
            }
            let category = failure?.category ?? .ofUnexplained
            Self.add(part, Entry(category: category), to: &categories) { $0.category == category }
            Self.add(part, Entry(category: category, failure: failure), to: &failures) {
                $0.failure?.id == failure?.id
            }
            Self.add(part, Entry(category: category, failure: failure, incident: incident), to: &incidents) {
                $0.incident?.id == incident?.id
            }
        }
        downtime = all.parts.reduce(0) { $0 + $1.downtime }
        self.categories = Self.ordered(categories)
        self.failures = Self.ordered(failures)
        self.incidents = Self.ordered(incidents)
    }

    private static func add(
        _ part: DowntimeByIncident.Part,
        _ new: Entry,
        to entries: inout [Entry],
        where isSame: (Entry) -> Bool
    ) {
        let position: Int
        if let known = entries.firstIndex(where: isSame) {
            position = known
        } else {
            position = entries.count
            entries.append(new)
        }
        entries[position].add(part)
    }

    /// The most downtime first; of equal ones the explained, in the order of their ids.
    private static func ordered(_ entries: [Entry]) -> [Entry] {
        func key(_ entry: Entry) -> (Int64, Int64, String) {
            (entry.failure?.id.rawValue ?? .max, entry.incident?.id.rawValue ?? .max, entry.category.rawValue)
        }
        return entries.sorted { left, right in
            left.downtime == right.downtime ? key(left) < key(right) : left.downtime > right.downtime
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("unit", "seconds")
            json.field("downtime_seconds", seconds: downtime)
            json.key("categories")
            write(categories, to: &json) { entry, json in json.field("category", entry.category.rawValue) }
            json.key("failures")
            write(failures, to: &json) { entry, json in
                json.field("category", entry.category.rawValue)
                Self.write(entry.failure, to: &json)
            }
            json.key("incidents")
            write(incidents, to: &json) { entry, json in
                json.field("category", entry.category.rawValue)
                Self.write(entry.failure, to: &json)
                json.field("incident_id", entry.incident?.id.rawValue)
                json.field("incident_code", entry.incident?.code)
                json.field("incident_name", entry.incident?.name)
            }
        }
    }

    private static func write(_ failure: Failure?, to json: inout JSONWriter) {
        json.field("failure_id", failure?.id.rawValue)
        json.field("failure_code", failure?.code)
        json.field("failure_name", failure?.name)
    }

    private func write(
        _ entries: [Entry],
        to json: inout JSONWriter,
        _ names: (Entry, inout JSONWriter) -> Void
    ) {
        var sum: Int64 = 0
        json.array { json in
            for entry in entries {
                sum += entry.downtime
                json.object { json in
                    names(entry, &json)
                    json.field("downtime_seconds", seconds: entry.downtime)
                    json.field("stops", entry.stops)
                    json.field("micro_stops", entry.microStops)
                    json.field("share", downtime > 0 ? entry.downtime.seconds / downtime.seconds : nil)
                    json.field("cumulative_share", downtime > 0 ? sum.seconds / downtime.seconds : nil)
                }
            }
        }
    }
}
