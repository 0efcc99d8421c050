import Identity
import PostgresClient
import Shared

/// The PIN of a person at the stations of a tenant that he is a member of, in place of one before.
enum PutStationPIN {
    static func statement(_ user: UserID, in tenant: TenantID, _ hash: PasswordHash) -> Statement {
        Statement(
            "PutStationPIN",
            """
            INSERT INTO station_pin (user_id, tenant_id, pin_hash)
            SELECT user_id, tenant_id, \(hash.text) FROM membership
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            ON CONFLICT (user_id, tenant_id) DO UPDATE
            SET pin_hash = excluded.pin_hash, set_at = clock_timestamp(), failures = 0, locked_until = NULL
            """
        )
    }
}
