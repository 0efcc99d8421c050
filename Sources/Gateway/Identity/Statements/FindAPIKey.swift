import PostgresClient
import Shared

/// An API key that may be used now.
enum FindAPIKey {
    struct Row: Sendable {
        var id: APIKeyID
        var tenant: TenantID
        var secretHash: [UInt8]
        var scopes: Set<KeyScope>
        var addresses: [NetworkRange]?
        var expiresAt: Instant?
    }

    static func statement(publicID: String) -> Statement {
        Statement(
            "FindAPIKey",
            """
            SELECT key.api_key_id, key.tenant_id, key.secret_hash, key.scopes, key.addresses::text[], key.expires_at
            FROM api_key AS key JOIN tenant USING (tenant_id)
            WHERE key.public_id = \(publicID) AND key.revoked_at IS NULL
                AND (key.expires_at IS NULL OR key.expires_at > now()) AND tenant.state = 'active'
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            id: APIKeyID(try row.value(0)),
            tenant: TenantID(try row.value(1)),
            secretHash: try row.value(2, as: PostgresBytes.self).bytes,
            scopes: Set(try row.value(3, as: [String].self).compactMap(KeyScope.init(rawValue:))),
            addresses: try row.optional(4, as: [String].self)?.compactMap(NetworkRange.init(parsing:)),
            expiresAt: try row.optional(5, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
        )
    }
}
