import PostgresClient
import Shared

/// Other roles of a tenant that need a second factor.
enum UpdateTwoFactorRoles {
    static func statement(_ tenant: TenantID, _ roles: [Role]) -> Statement {
        Statement(
            "UpdateTwoFactorRoles",
            """
            UPDATE tenant SET two_factor_roles = \(roles.map(\.rawValue))
            WHERE tenant_id = \(Int32(tenant.rawValue))
            """
        )
    }
}
