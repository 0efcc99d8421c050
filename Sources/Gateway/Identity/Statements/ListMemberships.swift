import PostgresClient
import Shared

/// The tenants a user may work in, by slug, with what he may do there. A SUPER_ADMIN sees every tenant.
enum ListMemberships {
    struct Row: Sendable {
        var tenant: TenantID
        var slug: String
        var name: String
        var timeZone: String
        var isSuspended: Bool
        var role: Role?
        var permissions: Set<Permission>
        var plants: [PlantID]?
    }

    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ListMemberships",
            """
            SELECT tenant.tenant_id, tenant.slug, tenant.name, tenant.timezone, tenant.state,
                CASE WHEN app_user.is_super_admin THEN 'SUPER_ADMIN' ELSE membership.role END,
                coalesce(membership.permissions, '{}'),
                CASE WHEN app_user.is_super_admin THEN NULL ELSE membership.plant_ids END
            FROM app_user CROSS JOIN tenant LEFT JOIN membership USING (user_id, tenant_id)
            WHERE app_user.user_id = \(Int32(user.rawValue)) AND tenant.state <> 'creating'
                AND (app_user.is_super_admin OR membership.user_id IS NOT NULL)
            ORDER BY membership.created_at NULLS LAST, tenant.slug
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var memberships: [Row] = []
        for row in rows {
            memberships.append(
                Row(
                    tenant: TenantID(try row.value(0)),
                    slug: try row.value(1),
                    name: try row.value(2),
                    timeZone: try row.value(3),
                    isSuspended: try row.value(4, as: String.self) == "suspended",
                    role: Role(rawValue: try row.value(5)),
                    permissions: Set(try row.value(6, as: [String].self).compactMap(Permission.init(rawValue:))),
                    plants: try row.optional(7, as: [Int64].self)?.map { PlantID($0) }
                )
            )
        }
        return memberships
    }
}
