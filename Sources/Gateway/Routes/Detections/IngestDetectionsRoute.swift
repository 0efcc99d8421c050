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
                rejections are told. A detection is the same as another of its line with the same `event_id`.
                """,
                headers: [.idempotencyKey], body: .json(.detectionBatch),
                answers: .ok(.ingestion),
                .status(.unprocessableContent, .ingestion, "Nothing was stored, and nothing was known before.")),
            bodyLimit: .ingest, rate: .ingest,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let key = try IdempotencyKey.key(context.request.headers)
                let body = try await context.open.jsonBody()
                let reply = try await services.call(IngestDetections(idempotencyKey: key), context, body: body)
                let language = PreferredLanguage.of(context.request.headers, user: context.principal.language)
                let texts = RejectedRowTexts(texts: services.pages.faultTexts, language: language)
                return Response(try texts.added(to: reply), request: context.request)
            })
    }
}
