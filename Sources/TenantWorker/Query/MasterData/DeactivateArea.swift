import PostgresClient

/// Marks an area as no longer in use.
enum DeactivateArea {
    static func statement(_ id: Int64) -> Statement {
        Statement("DeactivateArea", "UPDATE area SET is_active = false WHERE area_id = \(Int32(id))")
    }
}
