import PostgresClient
import Shared

/// Sets a key, whether it was set before or not.
enum PutSetting {
    static func statement(_ key: SettingKey, _ value: Int64) -> Statement {
        Statement(
            "PutSetting",
            """
            INSERT INTO system_config (key, value) VALUES (\(key.rawValue), to_jsonb(\(value)))
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now()
            """
        )
    }
}
