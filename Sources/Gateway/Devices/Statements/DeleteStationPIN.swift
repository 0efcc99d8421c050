import PostgresClient
import Shared

/// That a person has no PIN any more.
enum DeleteStationPIN {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "DeleteStationPIN",
            """
            DELETE FROM station_pin
            WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
            """
        )
    }
}
