internal import Crypto
internal import Foundation

/// Seals secrets that must be readable again (database passwords, second-factor seeds) before they go into a database,
/// with AES-256-GCM and a key that is kept outside of it.
///
/// Sealed bytes: version 1 (1 byte), key id (8), nonce (12), ciphertext, tag (16). The purpose is authenticated, so
/// bytes sealed for one row do not open in another. Several keys may open, the first seals: a new key is put in front of
/// the old one, everything is sealed anew, then the old one is dropped.
package struct SecretSealing: Sendable {
    private struct Key: Sendable {
        let id: [UInt8]
        let key: SymmetricKey
    }

    private let keys: [Key]

    /// Keys of 32 bytes each, one after the other, as the key file holds them; the first seals.
    package init(keyFile: [UInt8]) throws(SecretSealingError) {
        guard !keyFile.isEmpty, keyFile.count % Self.keyLength == 0 else { throw .wrongKeyLength }
        keys = stride(from: 0, to: keyFile.count, by: Self.keyLength).map { start in
            let bytes = Array(keyFile[start..<start + Self.keyLength])
            return Key(id: Array(SHA256.hash(data: bytes).prefix(Self.idLength)), key: SymmetricKey(data: bytes))
        }
    }

    /// Seals a secret for one purpose, such as `tenant_worker_password:t_0123456789abcdef`.
    package func seal(_ secret: [UInt8], purpose: String) throws(SecretSealingError) -> [UInt8] {
        let current = keys[0]
        guard let box = try? AES.GCM.seal(secret, using: current.key, authenticating: Array(purpose.utf8)),
            let combined = box.combined
        else { throw .notSealed }
        return [Self.version] + current.id + combined
    }

    /// The secret, if it was sealed for this purpose with one of the keys and nothing was changed.
    package func open(_ sealed: [UInt8], purpose: String) throws(SecretSealingError) -> [UInt8] {
        let headerLength = 1 + Self.idLength
        guard sealed.count >= headerLength + Self.overhead, sealed[0] == Self.version else { throw .notSealed }
        guard let key = keys.first(where: { $0.id.elementsEqual(sealed[1..<headerLength]) }) else { throw .unknownKey }
        guard let box = try? AES.GCM.SealedBox(combined: Array(sealed[headerLength...])),
            let secret = try? AES.GCM.open(box, using: key.key, authenticating: Array(purpose.utf8))
        else { throw .changed }
        return Array(secret)
    }

    /// Whether these bytes were sealed with a key that is no longer the first.
    package func isSealedWithOlderKey(_ sealed: [UInt8]) -> Bool {
        !sealed.dropFirst().starts(with: keys[0].id)
    }

    /// The ids of the keys, which tell nothing of them, as hexadecimal text; the first seals.
    package var keyIDs: [String] {
        keys.map { $0.id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }

    /// A key file with a new key before those of another.
    package static func keyFile(before old: [UInt8]) -> [UInt8] { RandomBytes.make(count: keyLength) + old }

    /// A key file with the first key of another alone.
    package static func keyFile(firstOf old: [UInt8]) -> [UInt8] { Array(old.prefix(keyLength)) }

    private static let version: UInt8 = 1
    private static let keyLength = 32
    private static let idLength = 8
    /// Nonce and tag.
    private static let overhead = 28
}

/// Why a secret could not be sealed or opened; says nothing of its content.
package enum SecretSealingError: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongKeyLength
    case notSealed
    case unknownKey
    case changed

    package var description: String {
        switch self {
        case .wrongKeyLength: "an encryption key file must hold 32 bytes, or several keys of 32 bytes"
        case .notSealed: "not a sealed secret"
        case .unknownKey: "the secret was sealed with a key that is not in the encryption key file"
        case .changed: "the sealed secret was changed, or belongs somewhere else"
        }
    }
}
