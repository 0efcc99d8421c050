/// What a client says its body is: the value of Content-Type (RFC 9110 §8.3).
struct MediaType {
    /// Type and subtype in lower case; empty when nothing is said.
    let name: String
    /// Whether the text is in UTF-8, as far as is said.
    let isUTF8: Bool

    init(_ field: String) {
        // What nearly everybody sends.
        if field == "application/json" {
            (name, isUTF8) = (field, true)
            return
        }
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in field.utf8 {
            switch byte {
            case _ where isEscaped:
                isEscaped = false
                parts[parts.count - 1].append(byte)
            case UInt8(ascii: "\\") where isQuoted:
                isEscaped = true
            case UInt8(ascii: "\""):
                isQuoted.toggle()
            case UInt8(ascii: ";") where !isQuoted:
                parts.append([])
            default:
                parts[parts.count - 1].append(byte)
            }
        }
        name = Self.word(parts[0][...])
        isUTF8 =
            !isQuoted
            && parts.dropFirst().allSatisfy { parameter in
                let pair = parameter.split(
                    separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                return Self.word(pair[0]) != "charset" || (pair.count == 2 && Self.word(pair[1]) == "utf-8")
            }
    }

    /// In lower case, without the white space around it.
    private static func word(_ text: ArraySlice<UInt8>) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let start = text.firstIndex(where: { !isSpace($0) }), let end = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: text[start...end].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
