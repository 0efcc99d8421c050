import PostgresClient
import Shared

/// Adds the version with which a rate ends: the newest one, but inactive. Nothing for one that has ended already.
enum EndIdealRate {
    static func statement(_ id: Int64, at instant: Instant) -> Statement {
        Statement(
            "EndIdealRate",
            """
            INSERT INTO ideal_rate_version (ideal_rate_id, valid_from, rate_per_minute, is_active)
            SELECT ideal_rate_id, \(PostgresTimestamp(microseconds: instant.microseconds)), rate_per_minute, false
            FROM (
                SELECT * FROM ideal_rate_version WHERE ideal_rate_id = \(Int32(id))
                ORDER BY valid_from DESC NULLS LAST LIMIT 1
            ) AS newest
            WHERE is_active
            """
        )
    }
}
