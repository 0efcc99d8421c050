import PostgresClient
import Shared

/// The end of an API key; its row stays for whoever asks what was done with it.
enum RevokeAPIKey {
    static func statement(_ key: APIKeyID) -> Statement {
        Statement(
            "RevokeAPIKey", "UPDATE api_key SET revoked_at = now() WHERE api_key_id = \(Int32(key.rawValue))")
    }
}
