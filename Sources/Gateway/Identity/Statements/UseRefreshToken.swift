import PostgresClient

/// Uses a refresh token up. No row: it is unknown, used or over, or its user is disabled; `FindUsedRefreshToken` tells whether
/// it was used.
enum UseRefreshToken {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "UseRefreshToken",
            """
            UPDATE refresh_token AS token SET used_at = now() FROM session_family AS family JOIN app_user USING (user_id)
            WHERE token.hash = \(Parameter.bytes(hash)) AND token.used_at IS NULL AND token.expires_at > now()
                AND family.sid = token.sid AND family.ended_at IS NULL AND family.expires_at > now()
                AND app_user.disabled_at IS NULL
            RETURNING family.sid::text, family.user_id, family.tenant_id
            """
        )
    }
}
