import HTTPTypes
import Shared

/// GET and DELETE of one's own sign-ins.
struct OwnSessionRoutes: Sendable {
    private static let path = "/auth/sessions"

    private struct Query: QueryParameters {
        let limit: Int
        let last: ListSessions.Cursor?

        init(_ fields: inout QueryFields) {
            limit = Int(fields.limit())
            fields.note(
                "cursor",
                .text(
                    pattern: "^[0-9]{1,18}\\.[0-9A-Fa-f-]{36}$",
                    example: "1772604000000000.00000000-0000-4000-8000-000000000000"))
            let text = fields.text("cursor")
            last = text.flatMap { ListSessions.Cursor(parsing: $0) }
            if text != nil, last == nil { fields.fault("cursor", .invalidFormat) }
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Lists where one is signed in",
                .operation(
                    "listSessions", .account, "Sign-ins of every company, the newest first.", query: Query.self,
                    answers: .ok(.page(of: .session))),
                .tenant(roles: .everyRole, scopes: []) { context in try await list(context) }),
            Route(
                .delete, Self.path, "Ends every other sign-in of oneself",
                .operation("endOtherSessions", .account, answers: .noContent),
                .tenant(roles: .everyRole, scopes: []) { context in
                    try await services.account.endOthers(of: context.owner())
                    return Response(status: .noContent)
                }),
            Route(
                .delete, "\(Self.path)/{sid}", "Ends a sign-in of oneself",
                .operation(
                    "endSession", .account, "Its refresh token dies at once, its access tokens within 5 seconds.",
                    path: [
                        "sid": .text(
                            JSONShape.Text(format: "uuid", example: "00000000-0000-4000-8000-000000000000"))
                    ],
                    answers: .noContent),
                .tenant(roles: .everyRole, scopes: []) { context in
                    let session = SessionID(String(context.open.parameters[0]))
                    try await services.account.end(session, of: context.owner())
                    return Response(status: .noContent)
                }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        let query = try Query(of: context.request)
        let limit = query.limit
        let owner = try context.owner()
        let sessions = try await services.account.sessions(of: owner, after: query.last, limit: limit + 1)
        var json = JSONWriter()
        json.object { json in
            json.key("items")
            json.array { json in
                for session in sessions.prefix(limit) {
                    Self.write(session, isCurrent: session.session == owner.session, to: &json)
                }
            }
            json.field("next_cursor", sessions.count > limit ? sessions[limit - 1].cursor.text : nil)
        }
        return .json(json)
    }

    private static func write(_ session: ListSessions.Row, isCurrent: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.field("sid", session.session.description)
            json.field("kind", session.kind)
            json.field("tenant", session.tenant)
            json.field("created_at", session.createdAt)
            json.field("last_seen_at", session.lastSeenAt)
            json.field("expires_at", session.expiresAt)
            json.field("address", session.address)
            json.field("user_agent", session.userAgent)
            json.field("current", isCurrent)
        }
    }
}
