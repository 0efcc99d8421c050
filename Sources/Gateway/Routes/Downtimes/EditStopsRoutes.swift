import HTTPTypes
import IPC
import NIOCore
import Shared

/// What people do to stops: POST, PATCH and DELETE of /api/v1/downtimes. Each takes `dry_run`.
struct EditStopsRoutes: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    private static let path = "/api/v1/downtimes"
    private static let stop = "\(path)/{line_id}/{event_id}"

    private struct Query: QueryParameters {
        /// Whether nothing is stored, and only told what would become of the figures.
        let isTrial: Bool

        init(_ fields: inout QueryFields) {
            isTrial = fields.bool("dry_run") ?? false
        }
    }

    private static let trial = OperationAnswer.ok(.stopEditEffect, "With `dry_run`.")
    private static let causes = "A cause is an incident, a reason, or both, and takes the place of the one before."

    var routes: [Route] {
        [
            Route(
                .post, Self.path, "Enters a stop from typed times",
                .operation(
                    "enterStop", .stops, Self.causes, query: Query.self, headers: [.idempotencyKey],
                    body: .json(EnterStopBody.self), answers: .created(.stop), Self.trial,
                    refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.entered"),
                edit(.operatorsAndAbove, .enter, takesKey: true) { bytes throws(Fault) in
                    _ = try EnterStopBody.read(bytes)
                }),
            Route(
                .post, "\(Self.path)/justify", "Gives a calculated stop its cause",
                .operation(
                    "justifyStop", .stops,
                    """
                    The stop is the calculated one that shares most time with the times given; they change none of its own. \
                    \(Self.causes)
                    """,
                    query: Query.self, headers: [.idempotencyKey], body: .json(JustifyStopBody.self),
                    answers: .object(.stop), Self.trial, refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.justified"),
                edit(.operatorsAndAbove, .justify, takesKey: true) { bytes throws(Fault) in
                    _ = try JustifyStopBody.read(bytes)
                }),
            Route(
                .patch, Self.stop, "Changes the cause of a stop, or its times",
                .operation(
                    "changeStop", .stops,
                    "Operators change causes and end open stops they entered; managers change all times. \(Self.causes)",
                    query: Query.self, headers: [.ifMatch, .idempotencyKey], body: .json(ChangeStopBody.self),
                    answers: .object(.stop), Self.trial, refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.changed"),
                edit(.operatorsAndAbove, .change, takesKey: true) { bytes throws(Fault) in
                    _ = try ChangeStopBody.read(bytes)
                }),
            Route(
                .delete, Self.stop, "Takes a stop away",
                .operation(
                    "deleteStop", .stops, "The time of a calculated stop is none any more.", query: Query.self,
                    headers: [.ifMatch], body: .nothing, answers: .noContent, Self.trial,
                    refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.deleted"),
                edit(.managersAndAbove, .delete, needsBody: false, Self.checkEmpty)),
            Route(
                .post, "\(Self.stop)/split", "Makes two stops of one",
                .operation(
                    "splitStop", .stops, "Operators split stops of their own.", query: Query.self, headers: [.ifMatch],
                    body: .json(SplitStopBody.self), answers: .ok(.stops), Self.trial,
                    refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.split"),
                edit(.operatorsAndAbove, .split) { bytes throws(Fault) in _ = try SplitStopBody.read(bytes) }),
            Route(
                .post, "\(Self.stop)/merge", "Makes one stop of this and others",
                .operation(
                    "mergeStop", .stops, "From the first start to the last end, with the cause of the longest.",
                    query: Query.self, headers: [.ifMatch], body: .json(MergeStopsBody.self), answers: .object(.stop),
                    Self.trial, refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.merged"),
                edit(.managersAndAbove, .merge) { bytes throws(Fault) in _ = try MergeStopsBody.read(bytes) }),
            Route(
                .post, "\(Self.path)/{line_id}/merge", "Makes one stop of several",
                .operation(
                    "mergeStops", .stops, "From the first start to the last end, with the cause of the longest.",
                    query: Query.self, body: .json(MergeStopsBody.self), answers: .object(.stop), Self.trial,
                    refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.merged"),
                edit(.managersAndAbove, .merge) { bytes throws(Fault) in _ = try MergeStopsBody.read(bytes) }),
            Route(
                .post, "\(Self.stop)/undo", "Takes the last edit of a stop back",
                .operation(
                    "undoStopEdit", .stops,
                    "Operators take back edits of their own. What a later edit builds on is refused.",
                    query: Query.self, headers: [.ifMatch], body: .nothing, answers: .ok(.stops), Self.trial,
                    refuses: [.overlappingStop, .conflict]),
                bodyLimit: .standard, record: Self.record("stop.undone"),
                edit(.operatorsAndAbove, .undo, needsBody: false, Self.checkEmpty)),
        ]
    }

    private static func record(_ action: String) -> RequestRecord {
        .change(AuditedChange(action, of: "stop", namedBy: "line_id", "event_id", hasTrials: true))
    }

    /// Who may make an edit, and the way of it; `check` refuses a body that is wrong in itself.
    ///
    /// - Parameter takesKey: whether a key makes its repetition harmless.
    private func edit(
        _ roles: Set<Role>,
        _ action: EditStops.Action,
        needsBody: Bool = true,
        takesKey: Bool = false,
        _ check: @escaping @Sendable ([UInt8]) throws(Fault) -> Void
    ) -> Route.Handler {
        .tenant(roles: roles, scopes: [.write]) { context in
            var query = QueryFields(context.request.uri.query)
            let isTrial = Query(&query).isTrial
            let body = needsBody ? try await context.open.jsonBody() : try await context.open.wholeBody()
            // The faults of query, header and body are told at once.
            var faults = query.allFaults()
            var key: String?
            do throws(Fault) {
                if takesKey { key = try IdempotencyKey.key(context.request.headers) }
            } catch {
                faults += error.parameters
            }
            do throws(Fault) {
                try check(Array(buffer: body))
            } catch {
                guard error.code == .invalid else { throw error }
                faults += error.parameters
            }
            if !faults.isEmpty { throw Fault.invalid(faults) }
            let path = try StopPath(context.open.parameters)
            let call = EditStops(
                action,
                line: path.line,
                event: path.event,
                isTrial: isTrial,
                precondition: path.event == nil ? .absent : IfMatch.precondition(context.request.headers),
                idempotencyKey: isTrial ? nil : key
            )
            return try await services.passOn(call, context, body: body)
        }
    }

    /// A body that may only be missing or an object without members.
    private static func checkEmpty(_ bytes: [UInt8]) throws(Fault) {
        guard !bytes.isEmpty else { return }
        var fields = try JSONFields(body: bytes)
        try fields.finish()
    }
}

/// POST /api/v1/downtimes/recalculate.
struct RecalculateStopsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/downtimes/recalculate", "Calculates the stops of a line in a period anew",
            .operation(
                "recalculateStops", .stops, "Answers how many stops changed.", body: .json(RecalculateStopsBody.self),
                answers: .ok(.stopChanges)),
            bodyLimit: .standard, record: .change(AuditedChange("stops.recalculated", of: "line", namedBy: "line_id")),
            .tenant(roles: .managersAndAbove, scopes: [.write]) { context in
                let body = try await context.open.jsonBody()
                _ = try RecalculateStopsBody.read(Array(buffer: body))
                return try await services.passOn(RecalculateStops(), context, body: body)
            })
    }
}

/// POST /api/v1/cache/refresh.
struct RefreshCacheRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/api/v1/cache/refresh", "Reads anew what is kept in memory",
            .operation(
                "refreshCache", .service, "Figures are the same afterwards.",
                answers: .ok(.object(["lines": .count])),
                refuses: [.workerStarting, .workerBackoff, .workerDraining, .overloaded, .deadlineExceeded]),
            bodyLimit: .standard, record: .change(AuditedChange("cache.refreshed", of: "cache")),
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                try await services.passOn(RefreshCache(), context)
            })
    }
}
