import PostgresClient
import Shared

/// One of the people of a tenant; the row is that of `ListMembers`.
enum ReadMember {
    /// - Parameter plants: only whoever is limited to some of these; nil: anybody.
    static func statement(_ user: UserID, of tenant: TenantID, within plants: [PlantID]?) -> Statement {
        Statement(
            "ReadMember",
            """
            SELECT app_user.user_id, app_user.username, app_user.email, membership.role, membership.permissions,
                membership.plant_ids, app_user.disabled_at IS NULL, app_user.is_super_admin, membership.created_at,
                EXISTS (
                    SELECT FROM membership AS other
                    WHERE other.user_id = membership.user_id AND other.tenant_id <> membership.tenant_id)
            FROM membership JOIN app_user ON app_user.user_id = membership.user_id
            WHERE membership.tenant_id = \(Int32(tenant.rawValue)) AND membership.user_id = \(Int32(user.rawValue))
                AND (\(plants?.integers) IS NULL OR membership.plant_ids <@ \(plants?.integers))
            """,
            idempotent: true
        )
    }
}
