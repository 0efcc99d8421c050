import HTTPTypes
import NIOCore

/// An answer as a route gives it; what every answer carries is added where it is written.
struct Response: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: ResponseBody

    init(status: HTTPResponse.Status, headers: HTTPFields = HTTPFields(), body: ResponseBody = ResponseBody()) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The body of an answer: bytes at hand, or written as they come.
struct ResponseBody: Sendable {
    enum Content: Sendable {
        case whole(ByteBuffer)
        case written(@Sendable (ResponseBodyWriter) async throws -> Void)
    }

    let content: Content
    /// Whether it goes on for as long as the client is there: one that closes its side waits for no more.
    var isEndless = false

    /// No body.
    init() {
        content = .whole(ByteBuffer())
    }

    init(byteBuffer: ByteBuffer) {
        content = .whole(byteBuffer)
    }

    /// A body of unknown length; it is complete when the closure returns, and cut off when it throws.
    init(_ write: @escaping @Sendable (ResponseBodyWriter) async throws -> Void) {
        content = .written(write)
    }

    init<Parts: AsyncSequence & Sendable>(asyncSequence parts: Parts) where Parts.Element == ByteBuffer {
        content = .written { writer in
            for try await part in parts { try await writer.write(part) }
        }
    }
}

/// Everything a connection needs to write an answer.
struct Answer: Sendable {
    var response: Response
    var requestID: String
    /// From the first byte of the request read to the answer made.
    var microseconds: Int64
    /// Of a page; nil for everything else.
    var pageNonce: String?
    /// Whether the rest of the request is not worth reading.
    var closesConnection: Bool
    /// What it tells of the limits it was counted by.
    var rate: RateLimitFields?
    /// Held until it has left; nil for one that goes on for as long as the client is there.
    var place: RequestsUnderWay.Place?
}
