import Identity
import PostgresClient
import Shared

/// Another name, e-mail or state of a user.
enum UpdateUser {
    static func statement(_ user: UserID, username: String, email: String, isActive: Bool) -> Statement {
        Statement(
            "UpdateUser",
            """
            UPDATE app_user SET username = \(username), username_folded = \(FoldedName(username).text),
                email = \(email), email_folded = \(FoldedName(email).text),
                disabled_at = CASE WHEN \(isActive) THEN NULL ELSE coalesce(disabled_at, now()) END
            WHERE user_id = \(Int32(user.rawValue))
            """
        )
    }
}
