import PostgresClient

/// Marks a coded cause as no longer to be chosen.
enum DeactivateIncident {
    static func statement(_ id: Int64) -> Statement {
        Statement("DeactivateIncident", "UPDATE incident SET is_active = false WHERE incident_id = \(Int32(id))")
    }
}
