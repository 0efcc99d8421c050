internal import Crypto

/// Codes of six digits that an application makes of a shared seed and the time: TOTP (RFC 6238) with HMAC-SHA-1 and
/// steps of 30 s, which is what every such application can.
package struct TimeBasedCode: Sendable {
    package static let digits = 6
    package static let stepSeconds: Int64 = 30
    /// 160 bits, the length that RFC 4226 recommends.
    private static let seedLength = 20

    package let seed: [UInt8]

    /// A new random seed.
    package init() {
        seed = RandomBytes.make(count: Self.seedLength)
    }

    /// A known seed.
    package init(seed: [UInt8]) {
        self.seed = seed
    }

    /// The step that a time lies in, in seconds since 1970.
    package static func step(at seconds: Int64) -> Int64 { seconds / stepSeconds }

    /// The code of a step, with leading zeros.
    package func code(step: Int64) -> String {
        // HMAC-SHA-1 stays sound although SHA-1 has collisions: nobody chooses what is hashed here.
        let message = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let hash = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: seed)))
        let offset = Int(hash[hash.count - 1] & 0x0F)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: Self.digits - text.count) + text
    }

    /// The step whose code this is, of the current one and the one before; nil for every other code.
    ///
    /// Blanks in the code are the typist's. Whether the step was used before is for the caller to know.
    package func step(of code: String, at seconds: Int64) -> Int64? {
        let typed = code.utf8.filter { $0 != UInt8(ascii: " ") }
        let current = Self.step(at: seconds)
        return [current, current - 1].first { ConstantTime.areEqual(typed, Array(self.code(step: $0).utf8)) }
    }

    /// The seed as people type it into an application: base32 without padding (RFC 4648).
    package var text: String { Base32.text(of: seed) }

    /// What an application reads from a QR code.
    ///
    /// - Parameter account: the name the application shows beside the issuer.
    package func address(issuer: String, account: String) -> String {
        let (issuer, account) = (Self.escaped(issuer), Self.escaped(account))
        return "otpauth://totp/\(issuer):\(account)?secret=\(text)&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=\(Self.digits)&period=\(Self.stepSeconds)"
    }

    /// Percent-escaped but for the unreserved characters (RFC 3986).
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default:
                "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
