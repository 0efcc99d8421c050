import PostgresClient
import Shared

/// One new product; gives its number.
enum InsertProduct {
    static func statement(_ product: ProductBody) -> Statement {
        Statement(
            "InsertProduct",
            """
            INSERT INTO product (product_code, product_name, color, units_per_batch, is_active)
            VALUES (\(product.code), \(product.name), \(product.color), \(product.unitsPerBatch.map { Int32($0) }),
                \(product.isActive))
            RETURNING product_id
            """
        )
    }

    static func versionStatement(_ id: ProductID, _ product: ProductBody, validFrom: Instant?) -> Statement {
        Statement(
            "InsertProductVersion",
            """
            INSERT INTO product_version (product_id, valid_from, weight_kg)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)),
                \(product.weightGrams.map { PostgresNumeric(unscaled: $0, scale: 3) }))
            """
        )
    }
}
