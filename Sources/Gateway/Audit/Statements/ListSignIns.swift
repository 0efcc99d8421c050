import PostgresClient
import Shared

/// Attempts to sign in as one of a tenant's members, newest first. Names that nobody of the tenant has are not among them,
/// nor what was tried before the user was made.
enum ListSignIns {
    struct Row: Sendable {
        var id: Int64
        var attemptedAt: Instant
        var user: UserID
        var username: String
        var address: String?
        var isSuccess: Bool
        var reason: String?
    }

    struct Filter: Sendable {
        var from: Instant?
        var to: Instant?
        var user: UserID?
        var isSuccess: Bool?
    }

    /// - Parameter before: the last row of the page before.
    static func statement(
        _ tenant: TenantID, _ filter: Filter, before: NewestFirstCursor?, limit: Int
    ) -> Statement {
        let last = before ?? NewestFirstCursor(instant: .last, id: .max)
        return Statement(
            "ListSignIns",
            """
            SELECT user_login_id, attempted_at, user_id, username, abbrev(address), ok, reason
            FROM (
                SELECT app_user.user_id, username, username_folded, app_user.created_at
                FROM app_user JOIN membership USING (user_id)
                WHERE tenant_id = \(Int32(tenant.rawValue))
                    AND (\(user(filter)) IS NULL OR app_user.user_id = \(user(filter)))
            ) AS member CROSS JOIN LATERAL (
                SELECT user_login_id, attempted_at, address, ok, reason
                FROM user_login
                WHERE user_login.username_folded = member.username_folded AND attempted_at >= member.created_at
                    AND (attempted_at, user_login_id) < (\(timestamp(last.instant)), \(last.id))
                    AND (\(timestamp(filter.from)) IS NULL OR attempted_at >= \(timestamp(filter.from)))
                    AND (\(timestamp(filter.to)) IS NULL OR attempted_at < \(timestamp(filter.to)))
                    AND (\(filter.isSuccess) IS NULL OR ok = \(filter.isSuccess))
                ORDER BY attempted_at DESC, user_login_id DESC LIMIT \(Int32(limit))
            ) AS attempt
            ORDER BY attempted_at DESC, user_login_id DESC LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var attempts: [Row] = []
        for row in rows {
            attempts.append(
                Row(
                    id: try row.value(0),
                    attemptedAt: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds),
                    user: UserID(try row.value(2)),
                    username: try row.value(3),
                    address: try row.optional(4),
                    isSuccess: try row.value(5),
                    reason: try row.optional(6)
                ))
        }
        return attempts
    }

    private static func user(_ filter: Filter) -> Int32? { filter.user.map { Int32($0.rawValue) } }

    private static func timestamp(_ instant: Instant?) -> PostgresTimestamp? {
        instant.map { PostgresTimestamp(microseconds: $0.microseconds) }
    }
}
