import PostgresClient
import Shared

/// That a PIN was right: wrong tries before it count no more.
enum ForgiveStationPIN {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "ForgiveStationPIN",
            """
            UPDATE station_pin SET failures = 0, locked_until = NULL
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            """
        )
    }
}
