import HTTPTypes
import IPC
import Shared

/// GET /api/v1/detections: single detections of one line, newest first.
struct ReadDetectionsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/detections", "Single detections of a line", record: .query,
            .tenant(roles: .managersAndAbove, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let line = fields.identifier("line_id", as: LineID.self)
                if line == nil, !fields.hasFault("line_id") { fields.fault("line_id", .required) }
                let period = fields.period("from", "to")
                let limit = fields.limit()
                let cursor = fields.newestFirstCursor()
                try fields.finish()
                guard let line else { throw Fault.invalid("line_id", .required) }
                return try await services.passOn(
                    ReadDetections(line: line, period: period, limit: limit, cursor: cursor), context)
            })
    }
}
