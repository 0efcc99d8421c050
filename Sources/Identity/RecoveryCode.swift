/// A code that stands in for the second factor once, kept by its owner on paper: `7k2m-9xqd-…`, six groups of four.
///
/// It has 120 random bits, so one plain SHA-256 is enough to store it by: nobody tries them all, with or without the
/// database. Letters that are taken for digits do not occur and are read as those digits.
package struct RecoveryCode: Sendable {
    package static let count = 10

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 24
    private static let groupLength = 4

    private let letters: [UInt8]

    /// A new one.
    package init() {
        letters = RandomBytes.make(count: Self.length).map { Self.alphabet[Int($0 & 31)] }
    }

    /// One as typed, with or without hyphens, blanks and capitals; nil for what has not its form.
    package init?(typed: String) {
        guard typed.utf8.count <= 100 else { return nil }
        let letters = typed.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
            .map(Self.plain)
        guard letters.count == Self.length, letters.allSatisfy(Self.alphabet.contains) else { return nil }
        self.letters = letters
    }

    /// As shown to its owner.
    package var text: String {
        stride(from: 0, to: Self.length, by: Self.groupLength).map { start in
            String(decoding: letters[start..<start + Self.groupLength], as: UTF8.self)
        }.joined(separator: "-")
    }

    /// SHA-256, 32 bytes, as stored.
    package var hash: [UInt8] { ContentDigest.sha256(letters) }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "o"): UInt8(ascii: "0")
        case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
        default: letter
        }
    }
}
