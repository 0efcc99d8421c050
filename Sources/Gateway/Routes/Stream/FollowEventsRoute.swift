import HTTPTypes
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
            .get,
            "/api/v1/stream",
            "Events as they happen",
            .operation(
                "followEvents", .figures,
                """
                Server-sent events `detection_counts`, `line_status`, `downtime_started`, `downtime_ended`, `master_data` \
                (what plants are described by was changed) and `resync`, with a beat every 15 seconds. After a break, `Last-Event-ID` goes on with what came since, or gets `resync`.
                """,
                headers: [.lastEventID], answers: .other("text/event-stream")),
            hasDeadline: false,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                try await FollowedEvents(services: services, context: context).response(
                    to: FollowEvents(lastEventID: context.request.headers[.lastEventID])
                ) {
                    try await services.identification.of(context.request)
                }
            }
        )
    }
}
