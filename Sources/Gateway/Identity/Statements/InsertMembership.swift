import PostgresClient
import Shared

/// What a user may do in a tenant from now on.
enum InsertMembership {
    static func statement(
        _ user: UserID, in tenant: TenantID, role: Role, permissions: [Permission], plants: [PlantID]?
    ) -> Statement {
        Statement(
            "InsertMembership",
            """
            INSERT INTO membership (user_id, tenant_id, role, permissions, plant_ids)
            VALUES (\(Int32(user.rawValue)), \(Int32(tenant.rawValue)), \(role.rawValue),
                \(permissions.map(\.rawValue)), \(plants?.integers))
            """
        )
    }
}
