import HTTPTypes
import IPC

/// The header If-Match of a request.
enum IfMatch {
    /// What the header asks for. Weak tags match nothing (RFC 9110, 13.1.1), and neither does what is no tag.
    static func precondition(_ headers: RequestFields) -> Precondition {
        guard let text = headers[.ifMatch] else { return .absent }
        if text.filter({ $0 != " " && $0 != "\t" }) == "*" { return .exists }
        return .matches(strongTags(of: text))
    }

    private static func strongTags(of text: String) -> [String] {
        var tags: [String] = []
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return tags }
            if !isWeak { tags.append(String(rest[rest.index(after: rest.startIndex)..<end])) }
            rest = rest[rest.index(after: end)...]
        }
    }
}
