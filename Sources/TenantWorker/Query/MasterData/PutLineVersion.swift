import PostgresClient
import Shared

/// What a line is set to from an instant on; in place of a version that starts there already.
enum PutLineVersion {
    static func statement(_ id: LineID, _ line: LineBody, threshold: Int64, validFrom: Instant?) -> Statement {
        Statement(
            "PutLineVersion",
            """
            INSERT INTO production_line_version (line_id, valid_from, rate_per_minute, downtime_threshold_seconds,
                micro_stop_seconds, target_oee)
            VALUES (\(Int32(id.rawValue)), \(PostgresTimestamp(validFrom)), \(line.ratePerMinute),
                \(Int32(threshold)), \(line.microStopSeconds.map { Int32($0) }), \(line.targetOEE))
            ON CONFLICT (line_id, valid_from) DO UPDATE SET rate_per_minute = excluded.rate_per_minute,
                downtime_threshold_seconds = excluded.downtime_threshold_seconds,
                micro_stop_seconds = excluded.micro_stop_seconds, target_oee = excluded.target_oee
            """
        )
    }
}
