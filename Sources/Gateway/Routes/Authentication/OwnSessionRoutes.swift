import HTTPTypes
import Shared

/// GET and DELETE of one's own sign-ins.
struct OwnSessionRoutes: Sendable {
    private static let path = "/auth/sessions"

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Lists where one is signed in",
                .tenant(roles: .everyRole, scopes: []) { context in try await list(context) }),
            Route(
                .delete, Self.path, "Ends every other sign-in of oneself",
                .tenant(roles: .everyRole, scopes: []) { context in
                    try await services.account.endOthers(of: context.owner())
                    return Response(status: .noContent)
                }),
            Route(
                .delete, "\(Self.path)/{sid}", "Ends a sign-in of oneself",
                .tenant(roles: .everyRole, scopes: []) { context in
                    let session = SessionID(String(context.open.parameters[0]))
                    try await services.account.end(session, of: context.owner())
                    return Response(status: .noContent)
                }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        var query = QueryFields(context.request.uri.query)
        let limit = Int(query.limit())
        let text = query.text("cursor")
        let last = text.flatMap { ListSessions.Cursor(parsing: $0) }
        if text != nil, last == nil { query.fault("cursor", .invalidFormat) }
        try query.finish()
        let owner = try context.owner()
        let sessions = try await services.account.sessions(of: owner, after: last, limit: limit + 1)
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
