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
            .post, "/api/v1/detections", "Stores detections",
            .operation(
                "ingestDetections", .detections,
                """
                Stored for good before the answer. A row that is wrong is rejected and the others are stored; the first 100 \
                rejections are told. A detection is the same as another of its line with the same `event_id`. A body of \
                lines may have 64 MiB, and all of it is stored or nothing; it may take as long as at least 16 KiB of it come \
                in a second.
                """,
                headers: [.idempotencyKey], body: DetectionFormat.documented,
                answers: .ok(.ingestion),
                .status(.unprocessableContent, .ingestion, "Nothing was stored, and nothing was known before.")),
            bodyLimit: .ingest, rate: .ingest, hasDeadline: false,
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
