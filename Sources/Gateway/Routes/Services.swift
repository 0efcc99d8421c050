import HTTPTypes
import IPC
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import Shared

/// What routes are served with.
struct Services: Sendable {
    let settings: GatewaySettings
    let pool: PostgresPool
    let identification: Identification
    let signIn: SignIn
    let secondFactors: SecondFactors
    /// Nil where no messages are sent.
    let messageCodes: MessageCodes?
    /// Who is at which station.
    let stationTurns: StationTurns
    let workers: WorkerSupervisor
    let usage: UsageLog
    /// Through which pages change what the API changes.
    let records: RecordedRequests
    let streams: OpenStreams
    let pages: PageRenderer
    let files: StaticFiles
    let metrics: @Sendable () async -> String
    let stop: GracefulStop
    let clock: @Sendable () -> Instant

    private var requestDeadline: TimeAmount { .seconds(Int64(settings.requestDeadlineSeconds)) }

    /// Asks the worker of the principal's tenant. Routes that take a body have read it by then.
    func call<Call: WorkerCall>(
        _ call: Call,
        _ context: TenantContext,
        body: ByteBuffer = ByteBuffer()
    ) async throws(Fault) -> WorkerReply {
        try await workers.call(
            call,
            principal: context.principal,
            requestID: context.open.requestID,
            deadline: context.open.bodyLimit > 0 ? .now() + requestDeadline : context.open.deadline,
            body: body,
            on: MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        )
    }

    /// The same for a body that is passed on as it comes; the time for the answer begins at its end.
    func call<Call: WorkerCall, Parts: AsyncSequence & Sendable>(
        _ call: Call, _ context: TenantContext, parts: Parts
    ) async throws -> WorkerReply where Parts.Element == ByteBuffer {
        try await workers.call(
            call,
            principal: context.principal,
            requestID: context.open.requestID,
            patience: requestDeadline,
            parts: parts,
            on: MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        )
    }

    /// Passes a worker's answer on as it is.
    func passOn<Call: WorkerCall>(
        _ call: Call,
        _ context: TenantContext,
        body: ByteBuffer = ByteBuffer()
    ) async throws -> Response {
        let reply = try await self.call(call, context, body: body)
        return Response(reply, request: context.request)
    }
}

extension Request {
    /// Whether the client has what a tag stands for, and only asks whether it changed.
    fileprivate func isKnown(_ tag: String) -> Bool {
        guard let known = headers[.ifNoneMatch], method == .get || method == .head else { return false }
        return known == "*" || known.split(separator: ",").contains { $0.contains("\"\(tag)\"") }
    }
}

extension Response {
    /// A worker's answer as HTTP.
    init(_ reply: WorkerReply, request: Request) {
        var headers = HTTPFields()
        switch reply.head.content {
        case .none: break
        case .json: headers[.contentType] = "application/json"
        case .eventStream: headers[.contentType] = "text/event-stream"
        }
        if let tag = reply.head.entityTag {
            headers[.eTag] = "\"\(tag)\""
            headers[.cacheControl] = "private, no-cache"
            if request.isKnown(tag) {
                self.init(status: .notModified, headers: headers)
                return
            }
        }
        if let location = reply.head.location { headers[.location] = "/api/v1/\(location)" }
        let body: ResponseBody
        switch reply.body {
        case .whole(let bytes): body = .init(byteBuffer: bytes)
        case .arriving(let stream): body = .init(asyncSequence: stream)
        }
        self.init(status: .init(code: Int(reply.head.status)), headers: headers, body: body)
    }

    /// One object of the gateway's own, with its tag.
    ///
    /// - Parameter location: where a new one is.
    static func object(
        _ content: JSONWriter, tag: String, for request: Request, status: HTTPResponse.Status = .ok,
        at location: String? = nil
    ) -> Response {
        object(ByteBuffer(bytes: content.bytes), tag: tag, for: request, status: status, at: location)
    }

    /// The same of JSON that is written already.
    static func object(
        _ content: ByteBuffer, tag: String, for request: Request, status: HTTPResponse.Status = .ok,
        at location: String? = nil, type: String = "application/json"
    ) -> Response {
        var response = Response(status: .notModified)
        if !request.isKnown(tag) {
            response = Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: content))
        }
        response.headers[.eTag] = "\"\(tag)\""
        response.headers[.cacheControl] = "private, no-cache"
        if let location { response.headers[.location] = location }
        return response
    }

    /// One page of a list of the gateway's own.
    ///
    /// - Parameters:
    ///   - rows: up to one more than the page holds, which tells that there is a next one.
    ///   - cursor: what the next page is asked for with, by the last row of this one.
    static func page<Row>(
        _ rows: [Row], limit: Int, cursor: (Row) -> String, _ write: (Row, inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("items")
            json.array { json in
                for row in rows.prefix(limit) { write(row, &json) }
            }
            json.field("next_cursor", rows.count > limit ? cursor(rows[limit - 1]) : nil)
        }
        return .json(json)
    }

    /// A JSON answer of the gateway's own.
    static func json(status: HTTPResponse.Status = .ok, _ json: JSONWriter) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes))
        )
    }

    static func page(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }
}
