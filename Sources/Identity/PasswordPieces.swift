import Foundation

/// A password taken apart into what somebody who guesses would put together: a well-known word, a row of keys, letters or
/// digits in their order, a year, a repetition of what came before, and single characters where it is none of these.
///
/// `Bienvenido2024!` has three pieces, twelve random characters have twelve. The fewest pieces that make the whole are
/// counted, so adding to a password never makes it weaker.
struct PasswordPieces {
    /// Long enough for any pattern to show, short enough for the square of it to be nothing.
    private static let longest = 128
    private static let shortestPattern = 3

    /// Letters without case and accents.
    private let characters: [UInt32]

    init(_ password: String) {
        characters = Array(Self.plain(password).prefix(Self.longest))
    }

    /// - Parameters:
    ///   - words: beside the well-known ones, those known at this place.
    ///   - limit: as many are enough: what is unlike any pattern is known for it after its first characters.
    func count(knowing words: [String], upTo limit: Int) -> Int {
        let words = Self.words + words.flatMap { Self.parts(of: $0) }
        var fewest = [0] + [Int](repeating: .max, count: characters.count)
        for start in characters.indices where fewest[start] < limit {
            for length in patterns(at: start, words) {
                fewest[start + length] = min(fewest[start + length], fewest[start] + 1)
            }
        }
        return min(fewest[characters.count], limit)
    }

    /// The lengths of what may begin at a place.
    private func patterns(at start: Int, _ words: [[UInt32]]) -> [Int] {
        let others =
            [repetition(at: start), order(at: start, by: 1), order(at: start, by: -1)]
            + Self.rows.map { row(at: start, $0) }
        return [1] + others.filter { $0 >= Self.shortestPattern } + words.compactMap { word(at: start, $0) }
            + (isYear(at: start) ? [4] : [])
    }

    /// The longest text at a place that begins somewhere before it too; it may reach into itself, as `aaaa` does.
    private func repetition(at start: Int) -> Int {
        (0..<start).map { earlier in
            (start..<characters.count).prefix { characters[$0 - start + earlier] == characters[$0] }.count
        }.max() ?? 0
    }

    /// How far letters or digits go on in their order, or backwards.
    private func order(at start: Int, by step: Int) -> Int {
        1
            + (start + 1..<max(start + 1, characters.count)).prefix {
                Int(characters[$0]) - Int(characters[$0 - 1]) == step
            }.count
    }

    /// How far keys are pressed along a row.
    private func row(at start: Int, _ row: [UInt32]) -> Int {
        row.indices.map { place in
            zip(characters[start...], row[place...]).prefix { $0 == $1 }.count
        }.max() ?? 0
    }

    /// The length of a word that stands there, with digits and signs for letters too (`p4$$w0rd`).
    private func word(at start: Int, _ word: [UInt32]) -> Int? {
        guard start + word.count <= characters.count,
            zip(word, characters[start...]).allSatisfy({ $0 == $1 || Self.standIns[$1]?.contains($0) ?? false })
        else { return nil }
        return word.count
    }

    private func isYear(at start: Int) -> Bool {
        guard start + 4 <= characters.count else { return false }
        let text = characters[start..<start + 4]
        return (text.starts(with: Self.plain("19")) || text.starts(with: Self.plain("20")))
            && text.allSatisfy { (0x30...0x39).contains($0) }
    }

    // MARK: What is known

    private static func plain(_ text: String) -> [UInt32] {
        FoldedName(text).text.decomposedStringWithCanonicalMapping.unicodeScalars
            .filter { $0.properties.generalCategory != .nonspacingMark }.map(\.value)
    }

    /// The words of a name such as `Aceros del Sur` or `aceros-del-sur`.
    private static func parts(of name: String) -> [[UInt32]] {
        name.split { !$0.isLetter && !$0.isNumber }.map { plain(String($0)) }.filter { $0.count >= shortestPattern }
    }

    private static let words = WellKnownPasswords.words.split(whereSeparator: \.isWhitespace).map { plain(String($0)) }

    private static let rows = WellKnownPasswords.rows.flatMap { row in [plain(row), plain(row).reversed()] }

    /// The letters that a digit or sign stands for.
    private static let standIns: [UInt32: [UInt32]] = Dictionary(
        uniqueKeysWithValues: WellKnownPasswords.standIns.map { sign, letters in (plain(sign)[0], plain(letters)) })
}
