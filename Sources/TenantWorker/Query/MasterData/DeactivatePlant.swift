import PostgresClient

/// Marks a plant as no longer in use.
enum DeactivatePlant {
    static func statement(_ id: Int64) -> Statement {
        Statement("DeactivatePlant", "UPDATE plant SET is_active = false WHERE plant_id = \(Int32(id))")
    }
}
