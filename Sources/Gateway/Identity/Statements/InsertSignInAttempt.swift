import PostgresClient

/// An attempt to sign in.
enum InsertSignInAttempt {
    static func statement(account: String, isSuccess: Bool, reason: String?) -> Statement {
        Statement(
            "InsertSignInAttempt",
            """
            INSERT INTO user_login (username_folded, ok, reason)
            VALUES (left(\(account), 255), \(isSuccess), \(reason))
            """
        )
    }
}
