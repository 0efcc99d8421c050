import ManufacturingKPI
import Shared

/// AreaDetectionChart: detections per area, planned or not, in the order along each line.
struct AreaDetectionChart {
    private struct Item {
        let area: Area
        let line: ProductionLine
        let detections: Int
    }

    private let items: [Item]

    init(_ dashboard: Dashboard) throws {
        let selection = dashboard.selection
        var items: [Item] = []
        for question in dashboard.questions {
            let counts = question.facts.counts
            for area in dashboard.model.areas(of: question.line.id)
            where selection.areas.map({ $0.contains(area.id) }) ?? true {
                let detections = try counts.detections(in: question.time.all) {
                    $0.area == area.id && selection.includes(product: $0.product)
                }
                if area.isActive || detections > 0 {
                    items.append(Item(area: area, line: question.line, detections: detections))
                }
            }
        }
        self.items = items
    }

    func write(to json: inout JSONWriter) {
        let total = items.reduce(0) { $0 + $1.detections }
        json.object { json in
            json.field("unit", "detections")
            json.key("items")
            json.array { json in
                for item in items {
                    json.object { json in
                        json.field("area_id", item.area.id.rawValue)
                        json.field("name", item.area.name)
                        json.field("area_type", item.area.type.rawValue)
                        json.field("line_id", item.line.id.rawValue)
                        json.field("line_code", item.line.code)
                        json.field("detections", item.detections)
                        json.field("share", total > 0 ? Double(item.detections) / Double(total) : nil)
                    }
                }
            }
            json.field("total_detections", total)
        }
    }
}
