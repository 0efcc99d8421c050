import Foundation
import Identity

/// How messages to telephones are sent: through somebody's HTTP gateway, or not at all.
struct SMSSettings: Sendable {
    var address: String
    /// Sent as a bearer token; never logged.
    var token: String?
    var timeoutSeconds: Int
    /// Messages to one telephone, and of one user, in an hour.
    var messagesPerHour: Int

    /// - Returns: nil where no gateway is named.
    static func read(_ values: SettingValues) throws(SettingsError) -> SMSSettings? {
        guard let address = values.text("CAMET_SMS_URL") else { return nil }
        guard isUsable(address) else {
            throw SettingsError(
                description: "CAMET_SMS_URL must be an https address without user name and fragment; "
                    + "http only to this machine (127.0.0.1, [::1] or localhost)")
        }
        var token: String?
        if let path = values.text("CAMET_SMS_TOKEN_FILE") {
            do {
                token = try SecretFile(path: path).readText()
            } catch {
                throw SettingsError(description: "CAMET_SMS_TOKEN_FILE: \(error)")
            }
            // One line of what a header may hold.
            guard token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
                throw SettingsError(description: "CAMET_SMS_TOKEN_FILE must hold one line of ASCII without blanks")
            }
        }
        return SMSSettings(
            address: address,
            token: token,
            timeoutSeconds: try values.integer("CAMET_SMS_TIMEOUT_SECONDS", in: 1...60, default: 5),
            messagesPerHour: try values.integer("CAMET_SMS_PER_HOUR", in: 1...1_000, default: 5)
        )
    }

    private static func isUsable(_ address: String) -> Bool {
        guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil
        else { return false }
        switch parts.scheme?.lowercased() {
        case "https": return true
        case "http": return ["127.0.0.1", "[::1]", "::1", "localhost"].contains(host)
        default: return false
        }
    }
}
