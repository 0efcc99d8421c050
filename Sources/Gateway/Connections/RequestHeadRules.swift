import NIOHTTP1
import Shared

/// What a head must keep to, beyond what the parser sees to, so that nobody can read the same bytes as another request:
/// one host, and one way of telling where the body ends (RFC 9112 §3.2 and §6).
struct RequestHeadRules {
    /// Whether the request may be passed on.
    private(set) var isKept = false
    /// Whether nothing that follows on the connection is looked at: the client says so, or asks for another protocol, after
    /// which the parser stops.
    private(set) var isLast = false
    /// Whether the client waits to be told to send the body; whoever is refused at once is not told to.
    private(set) var awaitsLeave = false
    /// How its body is framed.
    private(set) var framing = RequestFraming.length(0)

    init(_ head: HTTPRequestHead) {
        var hosts = 0
        var areHostsKept = true
        var lengths = 0
        var length = 0
        var codings = 0
        var isChunked = false
        isLast = !head.isKeepAlive || head.method == .CONNECT
        for (name, value) in head.headers {
            let name = name.utf8
            switch name.count {
            case 4 where Self.isSame(name, "host"):
                hosts += 1
                areHostsKept = areHostsKept && HostField.isKept(value)
            case 6 where Self.isSame(name, "expect"): awaitsLeave = value.lowercased() == "100-continue"
            case 7 where Self.isSame(name, "upgrade"): isLast = true
            case 14 where Self.isSame(name, "content-length"):
                lengths += 1
                length = Int(value) ?? 0
            case 17 where Self.isSame(name, "transfer-encoding"):
                codings += 1
                isChunked = Self.isSame(value.utf8, "chunked")
            default: break
            }
        }
        framing = codings == 0 ? .length(length) : .chunks(carrying: 0)
        let isFramed = codings == 0 ? lengths <= 1 : codings == 1 && lengths == 0 && isChunked
        switch head.version {
        case .http1_1: isKept = isFramed && hosts == 1 && areHostsKept
        case .http1_0:
            awaitsLeave = false
            isKept = isFramed && hosts <= 1 && areHostsKept && codings == 0
        default: isKept = false
        }
    }

    /// Whether a text is a word of small letters and hyphens, in whatever case.
    private static func isSame(_ text: String.UTF8View, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            zip(text, word).allSatisfy { byte, wanted in
                byte == wanted || (byte | 0x20 == wanted && (0x41...0x5A).contains(byte))
            }
        }
    }
}
