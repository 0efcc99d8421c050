import PostgresClient
import Shared

/// All products with all their versions: a row per version, by product and start.
enum SelectProducts {
    static let statement = Statement(
        "SelectProducts",
        """
        SELECT product.product_id, product.product_code, product.product_name, product.color,
            product.units_per_batch, product.is_active, version.valid_from, version.weight_kg
        FROM product JOIN product_version AS version USING (product_id)
        ORDER BY product.product_id, version.valid_from NULLS FIRST
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Product] {
        var products: [Product] = []
        for row in rows {
            let id = ProductID(try row.value(0))
            let version = Product.Version(
                validFrom: try row.instant(6),
                weightGrams: try row.optional(7, as: PostgresNumeric.self)?.unscaled(scale: 3)
            )
            if products.last?.id == id {
                products[products.count - 1].versions.append(version)
                continue
            }
            products.append(
                Product(
                    id: id,
                    code: try row.value(1),
                    name: try row.value(2),
                    color: try row.optional(3),
                    unitsPerBatch: try row.optional(4),
                    isActive: try row.value(5),
                    versions: [version]
                )
            )
        }
        return products
    }
}
