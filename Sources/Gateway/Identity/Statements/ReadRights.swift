import PostgresClient
import Shared

/// What a user may do in a tenant now. No row: nothing.
enum ReadRights {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "ReadRights",
            """
            SELECT CASE WHEN app_user.is_super_admin THEN 'SUPER_ADMIN' ELSE membership.role END,
                CASE WHEN app_user.is_super_admin THEN NULL ELSE membership.plant_ids END
            FROM app_user LEFT JOIN membership ON membership.user_id = app_user.user_id
                AND membership.tenant_id = \(Int32(tenant.rawValue))
            WHERE app_user.user_id = \(Int32(user.rawValue)) AND app_user.disabled_at IS NULL
                AND (app_user.is_super_admin OR membership.user_id IS NOT NULL)
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> (role: Role?, plants: [PlantID]?)? {
        guard let row = rows.first else { return nil }
        return (
            Role(rawValue: try row.value(0)), try row.optional(1, as: [Int64].self)?.map { PlantID($0) }
        )
    }
}
