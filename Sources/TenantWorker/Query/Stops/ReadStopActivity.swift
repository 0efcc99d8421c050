import ManufacturingKPI
import PostgresClient
import Shared

/// From where on detections that came since the last calculation reopen a line's stops, and the version of its activity
/// that says so.
///
/// That is the detection before the earliest of them, because the silence that it cuts may have been part of a stop. Where
/// that silence is too short to be kept, it is less than the floor long.
enum ReadReopening {
    struct Row: Sendable {
        var reopenedFrom: Instant?
        var version: Int64
    }

    static func statement(_ line: LineID) -> Statement {
        Statement(
            "ReadReopening",
            """
            SELECT coalesce(silence.gap_start, reopened_from - make_interval(secs => gap_floor_seconds)), version
            FROM line_activity AS activity LEFT JOIN LATERAL (
                SELECT gap_start, gap_end FROM activity_gap
                WHERE line_id = activity.line_id AND gap_start < activity.reopened_from
                ORDER BY gap_start DESC LIMIT 1
            ) AS silence ON silence.gap_end >= activity.reopened_from
            WHERE line_id = \(Int32(line.rawValue))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(reopenedFrom: try row.instant(0), version: try row.value(1))
    }
}

/// A line's activity around a window as of one moment: its first and last detection, and every gap that a stop which
/// touches the window may be made of, those that chain to it from before and after included. The silence before the first
/// detection is no gap, but chains to the gap that may begin there.
///
/// One statement, so that what arrives meanwhile is seen in all of it or in none.
enum ReadStopActivity {
    struct Answer: Sendable {
        var gaps: ActivityGaps
        var gapFloor: Int64
        var version: Int64
    }

    /// - Parameters:
    ///   - window: its ends included.
    ///   - least: shorter gaps are no stop under any threshold of the line, microseconds.
    ///   - now: the gap that holds it comes too, however short.
    static func statement(_ line: LineID, window: Interval, least: Int64, now: Instant) -> Statement {
        let line = Int32(line.rawValue)
        let start = PostgresTimestamp(window.start)
        let end = PostgresTimestamp(window.end)
        let least = Double(least) / 1_000_000
        return Statement(
            "ReadStopActivity",
            """
            WITH RECURSIVE earlier AS (
                (SELECT gap_start, gap_end, start_is_lone FROM activity_gap
                WHERE line_id = \(line) AND gap_start < \(start) ORDER BY gap_start DESC LIMIT 1)
                UNION ALL
                SELECT before.gap_start, before.gap_end, before.start_is_lone
                FROM earlier CROSS JOIN LATERAL (
                    SELECT gap_start, gap_end, start_is_lone FROM activity_gap
                    WHERE line_id = \(line) AND gap_start < earlier.gap_start ORDER BY gap_start DESC LIMIT 1
                ) AS before
                WHERE before.gap_end = earlier.gap_start
                    AND before.gap_end - before.gap_start > make_interval(secs => \(least))
            ), later AS (
                (SELECT gap_start, gap_end, start_is_lone FROM activity_gap
                WHERE line_id = \(line) AND gap_start <= greatest(\(end),
                    (SELECT first_detected_at FROM line_activity WHERE line_id = \(line)))
                ORDER BY gap_start DESC LIMIT 1)
                UNION ALL
                SELECT next.gap_start, next.gap_end, next.start_is_lone
                FROM later JOIN activity_gap AS next ON next.line_id = \(line) AND next.gap_start = later.gap_end
                WHERE next.gap_end - next.gap_start > make_interval(secs => \(least))
            ), gap AS (
                SELECT gap_start, gap_end, start_is_lone FROM earlier
                UNION
                SELECT gap_start, gap_end, start_is_lone FROM later
                UNION
                SELECT gap_start, gap_end, start_is_lone FROM activity_gap
                WHERE line_id = \(line) AND gap_start >= \(start) AND gap_start <= \(end)
                    AND (gap_end - gap_start > make_interval(secs => \(least)) OR gap_end > \(PostgresTimestamp(now)))
            )
            SELECT activity.first_detected_at, activity.last_detected_at, activity.last_is_lone,
                activity.gap_floor_seconds, activity.version, gap.gap_start, gap.gap_end, gap.start_is_lone
            FROM line_activity AS activity LEFT JOIN gap ON true
            WHERE activity.line_id = \(line) ORDER BY gap.gap_start
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Answer? {
        guard let head = rows.first else { return nil }
        var starts: [Int64] = []
        var ends: [Int64] = []
        var lone: [Bool] = []
        for row in rows {
            guard let start = try row.instant(5), let end = try row.instant(6) else { continue }
            starts.append(start.microseconds)
            ends.append(end.microseconds)
            lone.append(try row.value(7))
        }
        return Answer(
            gaps: ActivityGaps(
                starts: starts,
                ends: ends,
                startIsLone: lone,
                firstDetection: try head.instant(0),
                lastDetection: try head.instant(1),
                lastIsLone: try head.optional(2) ?? true
            ),
            gapFloor: try head.value(3, as: Int64.self) * Instant.microsecondsPerSecond,
            version: try head.value(4)
        )
    }
}

/// What had arrived up to a version of the line's activity is in its stored stops now.
enum CloseCalculatedStops {
    static func statement(_ line: LineID, version: Int64) -> Statement {
        Statement(
            "CloseCalculatedStops",
            "SELECT close_calculated_stops(\(Int32(line.rawValue)), \(version))"
        )
    }
}
