import HTTPTypes
import PostgresClient
import Shared

/// GET /api/v1/audit/sign-ins: attempts to sign in as one of the members of the caller's tenant, newest first.
struct ListSignInsRoute: Sendable {
    private struct Query: QueryParameters {
        let limit: Int
        let before: NewestFirstCursor?
        let filter: ListSignIns.Filter

        init(_ fields: inout QueryFields) {
            limit = Int(fields.limit())
            before = fields.newestFirstCursor()
            filter = ListSignIns.Filter(
                from: fields.instant("from"),
                to: fields.instant("to"),
                user: fields.identifier("user_id"),
                isSuccess: fields.bool("success")
            )
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/audit/sign-ins", "Attempts to sign in as a member, newest first",
            .operation("listSignIns", .audit, query: Query.self, answers: .ok(.page(of: .signIn))),
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                let query = try Query(of: context.request)
                let limit = query.limit
                let attempts = try await databaseFaults {
                    try await ListSignIns.read(
                        services.pool.query(
                            ListSignIns.statement(
                                context.tenant, query.filter, before: query.before, limit: limit + 1),
                            deadline: .now + .seconds(10)))
                }
                return .page(
                    attempts, limit: limit, cursor: { NewestFirstCursor(instant: $0.attemptedAt, id: $0.id).text }
                ) { Self.write($0, to: &$1) }
            })
    }

    private static func write(_ attempt: ListSignIns.Row, to json: inout JSONWriter) {
        json.object { json in
            json.field("sign_in_id", attempt.id)
            json.field("attempted_at", attempt.attemptedAt)
            json.field("user_id", attempt.user.rawValue)
            json.field("username", attempt.username)
            json.field("success", attempt.isSuccess)
            json.field("reason", attempt.reason)
            json.field("address", attempt.address)
        }
    }
}
