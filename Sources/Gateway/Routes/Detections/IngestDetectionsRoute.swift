import HTTPTypes
import IPC
import Shared

/// POST /api/v1/detections.
struct IngestDetectionsRoute: Sendable {
    private struct Query: QueryParameters {
        /// So many rejected rows are told one by one.
        let rejectedLimit: UInt16
        /// Nil: the rows are stored.
        let trial: DetectionTrial?

        init(_ fields: inout QueryFields) {
            trial = fields.trial()
            let limit = fields.integer("rejected_limit", in: 0...Int64(RejectedLimit.most))
            rejectedLimit = limit.map { UInt16($0) } ?? RejectedLimit.unlessAsked
        }
    }

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
                rejections are told, or as many as `rejected_limit` says. A detection is the same as another of its line \
                with the same `event_id`. A body of lines may have 64 MiB, and all of it is stored or nothing; it may take as \
                long as at least 16 KiB of it come in a second. With `dry_run` nothing is stored, and the figures of the local \
                days `from` to `to`, at most 62, are told as they are and as they would be, of 500 000 rows at most; rows of \
                other days are only looked at for when the line was active. A key needs the scope `read` too for that.
                """,
                query: Query.self, headers: [.idempotencyKey], body: DetectionFormat.documented,
                answers: .ok(.ingestion), .ok(.detectionTrial, "With `dry_run`."),
                .status(.unprocessableContent, .ingestion, "Nothing was stored, and nothing was known before.")),
            bodyLimit: .ingest, rate: .ingest, hasDeadline: false,
            .tenant(roles: .managersAndAbove, scopes: [.ingest]) { context in
                let query = try Query(of: context.request)
                let reply = try await ingest(query, context)
                if query.trial == nil, case .whole(let answer) = reply.body {
                    services.usage.countRows(of: context.principal.tenant, in: answer)
                }
                let language = PreferredLanguage.of(context.request.headers, user: context.principal.language)
                let texts = RejectedRowTexts(texts: services.pages.faultTexts, language: language)
                return Response(try texts.added(to: reply), request: context.request)
            })
    }

    private func ingest(_ query: Query, _ context: TenantContext) async throws -> WorkerReply {
        // Figures are told then, which a camera's key may not read.
        if query.trial != nil, case .apiKey(_, let scopes) = context.principal.kind, !scopes.contains(.read) {
            throw Fault(code: .forbidden)
        }
        let key = try IdempotencyKey.key(context.request.headers)
        switch DetectionFormat(context.request) {
        case .batch:
            let body = try await context.open.jsonBody()
            return try await services.call(
                IngestDetections(idempotencyKey: key, rejectedLimit: query.rejectedLimit, trial: query.trial), context,
                body: body)
        case .stream(let format):
            return try await services.call(
                IngestDetectionStream(
                    format: format, idempotencyKey: key, rejectedLimit: query.rejectedLimit, trial: query.trial),
                context,
                parts: context.open.bodyStream())
        }
    }
}

extension QueryFields {
    /// Whether the rows are only tried, and for which local days the figures are told then.
    fileprivate mutating func trial() -> DetectionTrial? {
        let isTrial = bool("dry_run") ?? false
        let from = date("from", isNeeded: isTrial)
        let to = date("to", isNeeded: isTrial)
        guard isTrial, let from, let to else { return nil }
        guard from <= to else {
            fault("to", .endsBeforeStart)
            return nil
        }
        guard to - from < DetectionTrial.mostDays else {
            fault("to", .periodTooLong, limit: PeriodLimit.days(DetectionTrial.mostDays).text)
            return nil
        }
        return DetectionTrial(days: from...to)
    }

    private mutating func date(_ name: String, isNeeded: Bool) -> LocalDate? {
        note(name, .date)
        guard let text = text(name) else {
            if isNeeded, !hasFault(name) { fault(name, .required) }
            return nil
        }
        guard let date = try? LocalDate(parsing: text) else {
            fault(name, .invalidFormat)
            return nil
        }
        guard isNeeded else {
            fault(name, .notAllowed)
            return nil
        }
        return date
    }
}
