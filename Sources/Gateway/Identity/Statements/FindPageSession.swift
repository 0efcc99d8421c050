import PostgresClient
import Shared

/// The sign-in of a page's cookie, while it holds.
enum FindPageSession {
    struct Row: Sendable {
        var session: SessionID
        var user: UserID
        var tenant: TenantID
        var csrfSecret: [UInt8]
    }

    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindPageSession",
            """
            SELECT family.sid::text, family.user_id, family.tenant_id, page.csrf_secret
            FROM page_session AS page JOIN session_family AS family USING (sid)
            WHERE page.id_hash = \(Parameter.bytes(hash)) AND page.expires_at > now()
                AND family.ended_at IS NULL AND family.expires_at > now()
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            session: SessionID(try row.value(0)),
            user: UserID(try row.value(1)),
            tenant: TenantID(try row.value(2)),
            csrfSecret: try row.value(3, as: PostgresBytes.self).bytes
        )
    }
}
