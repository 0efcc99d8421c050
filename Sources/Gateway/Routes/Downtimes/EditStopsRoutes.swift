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

    var routes: [Route] {
        [
            Route(
                .post, Self.path, "Enters a stop from typed times", bodyLimit: .standard,
                edit(.operatorsAndAbove, .enter) { bytes throws(Fault) in _ = try EnterStopBody.read(bytes) }),
            Route(
                .post, "\(Self.path)/justify", "Gives a calculated stop its cause", bodyLimit: .standard,
                edit(.operatorsAndAbove, .justify) { bytes throws(Fault) in _ = try JustifyStopBody.read(bytes) }),
            Route(
                .patch, Self.stop, "Changes the cause of a stop, or its times", bodyLimit: .standard,
                edit(.operatorsAndAbove, .change) { bytes throws(Fault) in _ = try ChangeStopBody.read(bytes) }),
            Route(
                .delete, Self.stop, "Takes a stop away", bodyLimit: .standard,
                edit(.managersAndAbove, .delete, needsBody: false, Self.checkEmpty)),
            Route(
                .post, "\(Self.stop)/split", "Makes two stops of one", bodyLimit: .standard,
                edit(.operatorsAndAbove, .split) { bytes throws(Fault) in _ = try SplitStopBody.read(bytes) }),
            Route(
                .post, "\(Self.stop)/merge", "Makes one stop of this and others", bodyLimit: .standard,
                edit(.managersAndAbove, .merge) { bytes throws(Fault) in _ = try MergeStopsBody.read(bytes) }),
            Route(
                .post, "\(Self.path)/{line_id}/merge", "Makes one stop of several", bodyLimit: .standard,
                edit(.managersAndAbove, .merge) { bytes throws(Fault) in _ = try MergeStopsBody.read(bytes) }),
            Route(
                .post, "\(Self.stop)/undo", "Takes the last edit of a stop back", bodyLimit: .standard,
                edit(.operatorsAndAbove, .undo, needsBody: false, Self.checkEmpty)),
        ]
    }

    /// Who may make an edit, and the way of it; `check` refuses a body that is wrong in itself.
    private func edit(
        _ roles: Set<Role>,
        _ action: EditStops.Action,
        needsBody: Bool = true,
        _ check: @escaping @Sendable ([UInt8]) throws(Fault) -> Void
    ) -> Route.Handler {
        .tenant(roles: roles, scopes: [.write]) { context in
            var query = QueryFields(context.request.uri.query)
            let isTrial = query.bool("dry_run") ?? false
            let body = needsBody ? try await context.open.jsonBody() : try await context.open.wholeBody()
            do {
                try check(Array(buffer: body))
            } catch let fault as Fault where fault.code == .invalid {
                // The query's faults are told with those of the body.
                throw Fault.invalid(query.allFaults() + fault.parameters)
            }
            try query.finish()
            let path = try Self.named(context.open.parameters)
            let call = EditStops(action, line: path.line, event: path.event, isTrial: isTrial)
            return try await services.passOn(call, context, body: body)
        }
    }

    /// What the path names; a number that none can have is as one that none has.
    private static func named(_ parameters: [Substring]) throws(Fault) -> (line: LineID?, event: StopID?) {
        var numbers: [Int64] = []
        for parameter in parameters {
            guard let number = Int64(plain: parameter), (1...Int64(Int32.max)).contains(number) else {
                throw Fault(code: .notFound)
            }
            numbers.append(number)
        }
        return (numbers.first.map { LineID($0) }, numbers.dropFirst().first.map { StopID($0) })
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
            bodyLimit: .standard,
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
            .post, "/api/v1/cache/refresh", "Reads anew what is kept in memory", bodyLimit: .standard,
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                try await services.passOn(RefreshCache(), context)
            })
    }
}
