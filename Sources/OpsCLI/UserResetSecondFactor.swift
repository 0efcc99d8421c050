import ArgumentParser
import PostgresClient

/// `camet user reset-second-factor`: for whoever has lost it and has no ADMIN to ask.
struct UserResetSecondFactor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-second-factor", abstract: "Takes a user's second factor away and ends all sign-ins.",
        discussion: "Recovery codes are void too. The user signs in with the password and enrols anew.")

    @Option(help: "The user's name.")
    var username: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let item = try await admin.withGlobalDatabase { pool in try await reset(pool) }
        try OpsAnswer.print(
            item, json: common.json,
            text: ["The second factor of \(item.username) is gone, and \(item.sessionsEnded) sign-ins have ended."])
    }

    private func reset(_ pool: PostgresPool) async throws -> SecondFactorResetItem {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let user = try await HeldUser(named: username, transaction)
            let userID = user.userID
            let factors = try await transaction.execute(
                Statement(
                    "DeleteSecondFactors",
                    """
                    WITH enrolled AS (DELETE FROM second_factor_enrolment WHERE user_id = \(userID)),
                        codes AS (DELETE FROM recovery_code WHERE user_id = \(userID))
                    DELETE FROM second_factor WHERE user_id = \(userID)
                    """), deadline: deadline)
            guard factors > 0 else { throw OpsFailure("--username: \(username) has no second factor") }
            let sessions = try await user.endSessions(reason: "second_factor_reset", transaction)
            try await AuditEntry(
                action: "second_factor.reset", tenantID: nil, object: "user:\(userID)"
            ).write(transaction)
            return SecondFactorResetItem(userID: userID, username: user.username, sessionsEnded: sessions)
        }
    }
}

/// What was done, as the verb prints it.
struct SecondFactorResetItem: Encodable {
    let userID: Int
    let username: String
    let sessionsEnded: Int

    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case username
        case sessionsEnded = "sessions_ended"
    }
}
