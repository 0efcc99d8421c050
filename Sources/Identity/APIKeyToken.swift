internal import Crypto

/// An API key as its holder has it: `camet_<public id>_<secret>`.
///
/// The public id finds the row, the secret is only ever stored as its hash. It is random and long, so one plain
/// SHA-256 is enough.
package struct APIKeyToken: Sendable {
    package let publicID: String
    private let secret: String

    /// A new key of 16 and 43 random characters (256 bits of secret).
    package init() {
        publicID = RandomBytes.alphanumeric(count: 16)
        secret = RandomBytes.alphanumeric(count: 43)
    }

    /// A key as received; nil for anything not of its form.
    package init?(text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "camet",
            (8...32).contains(parts[1].utf8.count), (32...128).contains(parts[2].utf8.count),
            parts[1].utf8.allSatisfy(Self.isAlphanumeric), parts[2].utf8.allSatisfy(Self.isAlphanumeric)
        else { return nil }
        publicID = String(parts[1])
        secret = String(parts[2])
    }

    /// The whole key; shown once, when it is made.
    package var text: String { "camet_\(publicID)_\(secret)" }

    /// SHA-256 of the secret, 32 bytes, as stored.
    package var secretHash: [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    /// Whether the stored hash is of this key's secret.
    package func matches(_ storedHash: [UInt8]) -> Bool {
        ConstantTime.areEqual(secretHash, storedHash)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
