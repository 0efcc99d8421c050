import Foundation
import Shared

/// The newest detections and stops of the period, the newest first.
struct EventsTile: TileContent {
    struct Event {
        let instant: String
        let time: String
        let line: String
        let icon: String
        /// `detection`, `started` or `ended`.
        let look: String
        let text: String
        let detail: String?
        /// The product's own colour.
        let color: String?
        /// Of a stop.
        let address: String?
    }

    let summary: String?
    let empty: EmptyTile?
    let events: [Event]

    init(_ data: EventFeedData, _ context: TileContext) {
        let localisation = context.localisation
        summary = localisation.text(.downtimeZone, ["zone": context.zone])
        let all = data.items.map { item in
            let at = PlantClock.instant(item.at) ?? context.now
            let time = context.clock.moment(at, besides: context.now, withSeconds: true)
            guard item.kind != "detection" else {
                return Event(
                    instant: item.at, time: time, line: item.lineCode, icon: "box", look: "detection",
                    text: item.productName ?? localisation.text(.eventsDetection), detail: item.areaName,
                    color: ProductColor.safe(item.color), address: nil)
            }
            let hasEnded = item.kind == "stop_ended"
            let length = item.durationSeconds ?? 0
            let isMicro = item.stopKind == "micro"
            let text =
                hasEnded
                ? localisation.text(.eventsEnded, ["duration": localisation.duration(seconds: length)])
                : localisation.text(isMicro ? .eventsMicroStarted : .eventsStarted)
            return Event(
                instant: item.at, time: time, line: item.lineCode, icon: hasEnded ? "play" : "stop",
                look: hasEnded ? "ended" : "started", text: text,
                detail: item.reason
                    ?? (hasEnded && item.incidentID == nil ? localisation.text(.stopsUnexplained) : nil),
                color: nil,
                address: context.stop(
                    line: item.lineID, start: hasEnded ? Self.start(ofStopUntil: at, length) : at,
                    kind: item.stopKind, source: item.source))
        }
        let found = context.found(in: all) { [$0.time, $0.line, $0.text, $0.detail] }
        events = Array(found.prefix(Self.mostEvents))
        if all.isEmpty {
            empty = EmptyTile(icon: "history", text: localisation.text(.eventsEmpty))
        } else {
            empty = events.isEmpty ? context.nothingFound : nil
        }
    }

    /// So many are shown, whatever was looked through.
    private static let mostEvents = 20

    /// Rounded, so that a second which the difference just misses is not taken for the one before.
    private static func start(ofStopUntil end: Date, _ length: Double) -> Date {
        Date(timeIntervalSince1970: ((end.timeIntervalSince1970 - length) * 100_000).rounded() / 100_000)
    }
}

struct EventFeedData: Decodable {
    struct Item: Decodable {
        let kind: String
        let at: String
        let lineID: Int64
        let lineCode: String
        let areaName: String?
        let productName: String?
        let color: String?
        let stopKind: String?
        let source: String?
        let durationSeconds: Double?
        let incidentID: Int64?
        let reason: String?

        enum CodingKeys: String, CodingKey {
            case kind
            case at
            case lineID = "line_id"
            case lineCode = "line_code"
            case areaName = "area_name"
            case productName = "product_name"
            case color
            case stopKind = "stop_kind"
            case source
            case durationSeconds = "duration_seconds"
            case incidentID = "incident_id"
            case reason
        }
    }

    let items: [Item]
}
