import PostgresClient

/// Marks a class of causes as no longer to be chosen.
enum DeactivateFailure {
    static func statement(_ id: Int64) -> Statement {
        Statement("DeactivateFailure", "UPDATE failure SET is_active = false WHERE failure_id = \(Int32(id))")
    }
}
