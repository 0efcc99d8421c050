import IPC
import NIOCore
import PostgresClient
import Shared

/// GET /detections. A body may name areas and products, as that of POST /dashboard/data does: then only what counts as units of them
/// is listed.
extension WorkerRequests {
    func readDetections(_ call: ReadDetections, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let scope = try AnalysisScope(
            AnalysisQuery(period: call.period, lines: .some([call.line])),
            principal: request.head.principal,
            model: model,
            now: clock()
        )
        guard let entry = scope.entries.first else { throw Fault.invalid("line_id", .unknownLine) }
        let span = entry.period.interval
        // One more than asked for tells whether there is another page.
        let wanted = Int(call.limit) + 1
        let statement =
            if let selection = try UnitSelection(request, of: .some([call.line]), model) {
                try ListDetections.statement(
                    call.line, in: span, of: selection.areas(of: call.line, model), selection.products?.sorted(),
                    before: call.cursor, limit: wanted)
            } else if let cursor = call.cursor {
                try ListDetections.statement(call.line, in: span, before: cursor, limit: wanted)
            } else {
                try ListDetections.statement(call.line, in: span, limit: wanted)
            }
        let rows = try await ArchivedDetail.refused(naming: AnalysisScope.ParameterNames.query.start) {
            try await ListDetections.read(pool.query(statement, deadline: request.deadline))
        }
        let page = rows.prefix(Int(call.limit))
        var json = JSONWriter(reservingCapacity: 256 * page.count + 64)
        json.object { json in
            json.key("items")
            json.array { json in
                for row in page {
                    json.object { json in
                        json.field("detection_id", row.id)
                        json.field("line_id", call.line.rawValue)
                        json.field("area_id", row.area.rawValue)
                        json.field("product_id", row.product.rawValue)
                        json.field("detected_at", row.detectedAt)
                        json.field("event_id", row.eventID)
                        json.field("received_at", row.receivedAt)
                        guard call.isDescribed else { return }
                        let product = model.product(row.product)
                        let version = product.map { $0.versions[$0.versions.index(validAt: row.detectedAt)] }
                        json.field("area_name", model.area(row.area)?.name)
                        json.field("product_code", product?.code)
                        json.field("product_name", product?.name)
                        json.field("weight_kg", version?.weightGrams.map { Double($0) / 1_000 })
                    }
                }
            }
            let last = rows.count > page.count ? page.last : nil
            json.field("next_cursor", last.map { NewestFirstCursor(instant: $0.detectedAt, id: $0.id).text })
        }
        return .json(json)
    }
}
