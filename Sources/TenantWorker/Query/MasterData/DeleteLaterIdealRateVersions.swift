import PostgresClient
import Shared

/// Takes away what a rate would have become from an instant on.
enum DeleteLaterIdealRateVersions {
    static func statement(_ id: Int64, from instant: Instant) -> Statement {
        Statement(
            "DeleteLaterIdealRateVersions",
            """
            DELETE FROM ideal_rate_version WHERE ideal_rate_id = \(Int32(id))
                AND valid_from >= \(PostgresTimestamp(microseconds: instant.microseconds))
            """
        )
    }
}
