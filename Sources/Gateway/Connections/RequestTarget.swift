/// What a request asks for: the target of its first line (RFC 9112 §3.2), undecoded.
struct RequestTarget: Sendable {
    /// As it came.
    let string: String
    /// Without scheme, host and query; `/` where there is none.
    let path: String
    /// What follows the first question mark.
    let query: String?

    /// As a path and a query that have been taken apart.
    private init(path: String, query: String?) {
        string = path + (query.map { "?\($0)" } ?? "")
        self.path = path
        self.query = query
    }

    /// The target as it is below a path; one whose path is empty, which no route has, for what is not below it.
    ///
    /// - Parameter base: begins with a slash and does not end with one.
    func below(_ base: String) -> RequestTarget {
        guard path.hasPrefix(base) else { return RequestTarget(path: "", query: query) }
        let rest = path.dropFirst(base.count)
        if rest.isEmpty { return RequestTarget(path: "/", query: query) }
        return RequestTarget(path: rest.hasPrefix("/") ? String(rest) : "", query: query)
    }

    init(_ string: String) {
        self.string = string
        let bytes = string.utf8
        var start = bytes.startIndex
        if bytes.first != UInt8(ascii: "/"), let scheme = string.firstRange(of: "://") {
            start = bytes[scheme.upperBound...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
        }
        let target = bytes[start...]
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        let path = String(target[..<mark]) ?? ""
        self.path = path.isEmpty ? "/" : path
        query = mark == target.endIndex ? nil : String(target[target.index(after: mark)...])
    }
}
