import Identity
import PostgresClient
import Shared

/// Whose sign-in a ticket stands for, while it can be tried.
enum FindTicket {
    struct Row: Sendable {
        var user: UserID
        var tenant: TenantID
        var account: FoldedName
        /// The hash of the password as it is now; a change of it ends the ticket, and the session does not begin.
        var password: PasswordHash?
    }

    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindTicket",
            """
            SELECT user_id, ticket.tenant_id, app_user.username_folded, app_user.password_hash
            FROM otp_ticket AS ticket JOIN app_user USING (user_id)
            WHERE ticket.hash = \(Parameter.bytes(hash)) AND ticket.tries_left > 0 AND ticket.used_at IS NULL
                AND ticket.expires_at > now() AND app_user.disabled_at IS NULL
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            user: UserID(try row.value(0)), tenant: TenantID(try row.value(1)), account: FoldedName(try row.value(2)),
            password: PasswordHash(text: try row.value(3)))
    }
}
