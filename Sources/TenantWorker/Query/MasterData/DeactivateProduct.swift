import PostgresClient

/// Marks a product as no longer made.
enum DeactivateProduct {
    static func statement(_ id: Int64) -> Statement {
        Statement("DeactivateProduct", "UPDATE product SET is_active = false WHERE product_id = \(Int32(id))")
    }
}
