import PostgresClient
import Shared

/// Other rights of a user in a tenant.
enum UpdateMembership {
    static func statement(
        _ user: UserID, in tenant: TenantID, role: Role, permissions: [Permission], plants: [PlantID]?
    ) -> Statement {
        Statement(
            "UpdateMembership",
            """
            UPDATE membership SET role = \(role.rawValue), permissions = \(permissions.map(\.rawValue)),
                plant_ids = \(plants?.integers)
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            """
        )
    }
}
