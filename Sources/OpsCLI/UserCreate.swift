import ArgumentParser
import Foundation
import Identity
import PostgresClient
import Shared

/// `camet user create`: a new user with a first membership.
struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a user who is a member of one tenant.",
        discussion: "--role SUPER_ADMIN makes one who may enter every tenant, and ADMIN of this one.")

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "User name, unique over all tenants.")
    var username: String

    @Option(help: "E-mail address, unique over all tenants.")
    var email: String

    @Option(help: "SUPER_ADMIN, ADMIN, MANAGER, OPERATOR or VIEWER.")
    var role: String

    @Option(parsing: .singleValue, help: "A right beside the role: export_data. May be repeated.")
    var permission: [String] = []

    @Option(help: "Language of the pages, es or en. Default: the tenant's.")
    var locale: String?

    @Flag(help: "Read the password from standard input, one line.")
    var passwordStdin = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try FlagRules.label(username, flag: "--username")
        try FlagRules.email(email, flag: "--email")
        _ = try FlagRules.role(role, flag: "--role")
        _ = try FlagRules.permissions(permission, flag: "--permission")
        if let locale { try FlagRules.language(locale, flag: "--locale") }
        guard passwordStdin else {
            throw ValidationError("--password-stdin is needed: a password is never an argument")
        }
    }

    func run() async throws {
        let role = try FlagRules.role(role, flag: "--role")
        let permissions = try FlagRules.permissions(permission, flag: "--permission")
        let names = (username: FoldedName(username), email: FoldedName(email))
        let admin = try AdminAccess(try common.openSettings())
        guard let password = readLine(strippingNewline: true), !password.isEmpty else {
            throw OpsFailure("--password-stdin: standard input is empty")
        }
        let userID = try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
            if let fault = PasswordRule.fault(
                in: password, names: [names.username, names.email], words: [tenant.slug, tenant.name])
            {
                throw OpsFailure("--password-stdin: the password \(fault)")
            }
            let hash = try PasswordHash(password: password)
            do {
                return try await insert(
                    names: names, hash: hash, tenant: tenant, role: role, permissions: permissions, pool)
            } catch PostgresError.server(let error) where error.sqlState == .uniqueViolation {
                throw OpsFailure(
                    error.constraint == "app_user_email_folded_key"
                        ? "--email: there is a user with the e-mail \(email) already"
                        : "--username: there is a user \(username) already")
            }
        }
        try OpsAnswer.print(
            UserItem(userID: userID, username: username, tenant: tenant, role: role, permissions: permissions),
            json: common.json, text: ["User \(username) is \(role.rawValue) of \(tenant)."])
    }

    private func insert(
        names: (username: FoldedName, email: FoldedName), hash: PasswordHash, tenant: RegisteredTenant, role: Role,
        permissions: [Permission], _ pool: PostgresPool
    ) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(30)
        let typed = (
            username: username.trimmingCharacters(in: .whitespacesAndNewlines),
            email: email.trimmingCharacters(in: .whitespacesAndNewlines)
        )
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(
                Statement(
                    "InsertUser",
                    """
                    INSERT INTO app_user (username, username_folded, email, email_folded, password_hash, locale)
                    VALUES (\(typed.username), \(names.username.text), \(typed.email),
                        \(names.email.text), \(hash.text), \(locale))
                    RETURNING user_id
                    """), deadline: deadline)
            let userID = try rows.value(0, 0, as: Int.self)
            try await MembershipWriter.write(
                userID: userID, tenant: tenant, role: role, permissions: permissions, transaction)
            try await AuditEntry(
                action: "user.created", tenantID: tenant.tenantID, object: "user:\(userID)",
                detail: ["username": username, "role": role.rawValue]
            ).write(transaction)
            return userID
        }
    }
}

/// A user's membership as the verbs print it.
struct UserItem: Encodable {
    let userID: Int
    let username: String
    let tenant: String
    let role: String
    let permissions: [String]

    init(userID: Int, username: String, tenant: String, role: Role, permissions: [Permission]) {
        self.userID = userID
        self.username = username
        self.tenant = tenant
        self.role = role.rawValue
        self.permissions = permissions.map(\.rawValue)
    }

    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case username
        case tenant
        case role
        case permissions
    }
}
