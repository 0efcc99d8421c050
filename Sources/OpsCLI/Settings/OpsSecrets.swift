import Foundation
import Identity

/// The secrets that the gateway and the CLI share, in `<data>/secrets`.
struct OpsSecrets: Sendable {
    let settings: OpsSettings

    /// Makes what is missing: the gateway's database password, the encryption key, the signing key. Nothing is replaced.
    func createMissing() throws {
        for folder in [settings.dataPath, settings.dataPath + "/secrets"]
        where !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try createIfMissing("gateway-database-password", Array((DatabasePassword().text + "\n").utf8))
        if settings.optional("CAMET_ENCRYPTION_KEY_FILE") == nil {
            try createIfMissing("encryption.key", RandomBytes.make(count: 32))
        }
        if settings.optional("CAMET_SIGNING_KEY_FILE") == nil {
            try createIfMissing("jwt-signing.pem", Array(SigningKeyText.makePrivateKeyPEM().utf8))
        }
    }

    /// The admin role's password; nil when the server asks for none and there is no such file.
    func adminPassword() throws -> String? {
        do {
            return try settings.secret("admin-database-password").readText()
        } catch SecretFileError.missing {
            return nil
        }
    }

    /// The password of camet_gateway.
    func gatewayPassword() throws -> DatabasePassword {
        let file = settings.secret("gateway-database-password")
        guard let password = DatabasePassword(text: try file.readText()) else {
            throw OpsFailure("\(file.path) must hold one line of printable ASCII without blanks")
        }
        return password
    }

    /// What seals passwords of worker roles.
    func sealing() throws -> SecretSealing {
        try SecretSealing(keyFile: try settings.encryptionKeyFile.read())
    }

    private func createIfMissing(_ name: String, _ bytes: [UInt8]) throws {
        let file = settings.secret(name)
        if !FileManager.default.fileExists(atPath: file.path) { _ = try file.create(bytes) }
    }
}
