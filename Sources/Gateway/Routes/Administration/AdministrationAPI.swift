import HTTPTypes
import NIOCore
import NIOHTTP1
import Shared

/// The API, asked by pages for the person who sees them: by the very rows that serve it, so that rights, checks and the
/// audit log are the same for both.
struct AdministrationAPI: Sendable {
    /// What the API answers when it does what it was asked.
    struct Reply {
        let value: JSONValue
        /// Without quotes.
        let tag: String?
        let status: HTTPResponse.Status
    }

    private let routes: [Route]
    private let index: RouteIndex
    private let records: RecordedRequests

    init(_ routes: [Route], records: RecordedRequests) {
        self.routes = routes
        index = RouteIndex(routes)
        self.records = records
    }

    /// The roles that a row serves; none where there is no such row.
    func roles(_ method: HTTPRequest.Method, _ path: String) -> Set<Role> {
        guard case .route(let number, _) = index.match(method, path),
            case .tenant(let roles, _, _) = routes[number].handler
        else { return [] }
        return roles
    }

    /// Asks for the person of `context`.
    ///
    /// - Throws: what the API refuses with.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String = "", body: JSONValue? = nil,
        ifMatch: String? = nil, _ context: TenantContext
    ) async throws -> Reply {
        guard case .route(let number, let parameters) = index.match(method, path),
            case .tenant(let roles, _, let handler) = routes[number].handler
        else { throw Fault(code: .notFound) }
        guard case .user(_, let role) = context.principal.kind, roles.contains(role) else {
            throw Fault(code: .forbidden)
        }
        var fields = HTTPHeaders()
        var bytes = ByteBuffer()
        if let body {
            fields.add(name: "content-type", value: "application/json")
            var json = JSONWriter()
            json.value(body)
            bytes.writeBytes(json.bytes)
        }
        if let ifMatch { fields.add(name: "if-match", value: "\"\(ifMatch)\"") }
        let head = HTTPRequestHead(
            version: .http1_1, method: .init(rawValue: method.rawValue),
            uri: query.isEmpty ? path : "\(path)?\(query)", headers: fields)
        let peer = ConnectionPeer(nil, trusting: .none)
        guard let request = Request(head, body: .whole(bytes), from: peer) else { throw Fault(code: .internal) }
        let asked = context.open
        let open = OpenContext(
            request: request,
            parameters: parameters,
            requestID: asked.requestID,
            clientAddress: asked.clientAddress,
            deadline: asked.deadline,
            language: asked.language,
            nonce: "",
            bodyLimit: routes[number].bodyLimit.bytes
        )
        let response = try await records.serve(
            TenantContext(open: open, identity: context.identity), routes[number], by: handler)
        guard let whole = response.whole else { throw Fault(code: .internal) }
        let value = whole.readableBytes == 0 ? .null : try JSONReader.value(of: Array(buffer: whole))
        return Reply(
            value: value,
            tag: response.headers[.eTag].map { $0.filter { $0 != "\"" } },
            status: response.status
        )
    }

    /// Every object of a kind, page by page.
    func list(_ kind: AdministrationKind, _ context: TenantContext) async throws -> [AdministrationObject] {
        var objects: [AdministrationObject] = []
        var query: String? = "limit=1000"
        while let asked = query {
            let page = try await ask(.get, kind.apiPath, query: asked, context).value
            objects += page["items"].elements.compactMap { AdministrationObject($0, of: kind) }
            query = page["next_cursor"].text.map { "limit=1000&cursor=\($0)" }
        }
        return objects
    }

    /// One object, with its validator.
    ///
    /// - Throws: `notFound`.
    func object(_ kind: AdministrationKind, _ id: Substring, _ context: TenantContext) async throws
        -> AdministrationObject
    {
        let reply = try await ask(.get, "\(kind.apiPath)/\(id)", context)
        guard let object = AdministrationObject(reply.value, of: kind, tag: reply.tag) else {
            throw Fault(code: .internal)
        }
        return object
    }
}
