import PostgresClient
import Shared

/// Rows of one line, by binary COPY: detected_at, area_id, product_id, event_id.
enum CopyDetections {
    static func statement(_ line: LineID) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "CopyDetections",
            "COPY \(table) (detected_at, area_id, product_id, event_id) FROM STDIN (FORMAT binary)",
            prepared: false
        )
    }
}
