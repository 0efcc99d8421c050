import ArgumentParser
import Identity
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
                let ended = try await transaction.execute(
                    Statement(
                        "EndSessionsOfUser",
                        """
                        UPDATE session_family SET ended_at = now(), ended_reason = 'user_disabled'
                        WHERE user_id = \(user.userID) AND ended_at IS NULL AND expires_at > now()
                        """), deadline: deadline)
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

/// A user's row, held until the transaction ends.
struct HeldUser {
    let userID: Int
    /// As it is written.
    let username: String
    let isActive: Bool

    /// Throws when there is none of that name.
    init(named username: String, _ transaction: borrowing PostgresTransaction) async throws {
        let rows = try await transaction.query(
            Statement(
                "HoldUserByName",
                """
                SELECT user_id, username, disabled_at IS NULL FROM app_user
                WHERE username_folded = \(FoldedName(username).text) FOR NO KEY UPDATE
                """), deadline: .now + .seconds(30))
        guard let row = rows.first else { throw OpsFailure("--username: there is no user \(username)") }
        userID = try row.value(0)
        self.username = try row.value(1)
        isActive = try row.value(2)
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
