import Identity
import PostgresClient

/// A new user; gives his id.
enum InsertUser {
    static func statement(username: String, email: String, password: PasswordHash, isActive: Bool) -> Statement {
        Statement(
            "InsertUser",
            """
            INSERT INTO app_user (username, username_folded, email, email_folded, password_hash, disabled_at)
            VALUES (\(username), \(FoldedName(username).text), \(email), \(FoldedName(email).text), \(password.text),
                CASE WHEN \(isActive) THEN NULL ELSE now() END)
            RETURNING user_id
            """
        )
    }
}
