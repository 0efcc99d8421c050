import ManufacturingKPI
import PostgresClient
import Shared

/// The stored stops of a line that share time with an interval, by start.
///
/// They are disjoint, so only the last of those that start before it can reach into it.
enum ListStoredStops {
    static func statement(_ line: LineID, sharing interval: Interval) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        let start = PostgresTimestamp(interval.start)
        return Statement(
            "ListStoredStops",
            """
            SELECT event_id, start_time, end_time, source, incident_id, reason, justified_by, justified_at
            FROM \(table)
            WHERE start_time >= coalesce((SELECT max(start_time) FROM \(table) WHERE start_time < \(start)), \(start))
                AND start_time < \(PostgresTimestamp(interval.end))
                AND (end_time > \(start) OR end_time IS NULL)
            ORDER BY start_time
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [StoredStop] {
        var stops: [StoredStop] = []
        stops.reserveCapacity(rows.count)
        for row in rows {
            let incident = try row.optional(4, as: Int64.self).map { IncidentID($0) }
            let reason: String? = try row.optional(5)
            let author: String? = try row.optional(6)
            let justifiedAt = try row.instant(7)
            let hasCause = incident != nil || reason != nil || author != nil
            let stop = ProjectedStop(
                start: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds),
                end: try row.instant(2),
                source: StopSource(rawValue: try row.value(3)) ?? .calculated,
                cause: hasCause
                    ? StopCause(
                        incident: incident,
                        reason: reason,
                        justifiedBy: author.flatMap { Author(text: $0) },
                        justifiedAt: justifiedAt
                    ) : nil
            )
            stops.append(StoredStop(id: StopID(try row.value(0)), stop: stop))
        }
        return stops
    }
}

/// Columns of stops that are written at once.
private struct StopColumns {
    var ids: [Int64] = []
    var starts: [PostgresTimestamp] = []
    var ends: [PostgresTimestamp?] = []
    var sources: [String] = []
    var incidents: [Int32?] = []
    var reasons: [String?] = []
    var authors: [String?] = []
    var instants: [PostgresTimestamp?] = []
    var manual: [Bool] = []

    mutating func append(_ stop: ProjectedStop, id: StopID? = nil) {
        if let id { ids.append(id.rawValue) }
        starts.append(PostgresTimestamp(stop.start))
        ends.append(stop.end.map { PostgresTimestamp($0) })
        sources.append(stop.source.rawValue)
        incidents.append(stop.cause?.incident.map { Int32(clamping: $0.rawValue) })
        reasons.append(stop.cause?.reason)
        authors.append(stop.cause?.justifiedBy?.text)
        instants.append(stop.cause?.justifiedAt.map { PostgresTimestamp($0) })
        manual.append(stop.source == .registered)
    }
}

/// Stores new stops; gives their numbers in the order they were given.
enum InsertStoredStops {
    static func statement(_ line: LineID, _ stops: [ProjectedStop]) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        var columns = StopColumns()
        for stop in stops { columns.append(stop) }
        return Statement(
            "InsertStoredStops",
            """
            INSERT INTO \(table) (start_time, end_time, source, incident_id, reason, justified_by, justified_at,
                is_manual)
            SELECT * FROM unnest(\(columns.starts), \(columns.ends), \(columns.sources), \(columns.incidents),
                \(columns.reasons), \(columns.authors), \(columns.instants), \(columns.manual))
            """
        )
    }
}

/// Stores stops again under numbers they had before.
enum RestoreStoredStops {
    static func statement(_ line: LineID, _ stops: [StoredStop]) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        var columns = StopColumns()
        for stop in stops { columns.append(stop.stop, id: stop.id) }
        return Statement(
            "RestoreStoredStops",
            """
            INSERT INTO \(table) (event_id, start_time, end_time, source, incident_id, reason, justified_by,
                justified_at, is_manual)
            OVERRIDING SYSTEM VALUE
            SELECT * FROM unnest(\(columns.ids), \(columns.starts), \(columns.ends), \(columns.sources),
                \(columns.incidents), \(columns.reasons), \(columns.authors), \(columns.instants), \(columns.manual))
            """
        )
    }
}

/// Changes stored stops.
enum UpdateStoredStops {
    static func statement(_ line: LineID, _ stops: [StoredStop]) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        var columns = StopColumns()
        for stop in stops { columns.append(stop.stop, id: stop.id) }
        return Statement(
            "UpdateStoredStops",
            """
            UPDATE \(table) AS stored SET start_time = changed.start_time, end_time = changed.end_time,
                source = changed.source, incident_id = changed.incident_id, reason = changed.reason,
                justified_by = changed.justified_by, justified_at = changed.justified_at,
                is_manual = changed.is_manual
            FROM unnest(\(columns.ids), \(columns.starts), \(columns.ends), \(columns.sources), \(columns.incidents),
                \(columns.reasons), \(columns.authors), \(columns.instants), \(columns.manual))
                AS changed (event_id, start_time, end_time, source, incident_id, reason, justified_by, justified_at,
                    is_manual)
            WHERE stored.event_id = changed.event_id
            """
        )
    }
}

/// Deletes stored stops.
enum DeleteStoredStops {
    static func statement(_ line: LineID, _ ids: [StopID]) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        return Statement(
            "DeleteStoredStops",
            "DELETE FROM \(table) WHERE event_id = ANY (\(ids.map(\.rawValue)))"
        )
    }
}

/// Which of some numbers stored stops have.
enum ListUsedStopNumbers {
    static func statement(_ line: LineID, _ ids: [StopID]) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        return Statement(
            "ListUsedStopNumbers",
            "SELECT event_id FROM \(table) WHERE event_id = ANY (\(ids.map(\.rawValue)))",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Set<StopID> {
        Set(try rows.column(0, as: Int64.self).map { StopID($0) })
    }
}

/// One stored stop by its number. No row: there is none.
enum FindStoredStop {
    static func statement(_ line: LineID, _ id: StopID) throws(PostgresError) -> Statement {
        let table = try Identifier("downtime_events_\(line)")
        return Statement(
            "FindStoredStop",
            """
            SELECT event_id, start_time, end_time, source, incident_id, reason, justified_by, justified_at
            FROM \(table) WHERE event_id = \(id.rawValue)
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> StoredStop? {
        try ListStoredStops.read(rows).first
    }
}
