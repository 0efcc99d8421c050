import HTTPTypes
import IPC
import Shared

/// GET /api/v1/filters.
struct ListFiltersRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/filters", "The filters of a dashboard",
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                try fields.finish()
                return try await services.passOn(ListFilters(), context)
            })
    }
}
