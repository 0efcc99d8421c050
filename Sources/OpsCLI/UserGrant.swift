import ArgumentParser
import Identity
import PostgresClient
import Shared

/// `camet user grant`: what an existing user may do in a tenant.
struct UserGrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Gives a user a role in a tenant, in place of the one held there.",
        discussion: "Permissions are those given here and no others.")

    @Option(help: "The user's name.")
    var username: String

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "SUPER_ADMIN, ADMIN, MANAGER, OPERATOR or VIEWER.")
    var role: String

    @Option(parsing: .singleValue, help: "A right beside the role: export_data. May be repeated.")
    var permission: [String] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        _ = try FlagRules.role(role, flag: "--role")
        _ = try FlagRules.permissions(permission, flag: "--permission")
    }

    func run() async throws {
        let role = try FlagRules.role(role, flag: "--role")
        let permissions = try FlagRules.permissions(permission, flag: "--permission")
        let admin = try AdminAccess(try common.openSettings())
        let item = try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
            return try await grant(tenant, role, permissions, pool)
        }
        try OpsAnswer.print(
            item, json: common.json, text: ["User \(item.username) is \(role.rawValue) of \(item.tenant)."])
    }

    private func grant(
        _ tenant: RegisteredTenant, _ role: Role, _ permissions: [Permission], _ pool: PostgresPool
    ) async throws -> UserItem {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(
                Statement(
                    "FindUserByName",
                    """
                    SELECT user_id, username FROM app_user WHERE username_folded = \(FoldedName(username).text) FOR UPDATE
                    """), deadline: deadline)
            guard let row = rows.first else { throw OpsFailure("--username: there is no user \(username)") }
            let userID = try row.value(0, as: Int.self)
            try await MembershipWriter.write(
                userID: userID, tenant: tenant, role: role, permissions: permissions, transaction)
            try await AuditEntry(
                action: "user.granted", tenantID: tenant.tenantID, object: "user:\(userID)",
                detail: ["role": role.rawValue, "permissions": permissions.map(\.rawValue).joined(separator: ",")]
            ).write(transaction)
            return UserItem(
                userID: userID, username: try row.value(1), tenant: tenant.slug, role: role, permissions: permissions)
        }
    }
}
