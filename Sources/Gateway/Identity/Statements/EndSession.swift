import PostgresClient

/// Ends a sign-in, with everything that depends on it.
enum EndSession {
    static func statement(_ session: SessionID, reason: String) -> Statement {
        Statement(
            "EndSession",
            """
            UPDATE session_family SET ended_at = now(), ended_reason = \(reason)
            WHERE sid::text = \(session.description) AND ended_at IS NULL
            """
        )
    }
}
