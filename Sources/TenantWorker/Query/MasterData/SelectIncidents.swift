import PostgresClient
import Shared

/// All coded causes, by id.
enum SelectIncidents {
    static let statement = Statement(
        "SelectIncidents",
        """
        SELECT incident_id, failure_id, incident_code, incident_name, description, solution, is_active
        FROM incident ORDER BY incident_id
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Incident] {
        var incidents: [Incident] = []
        for row in rows {
            incidents.append(
                Incident(
                    id: IncidentID(try row.value(0)),
                    failure: FailureID(try row.value(1)),
                    code: try row.value(2),
                    name: try row.value(3),
                    description: try row.optional(4),
                    solution: try row.optional(5),
                    isActive: try row.value(6)
                )
            )
        }
        return incidents
    }
}
