import HTTPTypes
import IPC
import Identity
import NIOCore
import PostgresClient
import Shared

/// GET list, GET one, POST, PUT and DELETE of a tenant's API keys.
struct APIKeyRoutes: Sendable {
    private static let path = "/api/v1/api-keys"

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Lists API keys",
                .operation(
                    "listAPIKeys", .keys, "Those that are revoked are not.", query: NumberedPage.self,
                    answers: .ok(.page(of: .apiKey))),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await list(context) }),
            Route(
                .get, "\(Self.path)/{id}", "Reads an API key",
                .operation("readAPIKey", .keys, answers: .object(.apiKey)),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await read(context) }),
            Route(
                .post, Self.path, "Makes an API key",
                .operation(
                    "makeAPIKey", .keys, "Only this answer has the key itself.", body: Self.documentedBody,
                    answers: .created(.newAPIKey)),
                bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await make(context) }),
            Route(
                .put, "\(Self.path)/{id}", "Replaces what an API key may",
                .operation(
                    "replaceAPIKey", .keys, "The key itself stays the same. It holds within 5 seconds.",
                    headers: [.ifMatch], body: Self.documentedBody, answers: .object(.apiKey)),
                bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await replace(context) }),
            Route(
                .delete, "\(Self.path)/{id}", "Revokes an API key",
                .operation(
                    "revokeAPIKey", .keys, "It holds within 5 seconds.", headers: [.ifMatch], answers: .noContent),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await revoke(context) }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        let page = try NumberedPage(of: context.request)
        let limit = Int(page.limit)
        let keys = try await databaseFaults {
            try await ListAPIKeys.read(
                services.pool.query(
                    ListAPIKeys.statement(context.tenant, after: page.after, limit: limit + 1),
                    deadline: Self.deadline))
        }
        return .page(keys, limit: limit, cursor: \.id.description) { Self.write($0, to: &$1) }
    }

    private func read(_ context: TenantContext) async throws -> Response {
        let id = try Self.id(context)
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let key = try await held(id, context, transaction)
                return .object(Self.json(key), tag: Self.tag(key), for: context.request)
            }
        }
    }

    /// Keys reach every plant, so whoever is limited to some has none to give or take.
    private static func checkReach(_ context: TenantContext) throws(Fault) {
        guard context.principal.plants == nil else { throw Fault(code: .forbidden) }
    }

    private func make(_ context: TenantContext) async throws -> Response {
        try Self.checkReach(context)
        let body = try await body(context)
        let token = APIKeyToken()
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let id: Int64 = try await transaction.query(
                    InsertAPIKey.statement(
                        body, publicID: token.publicID, secretHash: token.secretHash, in: context.tenant),
                    deadline: Self.deadline
                ).value(0, 0)
                try await record("key.created", token.publicID, context, transaction)
                let key = try await held(APIKeyID(id), context, transaction)
                return .object(
                    Self.json(key, secret: token.text), tag: Self.tag(key), for: context.request, status: .created,
                    at: "\(Self.path)/\(id)")
            }
        }
    }

    private func replace(_ context: TenantContext) async throws -> Response {
        try Self.checkReach(context)
        let body = try await body(context)
        return try await changing(context) { id, key, transaction in
            try await transaction.execute(UpdateAPIKey.statement(id, body), deadline: Self.deadline)
            try await record("key.changed", key.publicID, context, transaction)
            let changed = try await held(id, context, transaction)
            return .object(Self.json(changed), tag: Self.tag(changed), for: context.request)
        }
    }

    private func revoke(_ context: TenantContext) async throws -> Response {
        try Self.checkReach(context)
        return try await changing(context) { id, key, transaction in
            try await transaction.execute(RevokeAPIKey.statement(id), deadline: Self.deadline)
            try await record("key.revoked", key.publicID, context, transaction)
            return Response(status: .noContent)
        }
    }

    // MARK: Parts

    private static let documentedBody = RequestContent.json("APIKeyBody") { fields in
        _ = APIKeyBody(&fields, now: Instant(microseconds: 0))
    }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    private func body(_ context: TenantContext) async throws -> APIKeyBody {
        try APIKeyBody.read(Array(buffer: try await context.open.jsonBody()), now: services.clock())
    }

    /// - Throws: `notFound` for what is no number of an object.
    private static func id(_ context: TenantContext) throws(Fault) -> APIKeyID {
        guard let number = Int64(plain: context.open.parameters[0]), (1...Int64(Int32.max)).contains(number) else {
            throw Fault(code: .notFound)
        }
        return APIKeyID(number)
    }

    /// Runs `body` with the key of the path, held, when it is what If-Match asks for.
    ///
    /// - Throws: `notFound` for none of the tenant's, `preconditionFailed`.
    private func changing(
        _ context: TenantContext,
        _ body: (APIKeyID, ListAPIKeys.Row, borrowing PostgresTransaction) async throws -> Response
    ) async throws -> Response {
        let id = try Self.id(context)
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let key = try await held(id, context, transaction)
                guard IfMatch.precondition(context.request.headers).holds(for: Self.tag(key)) else {
                    throw Fault(code: .preconditionFailed)
                }
                return try await body(id, key, transaction)
            }
        }
    }

    private func held(
        _ id: APIKeyID, _ context: TenantContext, _ transaction: borrowing PostgresTransaction
    ) async throws -> ListAPIKeys.Row {
        let rows = try await transaction.query(
            ReadAPIKey.statement(id, of: context.tenant), deadline: Self.deadline)
        guard let key = try ListAPIKeys.read(rows).first else { throw Fault(code: .notFound) }
        return key
    }

    private func record(
        _ action: String, _ publicID: String, _ context: TenantContext,
        _ transaction: borrowing PostgresTransaction
    ) async throws {
        guard case .user(let user, _) = context.principal.kind else { throw Fault(code: .forbidden) }
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: user, tenant: context.tenant, action: action, object: "key:\(publicID)",
                from: context.open.caller),
            deadline: Self.deadline)
    }

    /// Changes with everything of a key but when it was last used.
    private static func tag(_ key: ListAPIKeys.Row) -> String {
        var key = key
        key.lastUsedAt = nil
        return String(ContentDigest.sha256Text(json(key).bytes).prefix(16))
    }

    private static func json(_ key: ListAPIKeys.Row, secret: String? = nil) -> JSONWriter {
        var json = JSONWriter()
        write(key, secret: secret, to: &json)
        return json
    }

    private static func write(_ key: ListAPIKeys.Row, secret: String? = nil, to json: inout JSONWriter) {
        json.object { json in
            json.field("api_key_id", key.id.rawValue)
            if let secret { json.field("api_key", secret) }
            json.field("public_id", key.publicID)
            json.field("name", key.name)
            json.key("scopes")
            json.array { json in
                for scope in key.scopes { json.value(scope.rawValue) }
            }
            json.key("addresses")
            if let addresses = key.addresses {
                json.array { json in
                    for address in addresses { json.value(address.description) }
                }
            } else {
                json.null()
            }
            json.field("expires_at", key.expiresAt)
            json.field("created_at", key.createdAt)
            json.field("last_used_at", key.lastUsedAt)
        }
    }
}
