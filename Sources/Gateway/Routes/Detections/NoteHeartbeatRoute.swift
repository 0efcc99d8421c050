import IPC
import NIOCore
import Shared

/// POST /api/v1/heartbeats.
struct NoteHeartbeatRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/heartbeats", "Notes that a camera is alive", bodyLimit: .standard, rate: .ingest,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let body = try await context.open.jsonBody()
                _ = try HeartbeatBody(Array(buffer: body))
                return try await services.passOn(NoteHeartbeat(), context, body: body)
            })
    }
}
