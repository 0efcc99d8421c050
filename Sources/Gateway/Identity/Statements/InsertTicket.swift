import PostgresClient
import Shared

/// A sign-in that waits for the second factor; those of the user that are over are forgotten.
enum InsertTicket {
    static func statement(hash: [UInt8], user: UserID, tenant: TenantID, lifetimeSeconds: Double) -> Statement {
        Statement(
            "InsertTicket",
            """
            WITH over AS (DELETE FROM otp_ticket WHERE user_id = \(Int32(user.rawValue)) AND expires_at <= now())
            INSERT INTO otp_ticket (hash, user_id, tenant_id, expires_at)
            VALUES (\(Parameter.bytes(hash)), \(Int32(user.rawValue)), \(Int32(tenant.rawValue)),
                now() + make_interval(secs => \(lifetimeSeconds)))
            """
        )
    }
}
