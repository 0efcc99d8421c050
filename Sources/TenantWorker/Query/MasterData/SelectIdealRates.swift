import PostgresClient
import Shared

/// All rates of products on lines with all their versions: a row per version, by rate and start.
enum SelectIdealRates {
    static let statement = Statement(
        "SelectIdealRates",
        """
        SELECT rate.ideal_rate_id, rate.line_id, rate.product_id, version.valid_from, version.rate_per_minute,
            version.is_active
        FROM ideal_rate AS rate JOIN ideal_rate_version AS version USING (ideal_rate_id)
        ORDER BY rate.ideal_rate_id, version.valid_from NULLS FIRST
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [IdealRate] {
        var rates: [IdealRate] = []
        for row in rows {
            let id: Int64 = try row.value(0)
            let version = IdealRate.Version(
                validFrom: try row.instant(3), ratePerMinute: try row.value(4), isActive: try row.value(5))
            if rates.last?.id == id {
                rates[rates.count - 1].versions.append(version)
                continue
            }
            rates.append(
                IdealRate(
                    id: id,
                    line: LineID(try row.value(1)),
                    product: ProductID(try row.value(2)),
                    versions: [version]
                )
            )
        }
        return rates
    }
}
