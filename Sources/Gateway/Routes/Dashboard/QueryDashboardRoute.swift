import HTTPTypes
import IPC
import NIOCore
import Shared

/// POST /api/v1/dashboard/data.
struct QueryDashboardRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/dashboard/data", "The data of a dashboard's tiles",
            .operation(
                "queryDashboard", .dashboard,
                "All tiles unless `widget_ids` names some. A tile that failed has `error`, and the others do not notice.",
                body: .json(DashboardQuery.self), answers: .ok(.dashboard)),
            bodyLimit: .standard, record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let body = try await context.open.jsonBody()
                _ = try DashboardQuery.read(Array(buffer: body))
                return try await services.passOn(QueryDashboard(), context, body: body)
            })
    }
}
