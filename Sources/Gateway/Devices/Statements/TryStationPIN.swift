import Identity
import PostgresClient
import Shared

/// One try at a PIN, counted: the fifth since a right one locks it for five minutes.
enum TryStationPIN {
    static func statement(_ user: UserID, in tenant: TenantID) -> Statement {
        Statement(
            "TryStationPIN",
            """
            WITH tried AS (
                UPDATE station_pin SET
                    failures = CASE WHEN locked_until IS NULL THEN failures + 1 ELSE 1 END,
                    locked_until = CASE
                        WHEN locked_until IS NULL AND failures >= 4 THEN now() + interval '5 minutes' END
                WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue))
                    AND (locked_until IS NULL OR locked_until <= now())
                RETURNING pin_hash)
            SELECT (SELECT pin_hash FROM tried),
                ceil(extract(epoch FROM (
                    SELECT locked_until - now() FROM station_pin
                    WHERE user_id = \(Int32(user.rawValue)) AND tenant_id = \(Int32(tenant.rawValue)))))::bigint
            """
        )
    }

    /// The hash to check against, or how long the PIN is locked.
    static func read(_ rows: Rows) throws(PostgresError) -> (hash: PasswordHash?, waitSeconds: Int) {
        guard let row = rows.first else { return (nil, 0) }
        return (
            try row.optional(0, as: String.self).flatMap { PasswordHash(text: $0) },
            Int(try row.optional(1, as: Int64.self) ?? 0)
        )
    }
}
