import Identity
import NIOCore
import Shared

/// The body of a request as the audit log keeps it: without secrets, and of a bounded size.
enum AuditedBody {
    /// Of a longer one its fields, its length and its fingerprint are kept.
    static let longest = 8_192
    /// Names of fields that hold secrets, wherever they stand in a name.
    private static let secrets = ["password", "secret", "token", "otp", "api_key", "recovery_code"]
    private static let hidden = JSONValue.string("[secret]")

    /// Writes what is kept into the object that is open; nothing of an empty body.
    static func write(_ body: ByteBuffer, to json: inout JSONWriter) {
        let bytes = Array(buffer: body)
        if bytes.isEmpty { return }
        guard let value = try? JSONReader.value(of: bytes) else { return writeFingerprint(of: bytes, to: &json) }
        var kept = JSONWriter()
        kept.value(withoutSecrets(value))
        guard kept.bytes.count > longest else {
            json.key("body")
            return json.raw(kept.bytes)
        }
        if case .object(let members) = value {
            json.key("body_fields")
            json.array { json in
                for member in members.prefix(100) { json.value(String(member.key.prefix(50))) }
            }
        }
        writeFingerprint(of: bytes, to: &json)
    }

    private static func writeFingerprint(of bytes: [UInt8], to json: inout JSONWriter) {
        json.field("body_bytes", bytes.count)
        json.field("body_sha256", ContentDigest.sha256Text(bytes))
    }

    private static func withoutSecrets(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .integer, .number, .string: value
        case .array(let values): .array(values.map(withoutSecrets))
        case .object(let members):
            .object(
                members.map { member in
                    JSONMember(key: member.key, value: isSecret(member.key) ? hidden : withoutSecrets(member.value))
                })
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secrets.contains { name.contains($0) }
    }
}
