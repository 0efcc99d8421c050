import PostgresClient
import Shared

/// A new sign-in; gives its id.
enum InsertSession {
    static func statement(user: UserID, tenant: TenantID, kind: String, lifetimeSeconds: Double) -> Statement {
        Statement(
            "InsertSession",
            """
            INSERT INTO session_family (sid, user_id, tenant_id, kind, expires_at)
            VALUES (gen_random_uuid(), \(Int32(user.rawValue)), \(Int32(tenant.rawValue)), \(kind),
                now() + make_interval(secs => \(lifetimeSeconds)))
            RETURNING sid::text
            """
        )
    }
}
