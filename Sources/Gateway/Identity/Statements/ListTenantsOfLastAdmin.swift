import PostgresClient
import Shared

/// The tenants that would be left without an ADMIN who may sign in if this user were none.
enum ListTenantsOfLastAdmin {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ListTenantsOfLastAdmin",
            """
            SELECT own.tenant_id FROM membership AS own
            WHERE own.user_id = \(Int32(user.rawValue)) AND own.role = 'ADMIN' AND NOT EXISTS (
                SELECT FROM membership AS other JOIN app_user ON app_user.user_id = other.user_id
                WHERE other.tenant_id = own.tenant_id AND other.user_id <> own.user_id AND other.role = 'ADMIN'
                    AND app_user.disabled_at IS NULL)
            """,
            idempotent: true
        )
    }
}
