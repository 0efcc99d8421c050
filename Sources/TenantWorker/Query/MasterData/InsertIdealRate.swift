import PostgresClient
import Shared

/// A product's own rate on a line, without a version yet; gives its number.
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
}
