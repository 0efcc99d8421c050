import PostgresClient
import Shared

/// A line's counted minutes of a span, by area, product and minute; minutes without detections are left out.
enum CountDetectionsPerMinute {
    /// Columns of equal length.
    struct Columns: Sendable {
        var minutes: [Int32]
        var areas: [Int32]
        var products: [Int32]
        var detections: [Int32]
    }

    /// - Parameter minutes: UTC minutes since 1970.
    static func statement(_ line: LineID, minutes: Range<Int64>) -> Statement {
        Statement(
            "CountDetectionsPerMinute",
            """
            SELECT minute, area_id, product_id, detections FROM minute_count
            WHERE line_id = \(Int32(line.rawValue))
                AND minute >= \(Int32(clamping: minutes.lowerBound)) AND minute < \(Int32(clamping: minutes.upperBound))
            ORDER BY minute, area_id, product_id
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Columns {
        Columns(
            minutes: try rows.column(0),
            areas: try rows.column(1),
            products: try rows.column(2),
            detections: try rows.column(3)
        )
    }
}
