import PostgresClient

/// Keeps a sign-in from being ended until the transaction does. No row: it has ended already.
enum HoldSession {
    static func statement(_ session: SessionID) -> Statement {
        Statement(
            "HoldSession",
            """
            SELECT sid FROM session_family
            WHERE sid = \(session.description)::text::uuid AND ended_at IS NULL AND expires_at > now() FOR SHARE
            """
        )
    }
}
