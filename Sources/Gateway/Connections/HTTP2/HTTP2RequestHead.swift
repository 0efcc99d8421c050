import NIOHPACK
import NIOHTTP1

/// A request's head as HTTP/2 has it, in the form of HTTP/1.1, in which the rest of the gateway knows heads.
///
/// The library has seen to the rules of RFC 9113 §8.2 and §8.3: pseudo-fields, names, fields of connections. What HTTP/1.1's
/// parser and `RequestHeadRules` see to there is seen to here: one host, one length, no control characters.
struct HTTP2RequestHead {
    private(set) var head: HTTPRequestHead
    /// Whether the request may be passed on.
    private(set) var isKept: Bool

    init(_ fields: HPACKHeaders) {
        let method = HTTPMethod(rawValue: fields.first(name: ":method") ?? "")
        let authority = fields.first(name: ":authority")
        let target = fields.first(name: ":path") ?? authority ?? ""
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count)
        if let authority { headers.add(name: "host", value: authority) }
        var hosts = 0
        var lengths = 0
        isKept = Self.isVisible(target) && (method == .CONNECT || Self.isPath(target, of: method))
        for (name, value, _) in fields {
            switch name {
            case _ where name.utf8.first == UInt8(ascii: ":"): continue
            case "host":
                hosts += 1
                // The same said twice is said once; anything else is two hosts.
                if let authority {
                    if authority != value { isKept = false }
                    continue
                }
            case "content-length":
                lengths += 1
                if value.isEmpty || !value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { isKept = false }
            default: break
            }
            if !Self.isText(value) { isKept = false }
            headers.add(name: name, value: value)
        }
        let host = headers.first(name: "host")
        if hosts > 1 || lengths > 1 || !HostField.isKept(host ?? "") { isKept = false }
        head = HTTPRequestHead(version: HTTPVersion(major: 2, minor: 0), method: method, uri: target, headers: headers)
    }

    private static func isPath(_ target: String, of method: HTTPMethod) -> Bool {
        target.utf8.first == UInt8(ascii: "/") || (target == "*" && method == .OPTIONS)
    }

    /// Of characters that can be seen, as everything in a request line is.
    private static func isVisible(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Without control characters but the tab.
    private static func isText(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
