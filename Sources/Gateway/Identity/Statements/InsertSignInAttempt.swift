import PostgresClient

/// An attempt to sign in.
enum InsertSignInAttempt {
    /// - Parameter network: where it came from, an address or the first bits of one; nil: from this machine.
    static func statement(account: String, network: String?, isSuccess: Bool, reason: String?) -> Statement {
        Statement(
            "InsertSignInAttempt",
            """
            INSERT INTO user_login (username_folded, address, ok, reason)
            VALUES (left(\(account), 255), \(network)::text::inet, \(isSuccess), \(reason))
            """
        )
    }
}
