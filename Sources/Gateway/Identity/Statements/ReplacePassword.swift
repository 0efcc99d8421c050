import Identity
import PostgresClient
import Shared

/// A new password of a user.
enum ReplacePassword {
    /// - Parameter known: the one it takes the place of, or nothing is done; nil: whatever it is.
    static func statement(_ user: UserID, _ password: PasswordHash, insteadOf known: PasswordHash?) -> Statement {
        Statement(
            "ReplacePassword",
            """
            UPDATE app_user SET password_hash = \(password.text)
            WHERE user_id = \(Int32(user.rawValue)) AND (\(known?.text) IS NULL OR password_hash = \(known?.text))
            """
        )
    }
}
