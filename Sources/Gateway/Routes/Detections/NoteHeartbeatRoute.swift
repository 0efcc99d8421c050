import HTTPTypes
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
            .post, "/api/v1/heartbeats", "Notes that a camera is alive",
            .operation(
                "noteHeartbeat", .detections,
                """
                Of `line` and `line_id` one. A line with `heartbeat_timeout_seconds` that gave no sign for longer has no data, and \
                is not stopped. Detections are signs too.
                """,
                body: .json(HeartbeatBody.self), answers: .noContent),
            bodyLimit: .standard, rate: .ingest,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let body = try await context.open.jsonBody()
                _ = try HeartbeatBody.read(Array(buffer: body))
                return try await services.passOn(NoteHeartbeat(), context, body: body)
            })
    }
}
