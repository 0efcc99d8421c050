import PostgresClient
import Shared

/// Replaces what holds of a product for all time.
enum UpdateProduct {
    static func statement(_ id: Int64, _ product: ProductBody) -> Statement {
        Statement(
            "UpdateProduct",
            """
            UPDATE product SET product_code = \(product.code), product_name = \(product.name),
                color = \(product.color), units_per_batch = \(product.unitsPerBatch.map { Int32($0) }),
                is_active = \(product.isActive)
            WHERE product_id = \(Int32(id))
            """
        )
    }
}
