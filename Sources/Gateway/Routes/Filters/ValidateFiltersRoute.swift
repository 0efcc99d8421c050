import HTTPTypes
import IPC
import NIOCore
import Shared

/// POST /api/v1/filters/validate.
struct ValidateFiltersRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/filters/validate", "Checks the values of filters",
            .operation(
                "validateFilters", .dashboard, "Answers them with every default filled in.",
                body: .json(DashboardFilters.self), answers: .ok(.validatedFilters)),
            bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let body = try await context.open.jsonBody()
                _ = try DashboardFilters.read(Array(buffer: body))
                return try await services.passOn(ValidateFilters(), context, body: body)
            })
    }
}
