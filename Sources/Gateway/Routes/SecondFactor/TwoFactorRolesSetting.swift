import HTTPTypes
import IPC
import Identity
import NIOCore
import PostgresClient
import Shared

/// GET and PUT of the setting `sign_in.two_factor_roles`: whose roles need a second factor.
///
/// It is kept with the tenant in the global database and not with the other settings in the tenant's own, because the
/// gateway asks for it at every sign-in, before there is a worker.
struct TwoFactorRolesSetting: Sendable {
    static let key = "sign_in.two_factor_roles"
    private static let path = "/api/v1/settings/\(key)"
    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    private struct TwoFactorRolesBody: JSONBody {
        /// In the order of `Role`.
        let roles: [Role]

        init(_ fields: inout JSONFields) {
            let given = fields.required(fields.choices("value", of: Role.self), "value", [])
            if !given.isEmpty { fields.noteRepeated(given, in: "value") }
            roles = Role.allCases.filter(given.contains)
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Reads whose roles need a second factor",
                .operation("readTwoFactorRoles", .settings, answers: .object(.twoFactorRoles)),
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    .setting(try await roles(of: context.tenant), for: context.request)
                }),
            Route(
                .put, Self.path, "Changes whose roles need a second factor",
                .operation(
                    "replaceTwoFactorRoles", .settings,
                    "Whoever has such a role and no second factor may only enrol one, within 5 seconds.",
                    headers: [.ifMatch], body: .json(TwoFactorRolesBody.self), answers: .object(.twoFactorRoles)),
                bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await replace(context) }),
        ]
    }

    /// In the order of `Role`.
    func roles(of tenant: TenantID) async throws -> [Role] {
        try await databaseFaults {
            try await ReadTwoFactorRoles.read(
                services.pool.query(ReadTwoFactorRoles.statement(tenant), deadline: Self.deadline))
        }
    }

    private func replace(_ context: TenantContext) async throws -> Response {
        // It concerns people of every plant.
        guard context.principal.plants == nil else { throw Fault(code: .forbidden) }
        let roles = try TwoFactorRolesBody.read(Array(buffer: try await context.open.jsonBody())).roles
        let owner = try context.owner()
        let deadline = Self.deadline
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: deadline) { transaction in
                let old = try await ReadTwoFactorRoles.read(
                    transaction.query(ReadTwoFactorRoles.statement(context.tenant), deadline: deadline))
                guard IfMatch.precondition(context.request.headers).holds(for: Response.settingTag(old)) else {
                    throw Fault(code: .preconditionFailed)
                }
                try await transaction.execute(
                    UpdateTwoFactorRoles.statement(context.tenant, roles), deadline: deadline)
                try await transaction.execute(
                    InsertAuditEntry.statement(
                        user: owner.user, tenant: owner.tenant, action: "setting.changed", object: Self.key,
                        from: owner.caller),
                    deadline: deadline)
                return .setting(roles, for: context.request)
            }
        }
    }

    /// Writes it as one of the list of all settings.
    static func write(_ roles: [Role], to json: inout JSONWriter) {
        json.object { json in
            json.field("key", key)
            json.key("value")
            json.array { json in
                for role in roles { json.value(role.rawValue) }
            }
        }
    }
}

extension Response {
    fileprivate static func setting(_ roles: [Role], for request: Request) -> Response {
        .object(settingJSON(roles), tag: settingTag(roles), for: request)
    }

    fileprivate static func settingTag(_ roles: [Role]) -> String {
        String(ContentDigest.sha256Text(settingJSON(roles).bytes).prefix(16))
    }

    private static func settingJSON(_ roles: [Role]) -> JSONWriter {
        var json = JSONWriter()
        TwoFactorRolesSetting.write(roles, to: &json)
        return json
    }
}
