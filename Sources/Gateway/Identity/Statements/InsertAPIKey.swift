import PostgresClient
import Shared

/// A new API key; gives its id.
enum InsertAPIKey {
    static func statement(
        _ body: APIKeyBody, publicID: String, secretHash: [UInt8], in tenant: TenantID
    ) -> Statement {
        Statement(
            "InsertAPIKey",
            """
            INSERT INTO api_key (tenant_id, public_id, secret_hash, name, scopes, addresses, expires_at)
            VALUES (\(Int32(tenant.rawValue)), \(publicID), \(PostgresBytes(secretHash)), \(body.name),
                \(body.scopes.map(\.rawValue)), \(body.addressTexts)::text[]::cidr[], \(body.expiry))
            RETURNING api_key_id
            """
        )
    }
}
