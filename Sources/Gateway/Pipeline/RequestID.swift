import Glibc
import Synchronization

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
        var bits = randomness.next()
        return String(unsafeUninitializedCapacity: 24) { buffer in
            for index in 0..<24 {
                buffer[index] = alphabet[Int((index < 12 ? bits.0 : bits.1) & 31)]
                if index < 12 { bits.0 >>= 5 } else { bits.1 >>= 5 }
            }
            return 24
        }
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let randomness = RandomReserve()
}

/// Random numbers of the system, fetched many at a time: asking for each costs more than the rest of a name.
private final class RandomReserve: Sendable {
    /// `getentropy` gives at most 256 bytes at a time.
    private static let fetched = 32
    private let numbers = Mutex<[UInt64]>([])

    func next() -> (UInt64, UInt64) {
        numbers.withLock { numbers in
            if numbers.count < 2 {
                numbers = Array(repeating: 0, count: Self.fetched)
                let outcome = numbers.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
                precondition(outcome == 0, "the system has no random numbers")
            }
            return (numbers.removeLast(), numbers.removeLast())
        }
    }
}
