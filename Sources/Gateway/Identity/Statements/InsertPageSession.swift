import PostgresClient

/// A page's session.
enum InsertPageSession {
    static func statement(hash: [UInt8], session: SessionID, csrfSecret: [UInt8], lifetimeSeconds: Double) -> Statement
    {
        Statement(
            "InsertPageSession",
            """
            INSERT INTO page_session (id_hash, sid, csrf_secret, expires_at)
            VALUES (\(Parameter.bytes(hash)), \(session.description)::text::uuid, \(Parameter.bytes(csrfSecret)),
                now() + make_interval(secs => \(lifetimeSeconds)))
            """
        )
    }
}
