import HTTPTypes
import NIOCore
import NIOPosix

/// Sends answers as gzip to clients that take it, where that is safe (`CompressedRoutes`) and worth it.
struct AnswerCompression: Sendable {
    /// Shorter ones fit into a packet as they are.
    private static let leastLength = 1_024
    /// Longer ones would hold up the event loop: this takes it less than half a millisecond.
    private static let longestOnLoop = 64 * 1_024
    private static let mediaTypes: Set<String> = ["application/json", "text/html"]

    /// By the route's number.
    private let isCompressed: [Bool]

    init(_ routes: [Route]) {
        isCompressed = routes.map { CompressedRoutes.contain($0) }
    }

    /// The answer of a route as the client gets it. To HEAD too: its fields are those of GET, the length among them
    /// (RFC 9110 §8.6).
    func apply(to response: Response, of request: Request, route: Int?) async -> Response {
        guard let route, isCompressed[route], response.status == .ok || response.status == .notModified else {
            return response
        }
        var coded = response
        coded.headers.varyByCoding()
        guard response.status == .ok, response.headers[.contentEncoding] == nil,
            AcceptedCoding(request.headers[.acceptEncoding]).takesGzip,
            let type = response.headers[.contentType], Self.mediaTypes.contains(MediaType(type).name),
            let body = await Self.code(response.body)
        else { return coded }
        coded.body = body
        coded.headers.markAsGzip()
        return coded
    }

    /// Nil when it is better sent as it is.
    private static func code(_ body: ResponseBody) async -> ResponseBody? {
        switch body.content {
        case .whole(let bytes) where bytes.readableBytes < leastLength:
            return nil
        case .whole(let bytes) where bytes.readableBytes <= longestOnLoop:
            return GzipStream.whole(bytes, level: GzipStream.once).map { ResponseBody(byteBuffer: $0) }
        case .whole(let bytes):
            let coded = try? await NIOThreadPool.singleton.runIfActive {
                GzipStream.whole(bytes, level: GzipStream.once)
            }
            return coded.flatMap { $0 }.map { ResponseBody(byteBuffer: $0) }
        case .written(let write):
            return ResponseBody { writer in
                guard let gzip = GzipStream(level: GzipStream.once) else { throw ChannelError.operationUnsupported }
                try await write(writer.coding(with: gzip))
                try await writer.write(gzip.finish())
            }
        }
    }
}

extension HTTPFields {
    /// Tells caches that other clients may get another form.
    mutating func varyByCoding() {
        self[.vary] = self[.vary].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
    }

    /// Names the coding. The tag becomes a weak one: what it stands for is the same, its bytes are not.
    mutating func markAsGzip() {
        self[.contentEncoding] = "gzip"
        if let tag = self[.eTag], !tag.hasPrefix("W/") { self[.eTag] = "W/\(tag)" }
    }
}
