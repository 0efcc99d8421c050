import HTTPTypes
import IPC
import Shared

/// GET /api/v1/detections: single detections of one line, newest first.
struct ReadDetectionsRoute: Sendable {
    private struct Query: QueryParameters {
        let line: LineID
        let period: PeriodRequest
        let limit: UInt16
        let cursor: NewestFirstCursor?

        init(_ fields: inout QueryFields) {
            line = fields.requiredIdentifier("line_id", standIn: LineID(1))
            period = fields.period("from", "to")
            limit = fields.limit()
            cursor = fields.newestFirstCursor()
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/detections", "Single detections of a line",
            .operation(
                "listDetections", .detections, "The newest first.", query: Query.self,
                answers: .ok(.storedDetections)),
            record: .query,
            .tenant(roles: .managersAndAbove, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(
                    ReadDetections(line: query.line, period: query.period, limit: query.limit, cursor: query.cursor),
                    context)
            })
    }
}
