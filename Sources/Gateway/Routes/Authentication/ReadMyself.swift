import HTTPTypes
import Shared

/// GET /auth/me.
struct ReadMyself: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/auth/me", "Who is signed in",
            .operation("readMyself", .account, answers: .ok(.myself)),
            isForEnrolling: true,
            .tenant(roles: .everyRole, scopes: []) { context in
                try await answer(context)
            })
    }

    func answer(_ context: TenantContext) async throws -> Response {
        guard case .user(let user, let role) = context.principal.kind, let session = context.identity.session
        else { throw Fault(code: .forbidden) }
        return try await databaseFaults {
            let memberships = try await services.signIn.memberships(of: user)
            let known = try await services.signIn.session(session, user: user, tenant: context.tenant)
            return .json(Self.json(context, user, role, known, memberships))
        }
    }

    private static func json(
        _ context: TenantContext,
        _ user: UserID,
        _ role: Role,
        _ session: ReadSession.Row,
        _ memberships: [ListMemberships.Row]
    ) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.key("user")
            json.object { json in
                json.field("user_id", user.rawValue)
                json.field("username", session.username)
                json.field("email", session.email)
                json.field("locale", session.language?.rawValue)
                json.field("two_factor", session.hasSecondFactor)
            }
            json.key("tenant")
            if let tenant = memberships.first(where: { $0.tenant == context.tenant }) {
                json.object { json in
                    json.field("tenant_id", tenant.tenant.rawValue)
                    json.field("slug", tenant.slug)
                    json.field("name", tenant.name)
                    json.field("timezone", tenant.timeZone)
                }
            } else {
                json.null()
            }
            json.field("role", role.rawValue)
            json.key("permissions")
            json.array { json in
                for permission in context.principal.permissions.sorted(by: { $0.rawValue < $1.rawValue }) {
                    json.value(permission.rawValue)
                }
            }
            json.key("memberships")
            json.array { json in
                for membership in memberships {
                    json.object { json in
                        json.field("slug", membership.slug)
                        json.field("name", membership.name)
                        json.field("role", membership.role?.rawValue)
                    }
                }
            }
        }
        return json
    }
}
