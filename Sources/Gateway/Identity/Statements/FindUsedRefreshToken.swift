import PostgresClient
import Shared

/// The sign-in a refresh token belongs to, when it was used before.
enum FindUsedRefreshToken {
    struct Row: Sendable {
        var session: SessionID
        var user: UserID
        var tenant: TenantID
    }

    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindUsedRefreshToken",
            """
            SELECT family.sid::text, family.user_id, family.tenant_id
            FROM refresh_token AS token JOIN session_family AS family USING (sid)
            WHERE token.hash = \(Parameter.bytes(hash)) AND token.used_at IS NOT NULL
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            session: SessionID(try row.value(0)), user: UserID(try row.value(1)), tenant: TenantID(try row.value(2)))
    }
}
