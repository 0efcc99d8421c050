import Foundation

/// A user name or e-mail as it is compared: trimmed, case-folded and in one Unicode form.
///
/// Two names that differ only in case, in blanks around them or in how an accent is encoded fold to the same bytes, so
/// the database's unique constraint and the count of failed sign-ins see one name. Folding twice changes nothing.
package struct FoldedName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ name: String) {
        if name.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            let start = name.utf8.drop { $0 == UInt8(ascii: " ") }
            let end = start.lastIndex { $0 != UInt8(ascii: " ") }
            text = end.map { String(name[start.startIndex...$0]).lowercased() } ?? ""
            return
        }
        let trimmed = name.trimmingCharacters(in: .whitespacesAndNewlines)
        // Upper then lower case reaches letters that have no single lower form of their own: ß and ss, ς and σ.
        text =
            trimmed.precomposedStringWithCompatibilityMapping.uppercased().lowercased()
            .precomposedStringWithCompatibilityMapping
    }

    package var description: String { text }
}
