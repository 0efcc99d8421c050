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
            .operation("listFilters", .dashboard, query: NoParameters.self, answers: .ok(.filters)),
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                _ = try NoParameters(of: context.request)
                return try await services.passOn(ListFilters(), context)
            })
    }
}
