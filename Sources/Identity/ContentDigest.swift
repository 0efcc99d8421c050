internal import Crypto

/// Fingerprint of a file's or token's content.
package enum ContentDigest {
    /// SHA-256, 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        SHA256.hash(data: bytes).withUnsafeBytes { Array($0) }
    }

    /// SHA-256 as 64 lower-case hexadecimal digits.
    package static func sha256Text(_ bytes: [UInt8]) -> String {
        sha256(bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
