import PostgresClient
import Shared

/// Other rights of an API key.
enum UpdateAPIKey {
    static func statement(_ key: APIKeyID, _ body: APIKeyBody) -> Statement {
        Statement(
            "UpdateAPIKey",
            """
            UPDATE api_key SET name = \(body.name), scopes = \(body.scopes.map(\.rawValue)),
                addresses = \(body.addressTexts)::text[]::cidr[], expires_at = \(body.expiry)
            WHERE api_key_id = \(Int32(key.rawValue))
            """
        )
    }
}
