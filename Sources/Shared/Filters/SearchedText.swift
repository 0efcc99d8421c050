// The standard library gives Unicode's decompositions in no other way, and Foundation's would bring ICU into every worker.
@_spi(_Unicode) import Swift

/// A text that is searched for, as it is compared: canonically decomposed, without marks, in capitals, kinds of space as one.
///
/// So accents, capitals and spaces make no difference in any language, and `ß` is `ss`; `ø`, which is no letter with a mark, is
/// one of its own. searched.js compares by the same rule.
package struct SearchedText: Hashable, Sendable {
    private let folded: [Unicode.Scalar]

    package init(_ text: String) {
        folded = Self.fold(text)
    }

    /// Whether any of the cells of a row has it; nil is an empty cell.
    package func isIn(_ cells: [String?]) -> Bool {
        cells.contains { cell in
            guard let cell else { return false }
            let text = Self.fold(cell)
            return folded.isEmpty || text.indices.contains { text[$0...].starts(with: folded) }
        }
    }

    private static func fold(_ text: String) -> [Unicode.Scalar] {
        var folded: [Unicode.Scalar] = []
        for scalar in text._nfd {
            if scalar.properties.isWhitespace {
                if let last = folded.last, last != " " { folded.append(" ") }
            } else if ("a"..."z").contains(scalar) {
                folded.append(Unicode.Scalar(UInt8(scalar.value) - 32))
            } else if scalar.isASCII {
                folded.append(scalar)
            } else if !isMark(scalar) {
                folded.append(contentsOf: scalar.properties.uppercaseMapping.unicodeScalars)
            }
        }
        if folded.last == " " { folded.removeLast() }
        return folded
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
