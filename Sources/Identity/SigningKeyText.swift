internal import Crypto
internal import Foundation

/// Text forms of the Ed25519 key that signs access tokens.
package enum SigningKeyText {
    /// A new private key as PKCS#8 PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
    package static func makePrivateKeyPEM() -> String {
        let key = Curve25519.Signing.PrivateKey().rawRepresentation
        let body = (Data(privateKeyPrefix) + key).base64EncodedString()
        return "-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n"
    }

    /// The private keys of a PEM text, each with its frame, in their order; other text between them is left out.
    package static func privateKeys(of pem: String) -> [String] {
        let begin = "-----BEGIN PRIVATE KEY-----"
        let end = "-----END PRIVATE KEY-----"
        return pem.components(separatedBy: end).dropLast().compactMap { part in
            part.range(of: begin).map { part[$0.lowerBound...] + end + "\n" }
        }
    }

    /// SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING (32 bytes) } } up to the key.
    private static let privateKeyPrefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
}
