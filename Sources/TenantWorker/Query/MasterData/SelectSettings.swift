import PostgresClient
import Shared

/// What the tenant has set.
enum SelectSettings {
    static let statement = Statement(
        "SelectSettings", "SELECT key, value::text FROM system_config", idempotent: true)

    /// What the product knows of it; a value another program left out of range counts as not set.
    static func read(_ rows: Rows) throws(PostgresError) -> [SettingKey: Int64] {
        var settings: [SettingKey: Int64] = [:]
        for row in rows {
            guard let key = SettingKey(rawValue: try row.value(0)) else { continue }
            guard let value = Int64(try row.value(1, as: String.self)), key.range.contains(value) else { continue }
            settings[key] = value
        }
        return settings
    }
}
