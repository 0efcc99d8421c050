internal import CArgon2

/// An Argon2id hash of a password in its PHC text form, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
///
/// Hashing and verifying take about 40 ms of one core and 19 MiB: never call them on an event loop.
package struct PasswordHash: Hashable, Sendable {
    /// The PHC text, as stored.
    package let text: String

    /// A stored hash; nil for anything but Argon2id.
    package init?(text: String) {
        guard text.hasPrefix("$argon2id$") else { return nil }
        self.text = text
    }

    /// Hashes a password with a new salt.
    package init(password: String) throws(PasswordHashError) {
        let salt = RandomBytes.make(count: Self.saltLength)
        let length = argon2_encodedlen(
            Self.passes, Self.memoryKiB, Self.lanes, UInt32(Self.saltLength), UInt32(Self.hashLength), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        var bytes = Array(password.utf8)
        defer { Self.wipe(&bytes) }
        let code = argon2id_hash_encoded(
            Self.passes, Self.memoryKiB, Self.lanes, bytes, bytes.count, salt, salt.count, Self.hashLength, &encoded,
            encoded.count)
        guard code == ARGON2_OK.rawValue else { throw PasswordHashError(argon2Code: code) }
        text = String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether this is the password; the comparison of hashes takes the same time wherever they differ.
    package func verify(_ password: String) -> Bool {
        var bytes = Array(password.utf8)
        defer { Self.wipe(&bytes) }
        return argon2id_verify(text, bytes, bytes.count) == ARGON2_OK.rawValue
    }

    /// Spends the time of a verification where there is no user to verify, so that both answers take as long.
    package static func verifyNobody(_ password: String) {
        _ = nobody?.verify(password)
    }

    /// Hash of 32 random bytes that nobody kept.
    private static let nobody = PasswordHash(
        text: "$argon2id$v=19$m=19456,t=2,p=1$qqrTu8JDhhsXCv1VQ7HT0g$vOxPCXocr97cPJ5okIqsgcwnyyS5voecB4gD5PmbaLU")

    private static let memoryKiB: UInt32 = 19 * 1024
    private static let passes: UInt32 = 2
    private static let lanes: UInt32 = 1
    private static let saltLength = 16
    private static let hashLength = 32

    private static func wipe(_ bytes: inout [UInt8]) {
        for index in bytes.indices { bytes[index] = 0 }
    }
}

/// Argon2 could not hash, for want of memory in practice.
package struct PasswordHashError: Error, Hashable, CustomStringConvertible {
    package let argon2Code: Int32

    package var description: String { "the password could not be hashed (Argon2 error \(argon2Code))" }
}
