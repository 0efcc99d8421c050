import NIOCore
import NIOHTTP1
import Shared

/// A request on a connection of HTTP/1.1, from its head to the end of its answer.
struct HTTPExchange {
    let head: HTTPRequestHead
    /// Whether nothing that follows it is looked at.
    let isLast: Bool
    /// What has come of the body before the request was given to the pipeline.
    var early = ByteBuffer()
    var feed: RequestBodyFeed?
    var isReceived = false
    var isStarted = false
    /// Whether its answer goes on for as long as the client is there.
    var isEndless = false
    var task: Task<Void, Never>?

    var isOldVersion: Bool { head.version != .http1_1 }
}

/// What is answered on a connection of HTTP/1.1 when every earlier request has been.
struct HTTPRefusal {
    var code: FaultCode
    var fields: RequestFields?
}
