import PostgresClient

/// Whether anything people entered about stops names an incident, at any depth. Reads all of it, which is little: it is
/// asked when an incident shall be deleted.
enum FindIncidentInFacts {
    static func statement(_ incident: Int64) -> Statement {
        Statement(
            "FindIncidentInFacts",
            """
            SELECT EXISTS (SELECT 1 FROM downtime_fact
                WHERE jsonb_path_exists(payload, '$.**.incident_id ? (@ == $id)',
                    jsonb_build_object('id', \(incident))))
            """,
            idempotent: true
        )
    }
}
