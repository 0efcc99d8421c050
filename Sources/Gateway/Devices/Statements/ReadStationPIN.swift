import PostgresClient
import Shared

/// Whether a person has a PIN: a row, or none.
enum ReadStationPIN {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "ReadStationPIN",
            """
            SELECT set_at FROM station_pin
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            """,
            idempotent: true
        )
    }
}
