import PostgresClient
import Shared

/// A line's counted minutes of a span, by area and product; minutes without detections are left out.
enum CountDetectionsPerMinute {
    /// What one area saw of one product.
    struct Row: Sendable {
        var area: AreaID
        var product: ProductID
        /// In any order.
        var minutes: [CountedMinute]
    }

    /// One minute and its detections, in the halves of one number.
    struct CountedMinute: Sendable {
        fileprivate let number: Int64

        /// UTC minutes since 1970.
        var minute: Int64 { number >> 32 }
        var detections: UInt32 { UInt32(truncatingIfNeeded: number) }
    }

    /// As arrays: half a million rows take several times longer to be sent and read one by one, and two arrays half as long
    /// again as one.
    ///
    /// - Parameter minutes: UTC minutes since 1970.
    static func statement(_ line: LineID, minutes: Range<Int64>) -> Statement {
        Statement(
            "CountDetectionsPerMinute",
            """
            SELECT area_id, product_id, array_agg(minute::bigint << 32 | detections)
            FROM minute_count
            WHERE line_id = \(Int32(line.rawValue))
                AND minute >= \(Int32(clamping: minutes.lowerBound)) AND minute < \(Int32(clamping: minutes.upperBound))
            GROUP BY area_id, product_id
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var read: [Row] = []
        for index in 0..<rows.count {
            read.append(
                Row(
                    area: AreaID(Int64(try rows.value(index, 0, as: Int32.self))),
                    product: ProductID(Int64(try rows.value(index, 1, as: Int32.self))),
                    minutes: try rows.integers(index, 2).map { CountedMinute(number: $0) }
                ))
        }
        return read
    }
}
