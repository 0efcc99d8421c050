import PostgresClient

/// The statement of the product that an index is there for, with values that make it read what is in the database.
///
/// The texts are those of the worker's statements and of the database's functions; a test keeps them so.
struct ServedStatement: Sendable {
    let statement: Statement
    /// Whether it changes nothing, so that it may be run to be explained.
    let isRead: Bool

    /// The values that statements are asked with.
    struct Sample: Sendable {
        let line: Int32
        let start: PostgresTimestamp
        let end: PostgresTimestamp

        fileprivate var minutes: (start: Int32, end: Int32) {
            (Self.minute(start), Self.minute(end))
        }

        private static func minute(_ instant: PostgresTimestamp) -> Int32 {
            Int32(clamping: instant.microseconds / 60_000_000)
        }
    }

    /// Nil for indexes of small tables, and those that only keep rows unique.
    static func of(_ expected: ExpectedIndex, _ sample: Sample) throws(PostgresError) -> ServedStatement? {
        switch expected.name {
        case "detection_line_\(sample.line)_time": try listDetections(sample)
        case "downtime_events_\(sample.line)_time": try listStoredStops(sample)
        case "minute_count_pkey": countDetectionsPerMinute(sample)
        case "activity_gap_pkey": listActivityGaps(sample)
        case "detection_event_pkey": readDetectionEvents(sample)
        case "detection_event_received": forgetDetectionEvents
        case "downtime_fact_line": listStopFacts(sample)
        case "idempotency_key_created": forgetIdempotencyKeys
        case "line_activity_pkey": readLineActivity(sample)
        case "unobserved_gap_pkey": listUnobservedGaps(sample)
        default: nil
        }
    }

    private static func listDetections(_ sample: Sample) throws(PostgresError) -> ServedStatement {
        let table = try Identifier("detection_line_\(sample.line)")
        return read(
            Statement(
                "ListDetections",
                """
                SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM \(table)
                WHERE detected_at >= \(sample.start)
                    AND detected_at < \(sample.end)
                    AND refuse_archived(\(sample.line), \(sample.start),
                        \(sample.end))
                ORDER BY detected_at DESC, detection_id DESC LIMIT \(Int32(101))
                """))
    }

    private static func listStoredStops(_ sample: Sample) throws(PostgresError) -> ServedStatement {
        let table = try Identifier("downtime_events_\(sample.line)")
        let start = sample.start
        return read(
            Statement(
                "ListStoredStops",
                """
                SELECT event_id, start_time, end_time, source, incident_id, reason, justified_by, justified_at
                FROM \(table)
                WHERE start_time >= coalesce((SELECT max(start_time) FROM \(table) WHERE start_time < \(start)), \(start))
                    AND start_time < \(sample.end)
                    AND (end_time > \(start) OR end_time IS NULL)
                ORDER BY start_time
                """))
    }

    private static func countDetectionsPerMinute(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "CountDetectionsPerMinute",
                """
                SELECT area_id, product_id, array_agg(minute::bigint << 32 | detections)
                FROM minute_count
                WHERE line_id = \(sample.line)
                    AND minute >= \(sample.minutes.start) AND minute < \(sample.minutes.end)
                GROUP BY area_id, product_id
                """))
    }

    private static func listActivityGaps(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "ListActivityGaps",
                """
                SELECT gap_start, gap_end, start_is_lone FROM activity_gap
                WHERE line_id = \(sample.line)
                    AND gap_start >= \(sample.start)
                    AND gap_start < \(sample.end)
                ORDER BY gap_start
                """))
    }

    private static func readDetectionEvents(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "ReadDetectionEvents",
                """
                SELECT event_id, detected_at, area_id, product_id FROM detection_event
                WHERE line_id = \(sample.line) AND event_id = ANY (\(["1", "2", "3"] as [String?]))
                """))
    }

    private static func listStopFacts(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "ListStopFacts",
                """
                SELECT fact_id, kind, payload, author, recorded_at FROM downtime_fact
                WHERE line_id = \(sample.line) ORDER BY fact_id
                """))
    }

    private static func readLineActivity(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "ReadLineActivity",
                """
                SELECT first_detected_at, last_detected_at, last_is_lone, gap_floor_seconds, version
                FROM line_activity WHERE line_id = \(sample.line)
                """))
    }

    private static func listUnobservedGaps(_ sample: Sample) -> ServedStatement {
        read(
            Statement(
                "ListUnobservedGaps",
                "SELECT start_at, end_at FROM unobserved_gap WHERE line_id = \(sample.line) ORDER BY start_at"))
    }

    private static let forgetDetectionEvents = ServedStatement(
        statement: Statement(
            "ForgetDetectionEvents",
            "DELETE FROM detection_event WHERE received_at < now() - interval '90 days' RETURNING 1"), isRead: false)

    private static let forgetIdempotencyKeys = ServedStatement(
        statement: Statement(
            "ForgetIdempotencyKeys",
            "DELETE FROM idempotency_key WHERE created_at < now() - interval '7 days' RETURNING 1"), isRead: false)

    private static func read(_ statement: Statement) -> ServedStatement {
        ServedStatement(statement: statement, isRead: true)
    }
}
