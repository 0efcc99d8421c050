import PostgresClient
import Shared

/// The end of what a user may do in a tenant. The user stays, for what he did there names him.
enum DeleteMembership {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "DeleteMembership",
            """
            DELETE FROM membership
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            """
        )
    }
}
