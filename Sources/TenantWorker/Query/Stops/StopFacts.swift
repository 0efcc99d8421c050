import ManufacturingKPI
import PostgresClient
import Shared

/// Everything people did to a line's stops, in order.
enum ListStopFacts {
    static func statement(_ line: LineID) -> Statement {
        Statement(
            "ListStopFacts",
            """
            SELECT fact_id, kind, payload, author, recorded_at FROM downtime_fact
            WHERE line_id = \(Int32(line.rawValue)) ORDER BY fact_id
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws -> [StopFact] {
        try rows.map { row in
            let id = FactID(try row.value(0))
            let payload: PostgresJSON = try row.value(2)
            guard let author = Author(text: try row.value(3)) else { throw StopFactJSON.Malformed(fact: id) }
            return StopFact(
                id: id,
                edit: try StopFactJSON.edit(kind: try row.value(1), payload: payload.text, of: id),
                author: author,
                recordedAt: Instant(microseconds: try row.value(4, as: PostgresTimestamp.self).microseconds)
            )
        }
    }
}

/// One more fact; gives its number.
enum InsertStopFact {
    static func statement(_ line: LineID, _ edit: StopEdit, by author: Author, at now: Instant) -> Statement {
        Statement(
            "InsertStopFact",
            """
            INSERT INTO downtime_fact (line_id, kind, payload, author, recorded_at)
            VALUES (\(Int32(line.rawValue)), \(edit.kind), \(PostgresJSON(StopFactJSON.payload(of: edit))),
                \(author.text), \(PostgresTimestamp(now)))
            RETURNING fact_id
            """
        )
    }
}
