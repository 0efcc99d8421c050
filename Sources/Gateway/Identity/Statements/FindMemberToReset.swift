import PostgresClient
import Shared

/// A member of a tenant, and what decides who may take his second factor away.
enum FindMemberToReset {
    struct Row: Sendable {
        var isSuperAdmin: Bool
        var isMemberElsewhere: Bool
    }

    static func statement(_ user: UserID, of tenant: TenantID) -> Statement {
        Statement(
            "FindMemberToReset",
            """
            SELECT app_user.is_super_admin, EXISTS (
                SELECT FROM membership AS other
                WHERE other.user_id = app_user.user_id AND other.tenant_id <> membership.tenant_id)
            FROM app_user JOIN membership USING (user_id)
            WHERE user_id = \(Int32(user.rawValue)) AND membership.tenant_id = \(Int32(tenant.rawValue))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(isSuperAdmin: try row.value(0), isMemberElsewhere: try row.value(1))
    }
}
