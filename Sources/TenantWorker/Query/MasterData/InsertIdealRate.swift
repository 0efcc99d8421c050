import PostgresClient
import Shared

/// A product's own rate on a line; gives its number.
enum InsertIdealRate {
    static func statement(_ rate: IdealRateBody) -> Statement {
        Statement(
            "InsertIdealRate",
            """
            INSERT INTO ideal_rate (line_id, product_id)
            VALUES (\(Int32(rate.line.rawValue)), \(Int32(rate.product.rawValue)))
            RETURNING ideal_rate_id
            """
        )
    }

    static func versionStatement(_ id: Int64, _ rate: IdealRateBody, validFrom: Instant?) -> Statement {
        Statement(
            "InsertIdealRateVersion",
            """
            INSERT INTO ideal_rate_version (ideal_rate_id, valid_from, rate_per_minute)
            VALUES (\(Int32(id)), \(PostgresTimestamp(validFrom)), \(rate.ratePerMinute))
            """
        )
    }
}
