/// The name of one request in answers, logs and workers.
enum RequestID {
    /// The client's own, when it is 1–128 of `A-Z a-z 0-9 . _ -`; otherwise a new random one.
    static func of(_ headers: RequestFields) -> String {
        if let given = headers[.requestID], isWellFormed(given) { return given }
        return random()
    }

    static func isWellFormed(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...128).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default:
                    false
                }
            }
    }

    /// 24 characters that carry 120 random bits.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        var bits = (generator.next(), generator.next())
        return String(unsafeUninitializedCapacity: 24) { buffer in
            for index in 0..<24 {
                buffer[index] = alphabet[Int((index < 12 ? bits.0 : bits.1) & 31)]
                if index < 12 { bits.0 >>= 5 } else { bits.1 >>= 5 }
            }
            return 24
        }
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
}
