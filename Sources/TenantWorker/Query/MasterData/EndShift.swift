import PostgresClient
import Shared

/// Adds the version with which a shift ends: the newest one, with its breaks, but inactive. Nothing for a shift that has
/// ended already.
enum EndShift {
    static func statement(_ id: Int64, at instant: Instant) -> Statement {
        Statement(
            "EndShift",
            """
            WITH newest AS (
                SELECT * FROM shift_version WHERE shift_id = \(Int32(id))
                ORDER BY valid_from DESC NULLS LAST LIMIT 1
            ), ended AS (
                INSERT INTO shift_version (shift_id, valid_from, plant_id, line_ids, shift_name, days, start_minute,
                    end_minute, is_active)
                SELECT shift_id, \(PostgresTimestamp(microseconds: instant.microseconds)), plant_id, line_ids,
                    shift_name, days, start_minute, end_minute, false
                FROM newest WHERE is_active
                RETURNING shift_version_id
            )
            INSERT INTO shift_break (shift_version_id, break_order, break_name, start_minute, end_minute)
            SELECT ended.shift_version_id, pause.break_order, pause.break_name, pause.start_minute, pause.end_minute
            FROM ended CROSS JOIN newest JOIN shift_break AS pause ON pause.shift_version_id = newest.shift_version_id
            """
        )
    }
}
