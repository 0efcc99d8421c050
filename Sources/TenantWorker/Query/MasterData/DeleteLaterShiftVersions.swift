import PostgresClient
import Shared

/// Takes away what a shift would have become from an instant on.
enum DeleteLaterShiftVersions {
    static func statement(_ id: Int64, from instant: Instant) -> Statement {
        Statement(
            "DeleteLaterShiftVersions",
            """
            DELETE FROM shift_version WHERE shift_id = \(Int32(id))
                AND valid_from >= \(PostgresTimestamp(microseconds: instant.microseconds))
            """
        )
    }
}
