import HTTPTypes
import Hummingbird
import IPC
import Shared

/// GET /api/v1/stream: server-sent events.
struct FollowEventsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/stream", "Events as they happen", hasDeadline: false,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var response = try await services.passOn(
                    FollowEvents(lastEventID: context.request.headers[.lastEventID]), context)
                response.headers[.cacheControl] = "no-store"
                return response
            })
    }
}
