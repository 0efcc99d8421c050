import PostgresClient
import Shared

/// That an API key was used now, to the minute.
enum NoteAPIKeyUse {
    static func statement(_ key: APIKeyID) -> Statement {
        Statement(
            "NoteAPIKeyUse",
            """
            UPDATE api_key SET last_used_at = now()
            WHERE api_key_id = \(Int32(key.rawValue))
                AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            """
        )
    }
}
