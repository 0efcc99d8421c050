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
            .post, "/api/v1/detections", "Stores detections", bodyLimit: .ingest, rate: .ingest, hasDeadline: false,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let reply = try await ingest(context)
                let language = PreferredLanguage.of(context.request.headers, user: context.principal.language)
                let texts = RejectedRowTexts(texts: services.pages.faultTexts, language: language)
                return Response(try texts.added(to: reply), request: context.request)
            })
    }

    private func ingest(_ context: TenantContext) async throws -> WorkerReply {
        let key = try IdempotencyKey.key(context.request.headers)
        switch DetectionFormat(context.request) {
        case .batch:
            let body = try await context.open.jsonBody()
            return try await services.call(IngestDetections(idempotencyKey: key), context, body: body)
        case .stream(let format):
            return try await services.call(
                IngestDetectionStream(format: format, idempotencyKey: key), context,
                parts: context.open.bodyStream())
        }
    }
}
