import Foundation
import Shared

/// A page of the single detections of a line.
struct ExplainedDetections: Sendable {
    var reply: ExplainedDetectionsReply
    var line: Int64
    var period: PeriodRequest
    /// Only these are listed.
    var units: ChosenUnits
    var zone: String?

    /// Where the first page of a stretch is asked for.
    static func address(
        line: Int64, from: Date, to: Date, of units: ChosenUnits = ChosenUnits(), base: String
    ) -> String {
        func text(_ date: Date) -> String {
            Instant(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded())).description
        }
        return address(line: line, from: text(from), to: text(to), of: units, base: base)
    }

    fileprivate static func address(
        line: Int64, from: String, to: String, of units: ChosenUnits, base: String
    ) -> String {
        let chosen = units.queryItems.map { "&\($0)=\($1)" }.joined()
        return "\(base)/dashboard/detections?line_id=\(line)&from=\(from)&to=\(to)\(chosen)"
    }
}

/// The answer of GET /detections, with the names the worker adds for pages.
struct ExplainedDetectionsReply: Decodable, Sendable {
    struct Item: Decodable, Sendable {
        var detectionID: Int64
        var detectedAt: String
        var areaName: String?
        var productCode: String?
        var productName: String?
        var weightKilograms: Double?

        private enum CodingKeys: String, CodingKey {
            case detectionID = "detection_id"
            case detectedAt = "detected_at"
            case areaName = "area_name"
            case productCode = "product_code"
            case productName = "product_name"
            case weightKilograms = "weight_kg"
        }
    }

    var items: [Item]
    var nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
    }
}

/// `ExplainedDetections` as its template sees it.
struct ExplainedDetectionsModel {
    struct Row {
        let id: String
        let instant: String
        let time: String
        let product: String
        let area: String
        let weight: String
    }

    let t: TextTree
    let zone: String
    let rows: [Row]
    let isEmpty: Bool
    /// Where the older ones are asked for.
    let older: String?

    init(_ detections: ExplainedDetections, site: PageSite, _ localisation: Localisation) {
        t = localisation.tree
        let clock = PlantClock(detections.zone, localisation)
        rows = detections.reply.items.map { item in
            let instant = PlantClock.instant(item.detectedAt)
            let product = [item.productCode, item.productName == item.productCode ? nil : item.productName]
            return Row(
                id: "\(item.detectionID)",
                instant: item.detectedAt,
                time: instant.map(clock.second) ?? item.detectedAt,
                product: product.compactMap { $0 }.joined(separator: " · "),
                area: item.areaName ?? Localisation.noValue,
                weight: item.weightKilograms.map(localisation.exactWeight) ?? Localisation.noValue)
        }
        isEmpty = rows.isEmpty
        let first = detections.reply.items.first.flatMap { PlantClock.instant($0.detectedAt) }
        zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: first ?? Date())])
        let (from, to) = (detections.period.from.text, detections.period.to.text)
        older = detections.reply.nextCursor.map { cursor in
            ExplainedDetections.address(
                line: detections.line, from: Self.escaped(from), to: Self.escaped(to), of: detections.units,
                base: site.base) + "&cursor=\(Self.escaped(cursor))"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
