import Foundation
import Identity

/// The data folder with its settings and secrets.
///
/// `<data>/camet.conf` holds `KEY=VALUE` lines; the environment goes before it. Passwords and keys lie in files of their
/// own in `<data>/secrets`.
struct OpsSettings: Sendable {
    let dataPath: String
    private let values: [String: String]

    /// Throws for an unreadable file or line; a missing camet.conf is an empty one.
    init(dataPath: String, environment: [String: String]) throws(OpsFailure) {
        self.dataPath = dataPath
        let path = dataPath + "/camet.conf"
        var values: [String: String] = [:]
        if FileManager.default.fileExists(atPath: path) {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw OpsFailure("\(path) cannot be read as UTF-8 text")
            }
            values = try Self.parse(text, path: path)
        }
        self.values = values.merging(environment.filter { $0.key.hasPrefix("CAMET_") }) { _, fromEnvironment in
            fromEnvironment
        }
    }

    /// A setting that may be absent; an empty one counts as absent.
    func optional(_ key: String) -> String? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }

    /// A setting that must be there.
    func required(_ key: String) throws(OpsFailure) -> String {
        guard let value = optional(key) else {
            throw OpsFailure("\(key) is not set, neither in \(dataPath)/camet.conf nor in the environment")
        }
        return value
    }

    /// Where the gateway's sockets are.
    var runPath: String { optional("CAMET_RUN") ?? dataPath + "/run" }

    /// Where the gateway tells of the audit log's end.
    var auditHeadsPath: String { optional("CAMET_AUDIT_HEADS_FILE") ?? dataPath + "/audit/heads.log" }

    /// Where archived months of detections lie: a folder, or what is mounted there.
    var archivePath: String { optional("CAMET_ARCHIVE_FOLDER") ?? dataPath + "/archive" }

    /// A file of the secrets folder.
    func secret(_ name: String) -> SecretFile {
        SecretFile(path: "\(dataPath)/secrets/\(name)")
    }

    /// The key that seals secrets in the database.
    var encryptionKeyFile: SecretFile {
        optional("CAMET_ENCRYPTION_KEY_FILE").map { SecretFile(path: $0) } ?? secret("encryption.key")
    }

    /// The keys that sign access tokens.
    var signingKeyFile: SecretFile {
        optional("CAMET_SIGNING_KEY_FILE").map { SecretFile(path: $0) } ?? secret("jwt-signing.pem")
    }

    private static func parse(_ text: String, path: String) throws(OpsFailure) -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                throw OpsFailure("\(path), line \(index + 1): not KEY=VALUE")
            }
            let key = String(line[..<equals])
            guard values[key] == nil else { throw OpsFailure("\(path), line \(index + 1): \(key) is set twice") }
            values[key] = String(line[line.index(after: equals)...])
        }
        return values
    }
}
