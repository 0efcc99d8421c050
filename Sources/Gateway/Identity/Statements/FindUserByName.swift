import Identity
import PostgresClient
import Shared

/// A user by his folded name.
enum FindUserByName {
    struct Row: Sendable {
        var id: UserID
        var username: String
        var passwordHash: PasswordHash?
        var isSuperAdmin: Bool
        var language: LanguageCode?
        var isDisabled: Bool
    }

    static func statement(_ name: FoldedName) -> Statement {
        Statement(
            "FindUserByName",
            """
            SELECT user_id, username, password_hash, is_super_admin, locale, disabled_at IS NOT NULL
            FROM app_user WHERE username_folded = \(name.text)
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            id: UserID(try row.value(0)),
            username: try row.value(1),
            passwordHash: PasswordHash(text: try row.value(2)),
            isSuperAdmin: try row.value(3),
            language: try row.optional(4, as: String.self).flatMap(LanguageCode.init(rawValue:)),
            isDisabled: try row.value(5)
        )
    }
}
