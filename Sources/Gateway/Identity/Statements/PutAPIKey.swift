import PostgresClient
import Shared

/// A new API key, or other rights of one; gives its id.
enum PutAPIKey {
    static func statement(
        inserting body: APIKeyBody, publicID: String, secretHash: [UInt8], tenant: TenantID
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

    static func statement(replacing key: APIKeyID, by body: APIKeyBody) -> Statement {
        Statement(
            "ReplaceAPIKey",
            """
            UPDATE api_key SET name = \(body.name), scopes = \(body.scopes.map(\.rawValue)),
                addresses = \(body.addressTexts)::text[]::cidr[], expires_at = \(body.expiry)
            WHERE api_key_id = \(Int32(key.rawValue))
            RETURNING api_key_id
            """
        )
    }

    static func statement(revoking key: APIKeyID) -> Statement {
        Statement(
            "RevokeAPIKey", "UPDATE api_key SET revoked_at = now() WHERE api_key_id = \(Int32(key.rawValue))")
    }
}

extension APIKeyBody {
    fileprivate var addressTexts: [String]? { addresses?.map(\.description) }
    fileprivate var expiry: PostgresTimestamp? {
        expiresAt.map { PostgresTimestamp(microseconds: $0.microseconds) }
    }
}
