import HTTPTypes
import NIOCore
import PostgresClient
import Shared

/// POST /auth/token.
struct CreateTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/token", "Signs in and gives tokens", bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try await context.jsonBody()
                var fields = try JSONFields(body: Array(buffer: body))
                let username = fields.required(fields.plainString("username"), "username", "")
                let password = fields.required(fields.plainString("password"), "password", "")
                let tenant = fields.plainString("tenant")
                try fields.finish()
                return try await databaseFaults {
                    let person = try await services.signIn.person(
                        username: username, password: password, tenant: tenant, address: context.clientAddress)
                    return .tokens(try await services.signIn.tokens(for: person))
                }
            })
    }
}

/// POST /auth/refresh.
struct RenewTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/refresh", "Renews tokens", bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try await context.jsonBody()
                var fields = try JSONFields(body: Array(buffer: body))
                let token = fields.required(fields.plainString("refresh_token"), "refresh_token", "")
                try fields.finish()
                return try await databaseFaults { .tokens(try await services.signIn.renew(token)) }
            })
    }
}

/// POST /auth/logout.
struct EndTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/logout", "Ends the sign-in of this token", bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                guard let session = context.identity.session else { throw Fault(code: .forbidden) }
                return try await databaseFaults {
                    try await services.signIn.signOut(session)
                    return Response(status: .noContent)
                }
            })
    }
}

/// GET /auth/me.
struct ReadMyself: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/auth/me", "Who is signed in",
            .tenant(roles: .everyRole, scopes: []) { context in
                guard case .user(let user, let role) = context.principal.kind, let session = context.identity.session
                else { throw Fault(code: .forbidden) }
                return try await databaseFaults {
                    let memberships = try await services.signIn.memberships(of: user)
                    let known = try await services.signIn.session(session, user: user, tenant: context.tenant)
                    return .json(Self.json(context, user, role, known, memberships))
                }
            })
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
                json.field("two_factor", false)
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

extension Response {
    fileprivate static func tokens(_ pair: SignIn.TokenPair) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.field("access_token", pair.accessToken)
            json.field("token_type", "Bearer")
            json.field("expires_in", AccessTokens.lifetimeSeconds)
            json.field("refresh_token", pair.refreshToken)
        }
        return .json(json)
    }
}

/// Runs what needs the global database; its failures become faults.
func databaseFaults<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
    do {
        return try await body()
    } catch let error as PostgresError {
        throw Fault(error)
    }
}
