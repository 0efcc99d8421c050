import Identity
import PostgresClient

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

    /// Ends every sign-in; gives how many.
    func endSessions(reason: String, _ transaction: borrowing PostgresTransaction) async throws -> Int {
        try await transaction.execute(
            Statement(
                "EndSessionsOfUser",
                """
                UPDATE session_family SET ended_at = now(), ended_reason = \(reason)
                WHERE user_id = \(userID) AND ended_at IS NULL AND expires_at > now()
                """), deadline: .now + .seconds(30))
    }
}
