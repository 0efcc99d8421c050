import PostgresClient

/// One more refresh token of a sign-in.
enum InsertRefreshToken {
    static func statement(hash: [UInt8], session: SessionID, lifetimeSeconds: Double) -> Statement {
        Statement(
            "InsertRefreshToken",
            """
            INSERT INTO refresh_token (hash, sid, expires_at)
            VALUES (\(Parameter.bytes(hash)), \(session.description)::text::uuid,
                now() + make_interval(secs => \(lifetimeSeconds)))
            """
        )
    }
}
