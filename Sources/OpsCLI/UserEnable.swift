import ArgumentParser
import PostgresClient

/// `camet user enable`: a disabled user may sign in again, with what he might do before.
struct UserEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Lets a disabled user sign in again.")

    @Option(help: "The user's name.")
    var username: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let item = try await admin.withGlobalDatabase { pool in
            let deadline = ContinuousClock.now + .seconds(30)
            return try await pool.withTransaction(deadline: deadline) { transaction in
                let user = try await HeldUser(named: username, transaction)
                try await transaction.execute(
                    Statement(
                        "EnableUser", "UPDATE app_user SET disabled_at = NULL WHERE user_id = \(user.userID)"),
                    deadline: deadline)
                try await AuditEntry(
                    action: "user.enabled", tenantID: nil, object: "user:\(user.userID)",
                    detail: ["username": user.username]
                ).write(transaction)
                return UserStateItem(userID: user.userID, username: user.username, isActive: true, endedSessions: 0)
            }
        }
        try OpsAnswer.print(item, json: common.json, text: ["User \(item.username) may sign in again."])
    }
}
