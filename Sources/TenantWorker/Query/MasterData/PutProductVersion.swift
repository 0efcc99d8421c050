import PostgresClient
import Shared

/// What a product weighs from an instant on; in place of a version that starts there already.
enum PutProductVersion {
    static func statement(_ id: ProductID, _ product: ProductBody, validFrom: Instant?) -> Statement {
        Statement(
            "PutProductVersion",
            """
            INSERT INTO product_version (product_id, valid_from, weight_kg)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)),
                \(product.weightGrams.map { PostgresNumeric(unscaled: $0, scale: 3) }))
            ON CONFLICT (product_id, valid_from) DO UPDATE SET weight_kg = excluded.weight_kg
            """
        )
    }
}
