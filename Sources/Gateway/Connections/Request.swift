import HTTPTypes
import NIOCore
import NIOHTTP1

/// One request as it came, before anything about it has been believed.
struct Request: Sendable {
    let method: HTTPRequest.Method
    let version: HTTPVersion
    /// Below `base`.
    private(set) var uri: RequestTarget
    /// The path everything is served below, which `uri` does not name: empty at the root, else with a slash at its beginning
    /// and none at its end.
    private(set) var base = ""
    let headers: RequestFields
    private(set) var body: RequestBody
    /// Whether its client is spoken to over TLS.
    let isSecure: Bool
    let client: RequestClient

    /// The host the client says it speaks to.
    var authority: String? { headers[.host] }

    /// - Returns: nil when the method is no token.
    init?(_ head: HTTPRequestHead, body: RequestBody, from peer: ConnectionPeer) {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { return nil }
        self.method = method
        version = head.version
        uri = RequestTarget(head.uri)
        headers = RequestFields(head.headers)
        self.body = body
        isSecure = peer.isSecure(headers)
        client = peer.client(headers)
    }

    /// The same with a body that has been read.
    func with(body: ByteBuffer) -> Request {
        var request = self
        request.body = .whole(body)
        return request
    }

    /// The request as whoever is served below a path takes it.
    func below(_ base: String) -> Request {
        guard !base.isEmpty else { return self }
        var request = self
        request.uri = uri.below(base)
        request.base = base
        return request
    }

    /// The value of a cookie; of two with one name the first.
    func cookie(_ name: String) -> String? {
        guard let field = headers[.cookie] else { return nil }
        for pair in field.split(separator: ";") {
            let text = pair.drop { $0 == " " }
            guard text.hasPrefix(name), text.dropFirst(name.count).first == "=" else { continue }
            return String(text.dropFirst(name.count + 1))
        }
        return nil
    }
}

/// The fields of a request's head. Read by looking through them: there are few, and an index would cost more than it saves.
struct RequestFields: Sendable {
    private let fields: HTTPHeaders
    /// The lengths of the names that are there, a bit for each up to 62 and one for all longer: most of the fields that are asked
    /// for are not there, and their length tells.
    private let nameLengths: UInt64
    /// Bytes of all fields as they came.
    let length: Int

    init(_ fields: HTTPHeaders) {
        self.fields = fields
        var (lengths, bytes): (UInt64, Int) = (0, 0)
        for (name, value) in fields {
            lengths |= Self.bit(name.utf8.count)
            bytes += name.utf8.count + value.utf8.count + 4
        }
        nameLengths = lengths
        length = bytes
    }

    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// A field's value; those of a repeated one together, as RFC 9110 §5.2 joins them.
    subscript(_ name: HTTPField.Name) -> String? {
        guard nameLengths & Self.bit(name.canonicalName.utf8.count) != 0 else { return nil }
        var found: String?
        for (candidate, value) in fields where Self.isSame(candidate, name.canonicalName) {
            found = found.map { $0 + (name == .cookie ? "; " : ", ") + value } ?? value
        }
        return found
    }

    func contains(_ name: HTTPField.Name) -> Bool {
        count(of: name) > 0
    }

    /// How often a field stands there.
    func count(of name: HTTPField.Name) -> Int {
        fields.reduce(0) { $0 + (Self.isSame($1.name, name.canonicalName) ? 1 : 0) }
    }

    /// - Parameter lowercase: a name in lower case.
    private static func isSame(_ name: String, _ lowercase: String) -> Bool {
        guard name.utf8.count == lowercase.utf8.count else { return false }
        let isSame = name.utf8.withContiguousStorageIfAvailable { given in
            lowercase.utf8.withContiguousStorageIfAvailable { wanted in
                given.indices.allSatisfy { index in
                    let byte = given[index]
                    return byte == wanted[index] || (byte >= 0x41 && byte <= 0x5A && byte | 0x20 == wanted[index])
                }
            }
        }
        return (isSame ?? nil) ?? (name.lowercased() == lowercase)
    }
}

/// The body of a request: there already, or still arriving.
enum RequestBody: Sendable {
    case whole(ByteBuffer)
    case arriving(RequestBodyFeed.Parts)
}
