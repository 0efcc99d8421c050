import Identity
import PostgresClient
import Shared

/// The password of a user, and the names it must not contain.
enum ReadPassword {
    struct Row: Sendable {
        var username: String
        var email: String
        var hash: PasswordHash?
    }

    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ReadPassword",
            "SELECT username, email, password_hash FROM app_user WHERE user_id = \(Int32(user.rawValue))",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            username: try row.value(0), email: try row.value(1), hash: PasswordHash(text: try row.value(2)))
    }
}
