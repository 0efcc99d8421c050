import HTTPTypes
import IPC
import NIOCore
import NIOWebSocket
import Shared

/// GET /api/v1/ws: the events of /api/v1/stream as messages of a WebSocket, for whoever cannot follow server-sent ones.
struct ExchangeMessagesRoute: Sendable {
    private struct Query: QueryParameters {
        let lastEventID: String?

        init(_ fields: inout QueryFields) {
            lastEventID = fields.text("last_event_id")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get,
            "/api/v1/ws",
            "Events as they happen, by WebSocket",
            .operation(
                "followEventsByWebSocket", .figures,
                """
                The events of GET /api/v1/stream, each a text message `{id, event, data}`; a beat is a ping. What a client sends \
                is not taken: such a connection is closed. One that was opened with a page's cookie must come from that page's \
                own site.
                """,
                query: Query.self,
                answers: OperationAnswer(status: .switchingProtocols, text: "Messages follow (RFC 6455)."),
                refuses: [.upgradeRequired, .csrfFailed]),
            hasDeadline: false,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                let handshake = try WebSocketHandshake(context.request)
                try CrossSiteRequests.checkUpgrade(context.request, context.identity)
                let place = try services.streams.take(for: context.principal)
                let followed = FollowedEvents(services: services, context: context)
                let events = try await followed.events(of: FollowEvents(lastEventID: query.lastEventID))
                var response = Response(status: .switchingProtocols, headers: handshake.headers)
                response.body = .init { writer in
                    defer { withExtendedLifetime(place) {} }
                    let whoAsks = { @Sendable in try await services.identification.of(context.request) }
                    var messages = EventMessages()
                    let end = try await followed.pass(events, whoAsks) { part in
                        for item in messages.take(part) {
                            switch item {
                            case .message(let text): try await writer.write(text)
                            case .beat: try await writer.ping()
                            }
                        }
                    }
                    try await writer.close(end.closeCode)
                }
                response.body.isEndless = true
                return response
            }
        )
    }
}

extension FollowedEvents.End {
    fileprivate var closeCode: WebSocketErrorCode {
        switch self {
        case .workerEnded, .gatewayStops: .goingAway
        case .rightsEnded: .policyViolation
        }
    }
}
