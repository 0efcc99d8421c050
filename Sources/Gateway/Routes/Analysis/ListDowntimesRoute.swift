import HTTPTypes
import IPC
import Shared

/// GET /api/v1/downtimes.
struct ListDowntimesRoute: Sendable {
    private enum Kind: String, CaseIterable {
        case stop
        case micro
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/downtimes", "Stops of lines", record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let query = fields.analysis()
                let justified = fields.bool("justified")
                let kind = fields.choice("kind", of: Kind.self)
                let minimum = fields.integer("min_seconds", in: 0...Int64(UInt32.max)) ?? 0
                let limit = fields.limit()
                let cursor = fields.newestFirstCursor()
                try fields.finish()
                return try await services.passOn(
                    ListDowntimes(
                        query: query,
                        justified: justified,
                        micro: kind.map { $0 == .micro },
                        minimumSeconds: UInt32(minimum),
                        limit: limit,
                        cursor: cursor
                    ),
                    context
                )
            })
    }
}
