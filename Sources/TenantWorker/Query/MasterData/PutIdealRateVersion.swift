import PostgresClient
import Shared

/// A product's own rate from an instant on; in place of a version that starts there already.
enum PutIdealRateVersion {
    static func statement(_ id: Int64, _ rate: IdealRateBody, validFrom: Instant?) -> Statement {
        Statement(
            "PutIdealRateVersion",
            """
            INSERT INTO ideal_rate_version (ideal_rate_id, valid_from, rate_per_minute, is_active)
            VALUES (\(Int32(id)), \(PostgresTimestamp(validFrom)), \(rate.ratePerMinute), \(rate.isActive))
            ON CONFLICT (ideal_rate_id, valid_from) DO UPDATE SET rate_per_minute = excluded.rate_per_minute,
                is_active = excluded.is_active
            """
        )
    }
}
