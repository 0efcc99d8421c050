import AsyncAlgorithms
import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET /api/v1/stream: server-sent events.
struct FollowEventsRoute: Sendable {
    /// How often it is made sure that whoever follows still may.
    private static let checkInterval = Duration.seconds(2)

    private enum Turn: Sendable {
        case part(ByteBuffer)
        case check
        case stop
    }

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
                Server-sent events `detection_counts`, `line_status`, `downtime_started`, `downtime_ended` and `resync`, \
                with a beat every 15 seconds. After a break, `Last-Event-ID` goes on with what came since, or gets `resync`.
                """,
                headers: [.lastEventID], answers: .other("text/event-stream")),
            hasDeadline: false,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var response = Response(
                    status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"])
                // Of a head alone nothing follows: it takes no place, and ends at once.
                guard context.request.method != .head else { return response }
                let place = try services.streams.take(for: context.principal)
                let reply = try await services.call(
                    FollowEvents(lastEventID: context.request.headers[.lastEventID]),
                    context
                )
                guard case .arriving(let events) = reply.body else { throw Fault(code: .internal) }
                response.body = .init { writer in
                    defer { withExtendedLifetime(place) {} }
                    try await pass(events, of: context, to: writer)
                }
                response.body.isEndless = true
                return response
            }
        )
    }

    /// Passes events on until there are none, the gateway stops, or the sign-in that asked for them is over or has other
    /// rights.
    private func pass(
        _ events: ReplyBodyStream,
        of context: TenantContext,
        to writer: ResponseBodyWriter
    ) async throws {
        let checks = AsyncTimerSequence(interval: Self.checkInterval, clock: .continuous)
        let turns = merge(
            events.map { Turn.part($0) },
            checks.map { _ in Turn.check },
            services.stop.signals().map { _ in Turn.stop }
        )
        for try await turn in turns {
            switch turn {
            case .stop:
                return
            case .part(let bytes):
                try await writer.write(bytes)
            case .check:
                let identity = try? await services.identification.of(context.request)
                guard let identity, identity.principal == context.principal, !identity.mustEnrol else { return }
            }
        }
    }
}
