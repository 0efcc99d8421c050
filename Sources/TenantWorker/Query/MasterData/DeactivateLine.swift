import PostgresClient
import Shared

/// Takes a line out of commission.
enum DeactivateLine {
    static func statement(_ id: Int64, decommissionedAt: Instant) -> Statement {
        Statement(
            "DeactivateLine",
            """
            UPDATE production_line SET is_active = false,
                decommissioned_at = \(PostgresTimestamp(microseconds: decommissionedAt.microseconds))
            WHERE line_id = \(Int32(id))
            """
        )
    }
}
