import PostgresClient

/// The sign-in a refresh token belongs to, when it was used before.
enum FindUsedRefreshToken {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindUsedRefreshToken",
            "SELECT sid::text FROM refresh_token WHERE hash = \(Parameter.bytes(hash)) AND used_at IS NOT NULL"
        )
    }
}
