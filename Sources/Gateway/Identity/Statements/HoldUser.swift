import PostgresClient
import Shared

/// Lets whoever changes a user, or his second factor, take turns, until the transaction ends. Signing in goes on meanwhile,
/// but no session begins.
enum HoldUser {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "HoldUser",
            "SELECT user_id FROM app_user WHERE user_id = \(Int32(user.rawValue)) FOR NO KEY UPDATE"
        )
    }
}
