import ManufacturingKPI
import Shared

/// EventFeed: the newest detections and stops of the period, the newest first. Single detections are shown only to whoever
/// may read them. With a search those among the newest two hundred that it is found in.
struct EventFeed {
    /// So many are shown.
    static let rows = 20
    private static let searchedRows = 200

    /// So many are looked at, and so many detections of each line.
    static func looked(at query: DashboardQuery) -> Int {
        query.searched != nil || query.isSearchedByCaller ? searchedRows : rows
    }

    private enum Event {
        case detection(ListDetections.Row)
        case started(Stop)
        case ended(Stop)
    }

    private struct Entry {
        let instant: Instant
        let line: ProductionLine
        let event: Event

        /// What is searched: what the API tells of it in words.
        func cells(_ model: PlantModel) -> [String?] {
            let own: [String?] =
                switch event {
                case .detection(let row): ["detection", model.area(row.area)?.name, model.product(row.product)?.name]
                case .started(let stop): ["stop_started", stop.kind.rawValue, stop.source.rawValue, stop.cause?.reason]
                case .ended(let stop): ["stop_ended", stop.kind.rawValue, stop.source.rawValue, stop.cause?.reason]
                }
            return [line.code, instant.description] + own
        }

        /// Of events at one instant the higher comes first.
        var rank: Int {
            switch event {
            case .detection: 2
            case .ended: 1
            case .started: 0
            }
        }
    }

    private let dashboard: Dashboard
    private let entries: [Entry]

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        var entries: [Entry] = []
        let query = dashboard.query
        let most = Self.looked(at: query)
        for (line, stops) in zip(dashboard.lines, try dashboard.stops.get().lines) {
            let question = line.question
            for row in try line.newest.get() {
                entries.append(Entry(instant: row.detectedAt, line: question.line, event: .detection(row)))
            }
            let period = question.time.period
            for stop in stops.suffix(most) {
                if period.contains(stop.interval.start) {
                    entries.append(
                        Entry(instant: stop.interval.start, line: question.line, event: .started(stop)))
                }
                if let end = stop.end, period.contains(end) {
                    entries.append(Entry(instant: end, line: question.line, event: .ended(stop)))
                }
            }
        }
        entries.sort { ($0.instant, $0.line.id, $0.rank) > ($1.instant, $1.line.id, $1.rank) }
        entries = Array(entries.prefix(most))
        if let searched = query.searched { entries.removeAll { !searched.isIn($0.cells(dashboard.model)) } }
        self.entries = Array(entries.prefix(query.isSearchedByCaller ? most : Self.rows))
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("shows_detections", dashboard.showsDetections)
            json.key("items")
            json.array { json in
                for entry in entries {
                    json.object { json in write(entry, to: &json) }
                }
            }
        }
    }

    private func write(_ entry: Entry, to json: inout JSONWriter) {
        json.field("at", entry.instant)
        json.field("line_id", entry.line.id.rawValue)
        json.field("line_code", entry.line.code)
        switch entry.event {
        case .detection(let row):
            json.field("kind", "detection")
            json.field("area_id", row.area.rawValue)
            json.field("area_name", dashboard.model.area(row.area)?.name)
            json.field("product_id", row.product.rawValue)
            json.field("product_name", dashboard.model.product(row.product)?.name)
            json.field("color", dashboard.model.product(row.product)?.color)
        case .started(let stop):
            json.field("kind", "stop_started")
            write(stop, to: &json)
        case .ended(let stop):
            json.field("kind", "stop_ended")
            write(stop, to: &json)
        }
    }

    private func write(_ stop: Stop, to json: inout JSONWriter) {
        json.field("event_id", stop.id?.rawValue)
        json.field("stop_kind", stop.kind.rawValue)
        json.field("source", stop.source.rawValue)
        json.field("status", stop.isOngoing ? "ongoing" : "closed")
        json.field("duration_seconds", seconds: stop.duration)
        json.field("incident_id", stop.cause?.incident?.rawValue)
        json.field("reason", stop.cause?.reason)
    }
}
