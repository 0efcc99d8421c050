import Identity
import PostgresClient
import Shared

/// The folded name and the password of a user.
enum FindPasswordOfUser {
    struct Row: Sendable {
        var account: FoldedName
        var hash: PasswordHash?
    }

    static func statement(_ user: UserID) -> Statement {
        Statement(
            "FindPasswordOfUser",
            "SELECT username_folded, password_hash FROM app_user WHERE user_id = \(Int32(user.rawValue))",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(account: FoldedName(try row.value(0)), hash: PasswordHash(text: try row.value(1)))
    }
}
