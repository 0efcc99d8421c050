import HTTPTypes
import NIOCore
import NIOHTTP1
import Shared

/// A request on a connection of HTTP/1.1, from its head to the end of its answer. Used on the connection's event loop only.
final class HTTPExchange {
    let head: HTTPRequestHead
    let rules: RequestHeadRules
    /// What has come of the body before the request was given to the pipeline.
    var early = ByteBuffer()
    var feed: RequestBodyFeed?
    var isReceived = false
    var isStarted = false
    /// Whether its client is spoken to over TLS; known when it is started.
    var isSecure = false
    /// Whether its answer goes on for as long as the client is there.
    var isEndless = false
    var task: Task<Void, Never>?

    init(_ head: HTTPRequestHead, _ rules: RequestHeadRules) {
        self.head = head
        self.rules = rules
    }

    var isOldVersion: Bool { head.version != .http1_1 }

    /// How a client is told where the parts of an answer end.
    func framing(of answer: Answer) -> ResponseBodyWriter.Framing {
        if answer.response.status == .switchingProtocols { return .messages }
        return isOldVersion ? .endOfConnection : .chunks
    }
}

/// A part of a request that has come and that nobody has looked at yet.
enum HTTPRequestPart {
    case head(HTTPRequestHead, RequestHeadRules)
    case body(ByteBuffer)
    case end
}

/// What is answered on a connection of HTTP/1.1 when every earlier request has been.
struct HTTPRefusal {
    var code: FaultCode
    var fields: RequestFields?
}
