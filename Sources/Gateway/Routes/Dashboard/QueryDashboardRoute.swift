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
            .post, "/api/v1/dashboard/data", "The data of a dashboard's tiles", bodyLimit: .standard, record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let body = try await context.open.jsonBody()
                var fields = try JSONFields(body: Array(buffer: body))
                _ = DashboardQuery(&fields)
                try fields.finish()
                return try await services.passOn(QueryDashboard(), context, body: body)
            })
    }
}
