import HTTPTypes
import IPC
import Shared

/// GET /api/v1/explain/kpis.
struct ExplainIndicatorsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/explain/kpis", "What the key figures of lines are made of", record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let query = fields.analysis()
                try fields.finish()
                return try await services.passOn(ExplainIndicators(query: query), context)
            })
    }
}
