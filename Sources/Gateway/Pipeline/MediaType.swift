/// What a client says its body is: the value of Content-Type (RFC 9110 §8.3).
struct MediaType {
    /// Type and subtype in lower case; empty when nothing is said.
    let name: String
    /// Whether the text is in UTF-8, as far as is said.
    let isUTF8: Bool

    init(_ field: String) {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for scalar in field.unicodeScalars {
            switch scalar {
            case _ where isEscaped:
                isEscaped = false
                parts[parts.count - 1].unicodeScalars.append(scalar)
            case "\\" where isQuoted:
                isEscaped = true
            case "\"":
                isQuoted.toggle()
            case ";" where !isQuoted:
                parts.append("")
            default:
                parts[parts.count - 1].unicodeScalars.append(scalar)
            }
        }
        name = Self.word(parts[0])
        isUTF8 =
            !isQuoted
            && parts.dropFirst().allSatisfy { parameter in
                let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return Self.word(pair[0]) != "charset" || (pair.count == 2 && Self.word(pair[1]) == "utf-8")
            }
    }

    /// In lower case, without the white space around it.
    private static func word(_ text: some StringProtocol) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
        let start = text.unicodeScalars.drop(while: isSpace)
        let end = start.reversed().drop(while: isSpace).reversed()
        return String(String.UnicodeScalarView(end)).lowercased()
    }
}
