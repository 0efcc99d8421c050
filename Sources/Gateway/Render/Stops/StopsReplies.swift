import Foundation
import Shared

/// Stops as GET /downtimes gives them, newest first.
struct StopsReply: Decodable, Sendable {
    struct Item: Decodable, Sendable {
        var eventId: Int64?
        var lineId: Int64
        var lineCode: String
        var start: String
        var end: String?
        var durationSeconds: Double
        var plannedSeconds: Double
        var source: String
        var status: String
        var kind: String
        var incidentId: Int64?
        var reason: String?
        var justifiedAt: String?
        var version: String?
        var suggestedCategory: String?

        var isOngoing: Bool { status == "ongoing" }
        var isRegistered: Bool { source == "registered" }
        var isMicro: Bool { kind == "micro" }
        var isJustified: Bool { incidentId != nil || reason != nil }

        private enum CodingKeys: String, CodingKey {
            case eventId = "event_id"
            case lineId = "line_id"
            case lineCode = "line_code"
            case start
            case end
            case durationSeconds = "duration_seconds"
            case plannedSeconds = "planned_seconds"
            case source
            case status
            case kind
            case incidentId = "incident_id"
            case reason
            case justifiedAt = "justified_at"
            case version
            case suggestedCategory = "suggested_category"
        }
    }

    /// The incidents given last on each line, the latest first.
    var latestIncidents: [Int64: [Int64]] {
        var latest: [Int64: [Int64]] = [:]
        for stop in items.sorted(by: { ($0.justifiedAt ?? "") > ($1.justifiedAt ?? "") }) {
            guard let incident = stop.incidentId, !(latest[stop.lineId]?.contains(incident) ?? false) else { continue }
            latest[stop.lineId, default: []].append(incident)
        }
        return latest
    }

    var items: [Item]
    var totalSeconds: Double
    var plannedTotalSeconds: Double
    var nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case items
        case totalSeconds = "total_seconds"
        case plannedTotalSeconds = "planned_total_seconds"
        case nextCursor = "next_cursor"
    }
}

/// What of GET /explain/kpis the timeline is drawn from.
struct StopsPlanReply: Decodable, Sendable {
    struct Stretch: Decodable, Sendable {
        var start: String
        var end: String
    }

    struct Period: Decodable, Sendable {
        var from: String?
        var to: String?
        var timezone: String?
    }

    struct Instance: Decodable, Sendable {
        var shiftName: String?
        var start: String
        var end: String
        /// Nil where no shift is chosen.
        var selected: Bool?

        private enum CodingKeys: String, CodingKey {
            case shiftName = "shift_name"
            case start
            case end
            case selected
        }
    }

    struct Line: Decodable, Sendable {
        var lineId: Int64
        var lineCode: String
        var period: Period
        var shiftInstances: [Instance]
        var planned: [Stretch]

        private enum CodingKeys: String, CodingKey {
            case lineId = "line_id"
            case lineCode = "line_code"
            case period
            case shiftInstances = "shift_instances"
            case planned
        }
    }

    var lines: [Line]
}

/// Both together.
struct StopsTimelineReply: Sendable {
    var plan: StopsPlanReply
    var stops: StopsReply
}

/// The answer of POST /dashboard/data with the Pareto alone.
struct StopsParetoReply: Decodable, Sendable {
    struct Data: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            let category: String
            let failureName: String?
            let downtimeSeconds: Double
            let stops: Int
            let share: Double?

            enum CodingKeys: String, CodingKey {
                case category
                case failureName = "failure_name"
                case downtimeSeconds = "downtime_seconds"
                case stops
                case share
            }
        }

        let downtimeSeconds: Double
        let categories: [Entry]
        let failures: [Entry]

        enum CodingKeys: String, CodingKey {
            case downtimeSeconds = "downtime_seconds"
            case categories
            case failures
        }
    }

    struct Period: Decodable, Sendable {
        let from: String?
        let to: String?
        let timezone: String?
    }

    let data: WidgetReply<Data>
    let period: Period?

    private enum CodingKeys: String, CodingKey {
        case widgets
        case metadata
    }

    private enum WidgetKey: String, CodingKey {
        case pareto = "DowntimePareto"
    }

    private enum MetadataKey: String, CodingKey {
        case period
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let widgets = try container.nestedContainer(keyedBy: WidgetKey.self, forKey: .widgets)
        data = try widgets.decode(WidgetReply<Data>.self, forKey: .pareto)
        let metadata = try container.nestedContainer(keyedBy: MetadataKey.self, forKey: .metadata)
        period = try metadata.decodeIfPresent(Period.self, forKey: .period)
    }
}
