import PostgresClient
import Shared

/// One new product, without a version yet; gives its number.
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
}
