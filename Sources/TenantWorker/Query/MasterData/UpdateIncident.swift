import PostgresClient
import Shared

/// Replaces a coded cause.
enum UpdateIncident {
    static func statement(_ id: Int64, _ incident: IncidentBody) -> Statement {
        Statement(
            "UpdateIncident",
            """
            UPDATE incident SET failure_id = \(Int32(incident.failure.rawValue)), incident_code = \(incident.code),
                incident_name = \(incident.name), description = \(incident.description),
                solution = \(incident.solution), is_active = \(incident.isActive)
            WHERE incident_id = \(Int32(id))
            """
        )
    }
}
