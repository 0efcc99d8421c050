internal import Crypto
internal import Foundation

/// A password of a database role, made and kept by us; 1 to 255 printable ASCII characters.
package struct DatabasePassword: Sendable {
    package let text: String

    /// A new one, 43 random characters (256 bits).
    package init() {
        text = RandomBytes.alphanumeric(count: 43)
    }

    /// A given one; nil when it is empty, too long, or holds anything but printable ASCII without blanks.
    package init?(text: String) {
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        self.text = text
    }

    /// What PostgreSQL keeps of it (RFC 5803, SCRAM-SHA-256). Given to `ALTER ROLE … PASSWORD` in place of the password, so
    /// that the password itself never reaches the server's logs.
    package var scramVerifier: String {
        let salt = RandomBytes.make(count: 16)
        let salted = SymmetricKey(data: Self.stretch(Array(text.utf8), salt: salt))
        let clientKey = Data(HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: salted))
        let storedKey = Data(SHA256.hash(data: clientKey))
        let serverKey = Data(HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: salted))
        let parts = [Data(salt), storedKey, serverKey].map { $0.base64EncodedString() }
        return "SCRAM-SHA-256$\(Self.rounds):\(parts[0])$\(parts[1]):\(parts[2])"
    }

    private static let rounds = 4096

    /// PBKDF2 with HMAC-SHA-256, one block.
    private static func stretch(_ password: [UInt8], salt: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: password)
        var block = Array(HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key))
        var result = block
        for _ in 1..<rounds {
            block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
            for index in result.indices { result[index] ^= block[index] }
        }
        return result
    }
}
