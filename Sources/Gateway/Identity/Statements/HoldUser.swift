import PostgresClient
import Shared

/// Makes whoever else changes the same user's second factor wait for the end of this transaction.
enum HoldUser {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "HoldUser",
            "SELECT user_id FROM app_user WHERE user_id = \(Int32(user.rawValue)) FOR NO KEY UPDATE"
        )
    }
}
