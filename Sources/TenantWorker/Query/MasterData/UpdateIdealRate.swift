import PostgresClient
import Shared

/// Replaces what line and product a rate is for.
enum UpdateIdealRate {
    static func statement(_ id: Int64, _ rate: IdealRateBody) -> Statement {
        Statement(
            "UpdateIdealRate",
            """
            UPDATE ideal_rate SET line_id = \(Int32(rate.line.rawValue)), product_id = \(Int32(rate.product.rawValue))
            WHERE ideal_rate_id = \(Int32(id))
            """
        )
    }
}
