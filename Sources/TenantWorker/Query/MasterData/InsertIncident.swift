import PostgresClient
import Shared

/// One new coded cause; gives its number.
enum InsertIncident {
    static func statement(_ incident: IncidentBody) -> Statement {
        Statement(
            "InsertIncident",
            """
            INSERT INTO incident (failure_id, incident_code, incident_name, description, solution, is_active)
            VALUES (\(Int32(incident.failure.rawValue)), \(incident.code), \(incident.name), \(incident.description),
                \(incident.solution), \(incident.isActive))
            RETURNING incident_id
            """
        )
    }
}
