import PostgresClient
import Shared

/// One API key of a tenant that is not revoked, after whoever changes it; the row is that of `ListAPIKeys`.
enum ReadAPIKey {
    static func statement(_ key: APIKeyID, of tenant: TenantID) -> Statement {
        Statement(
            "ReadAPIKey",
            """
            SELECT api_key_id, public_id, name, scopes, addresses::text[], expires_at, created_at, last_used_at
            FROM api_key
            WHERE tenant_id = \(Int32(tenant.rawValue)) AND revoked_at IS NULL
                AND api_key_id = \(Int32(key.rawValue))
            FOR UPDATE
            """
        )
    }
}
