import PostgresClient

/// That a sign-in was used now, to the minute.
enum NoteSessionUse {
    static func statement(_ session: SessionID) -> Statement {
        Statement(
            "NoteSessionUse",
            """
            UPDATE session_family SET last_seen_at = now()
            WHERE sid = \(session.description)::text::uuid AND last_seen_at < now() - interval '1 minute'
            """
        )
    }
}
