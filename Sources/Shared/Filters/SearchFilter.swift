/// SearchFilter: text that the cells of tables are looked through for.
package enum SearchFilter {
    /// Characters, at most.
    package static let longest = 200

    /// Reads `search`; an empty text means none.
    package static func read(_ fields: inout JSONFields) -> String? {
        let name = FilterKind.search.parameter
        fields.note(name, .text(JSONShape.Text(lengths: 0...longest)))
        guard let text = fields.plainString(name), !text.isEmpty else { return nil }
        return fields.checked(text, name, upTo: longest)
    }
}

/// A text that is searched for, as it is compared: capitals, the accents of Latin letters and kinds of space make no difference.
package struct SearchedText: Hashable, Sendable {
    private let folded: String

    package init(_ text: String) {
        folded = Self.fold(text)
    }

    /// Whether any of the cells of a row has it; nil is an empty cell.
    package func isIn(_ cells: [String?]) -> Bool {
        cells.contains { cell in cell.map { Self.fold($0).contains(folded) } ?? false }
    }

    private static func fold(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var endsInSpace = true
        for scalar in text.lowercased().unicodeScalars {
            if scalar.properties.isWhitespace {
                if !endsInSpace { scalars.append(" ") }
                endsInSpace = true
                continue
            }
            if (0x300...0x36F).contains(scalar.value) { continue }
            endsInSpace = false
            scalars.append(plain[scalar] ?? scalar)
        }
        if endsInSpace, scalars.last == " " { scalars.removeLast() }
        return String(scalars)
    }

    /// Letters of Latin-1 and Latin Extended-A without what is added to them.
    private static let plain: [Unicode.Scalar: Unicode.Scalar] = {
        let letters: [(Unicode.Scalar, String)] = [
            ("a", "àáâãäåāăą"), ("c", "çćĉċč"), ("d", "ďđ"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"), ("h", "ĥħ"),
            ("i", "ìíîïĩīĭįı"), ("j", "ĵ"), ("k", "ķ"), ("l", "ĺļľŀł"), ("n", "ñńņň"), ("o", "òóôõöøōŏő"),
            ("r", "ŕŗř"), ("s", "śŝşš"), ("t", "ţťŧ"), ("u", "ùúûüũūŭůűų"), ("w", "ŵ"), ("y", "ýÿŷ"), ("z", "źżž"),
        ]
        var plain: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (letter, others) in letters {
            for other in others.unicodeScalars { plain[other] = letter }
        }
        return plain
    }()
}
