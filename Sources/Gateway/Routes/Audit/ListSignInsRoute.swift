import HTTPTypes
import PostgresClient
import Shared

/// GET /api/v1/audit/sign-ins: attempts to sign in as one of the members of the caller's tenant, newest first.
struct ListSignInsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/audit/sign-ins", "Attempts to sign in as a member, newest first",
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                var query = QueryFields(context.request.uri.query)
                let limit = Int(query.limit())
                let before = query.newestFirstCursor()
                let filter = ListSignIns.Filter(
                    from: query.instant("from"),
                    to: query.instant("to"),
                    user: query.identifier("user_id"),
                    isSuccess: query.bool("success")
                )
                try query.finish()
                let attempts = try await databaseFaults {
                    try await ListSignIns.read(
                        services.pool.query(
                            ListSignIns.statement(context.tenant, filter, before: before, limit: limit + 1),
                            deadline: .now + .seconds(10)))
                }
                return .json(Self.json(attempts, limit: limit))
            })
    }

    private static func json(_ attempts: [ListSignIns.Row], limit: Int) -> JSONWriter {
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("items")
            json.array { json in
                for attempt in attempts.prefix(limit) {
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
            let last = attempts.count > limit ? attempts[limit - 1] : nil
            json.field(
                "next_cursor", last.map { NewestFirstCursor(instant: $0.attemptedAt, id: $0.id).text })
        }
        return json
    }
}
