import PostgresClient
import Shared

/// The API keys of a tenant that are not revoked, by id.
enum ListAPIKeys {
    struct Row: Sendable {
        var id: APIKeyID
        var publicID: String
        var name: String
        var scopes: [KeyScope]
        /// Nil: from anywhere.
        var addresses: [NetworkRange]?
        var expiresAt: Instant?
        var createdAt: Instant
        /// To the minute.
        var lastUsedAt: Instant?
    }

    static func statement(_ tenant: TenantID, after: Int64, limit: Int) -> Statement {
        Statement(
            "ListAPIKeys",
            """
            SELECT api_key_id, public_id, name, scopes, addresses::text[], expires_at, created_at, last_used_at
            FROM api_key
            WHERE tenant_id = \(Int32(tenant.rawValue)) AND revoked_at IS NULL AND api_key_id > \(Int32(after))
            ORDER BY api_key_id LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var read: [Row] = []
        for row in rows {
            let scopes = Set(try row.value(3, as: [String].self))
            read.append(
                Row(
                    id: APIKeyID(try row.value(0)),
                    publicID: try row.value(1),
                    name: try row.value(2),
                    scopes: KeyScope.allCases.filter { scopes.contains($0.rawValue) },
                    addresses: try row.optional(4, as: [String].self)?.compactMap(NetworkRange.init(parsing:)),
                    expiresAt: try instant(row, 5),
                    createdAt: Instant(microseconds: try row.value(6, as: PostgresTimestamp.self).microseconds),
                    lastUsedAt: try instant(row, 7)
                ))
        }
        return read
    }

    private static func instant(_ row: PostgresClient.Row, _ column: Int) throws(PostgresError) -> Instant? {
        try row.optional(column, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
    }
}
