import PostgresClient
import Shared

/// Whether a line has ever seen a product.
enum FindProductOnLine {
    static func statement(_ product: ProductID, _ line: LineID) -> Statement {
        Statement(
            "FindProductOnLine",
            """
            SELECT EXISTS (SELECT 1 FROM line_content
                WHERE line_id = \(Int32(line.rawValue)) AND product_id = \(Int32(product.rawValue)))
            """,
            idempotent: true
        )
    }
}
