import PostgresClient
import Shared

/// Writes what a user may do in a tenant, in an open transaction.
enum MembershipWriter {
    /// Gives the user exactly this role and these permissions there; SUPER_ADMIN is the user's flag and ADMIN there.
    ///
    /// Throws when the tenant would be left without an ADMIN.
    static func write(
        userID: Int, tenant: RegisteredTenant, role: Role, permissions: [Permission],
        _ transaction: borrowing PostgresTransaction
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        let stored = storedRole(role)
        if stored != .admin {
            let tenants = try await LastAdmin.tenants(of: userID, transaction)
            if tenants.contains(tenant.slug) {
                throw OpsFailure("--role: this is the last ADMIN of \(tenant.slug)")
            }
        }
        try await transaction.execute(
            Statement(
                "UpsertMembership",
                """
                INSERT INTO membership (user_id, tenant_id, role, permissions)
                VALUES (\(userID), \(tenant.tenantID), \(stored.rawValue), \(permissions.map(\.rawValue)))
                ON CONFLICT (user_id, tenant_id)
                    DO UPDATE SET role = excluded.role, permissions = excluded.permissions
                """), deadline: deadline)
        if role == .superAdmin {
            try await transaction.execute(
                Statement(
                    "MakeSuperAdmin", "UPDATE app_user SET is_super_admin = true WHERE user_id = \(userID)"),
                deadline: deadline)
        }
    }

    private static func storedRole(_ role: Role) -> Role {
        switch role {
        case .superAdmin, .admin: .admin
        case .manager: .manager
        case .operator: .operator
        case .viewer: .viewer
        }
    }
}
