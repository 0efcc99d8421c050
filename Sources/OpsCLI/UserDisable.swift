import ArgumentParser
import PostgresClient

/// `camet user disable`: a user signs in nowhere any more.
struct UserDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Ends a user's sign-ins and lets him sign in nowhere any more.",
        discussion: "What he may do where is kept for `user enable`. The last ADMIN of a tenant stays.")

    @Option(help: "The user's name.")
    var username: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let item = try await admin.withGlobalDatabase { pool in
            let deadline = ContinuousClock.now + .seconds(30)
            return try await pool.withTransaction(deadline: deadline) { transaction in
                let user = try await HeldUser(named: username, transaction)
                let tenants = user.isActive ? try await LastAdmin.tenants(of: user.userID, transaction) : []
                guard tenants.isEmpty else {
                    throw OpsFailure("--username: this is the last ADMIN of \(tenants.joined(separator: ", "))")
                }
                try await transaction.execute(
                    Statement(
                        "DisableUser",
                        "UPDATE app_user SET disabled_at = coalesce(disabled_at, now()) WHERE user_id = \(user.userID)"
                    ), deadline: deadline)
                let ended = try await user.endSessions(reason: "user_disabled", transaction)
                try await AuditEntry(
                    action: "user.disabled", tenantID: nil, object: "user:\(user.userID)",
                    detail: ["username": user.username]
                ).write(transaction)
                return UserStateItem(
                    userID: user.userID, username: user.username, isActive: false, endedSessions: ended)
            }
        }
        try OpsAnswer.print(
            item, json: common.json,
            text: ["User \(item.username) is disabled; \(item.endedSessions) sign-ins were ended."])
    }
}

/// Whether a user may sign in, as the verbs print it.
struct UserStateItem: Encodable {
    let userID: Int
    let username: String
    let isActive: Bool
    let endedSessions: Int

    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case username
        case isActive = "is_active"
        case endedSessions = "ended_sessions"
    }
}
