import HTTPTypes
import IPC
import Shared

/// POST /api/v1/detections.
struct IngestDetectionsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/detections", "Stores detections", bodyLimit: .ingest, rate: .ingest,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let key = try IdempotencyKey.key(context.request.headers)
                let body = try await context.open.jsonBody()
                return try await services.passOn(IngestDetections(idempotencyKey: key), context, body: body)
            })
    }
}
