import NIOCore
import NIOHTTP1
import Shared

/// Keeps a client to the time it may take for a request and to one way of reading it; stands behind the parser.
///
/// What breaks the rules gets one answer, and the connection ends: the answer is sent, our side is closed, what still comes
/// is dropped unread, and a moment later all is closed, so that the client has the time to read it.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What is answered when every earlier request has been.
    private struct Refusal {
        var code: FaultCode
        var head: HTTPRequestHead?
    }

    private let pace: RequestPace
    private let refusals: ConnectionRefusals
    private var arrival: RequestArrival
    private var context: ChannelHandlerContext?
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?
    private var pending: Refusal?
    /// Whether nothing that follows the newest request is looked at.
    private var isLastRequest = false
    /// Whether the answer being written is the last one.
    private var isLastAnswer = false
    private var hasEnded = false
    /// Whether the newest request has a body.
    private var hasBody = false
    /// Whether the request line has come, of a head that has not come whole.
    private var hasRequestLine = false

    init(pace: RequestPace, refusals: ConnectionRefusals) {
        self.pace = pace
        self.refusals = refusals
        arrival = RequestArrival(pace: pace, at: .now())
    }

    /// Whether nothing that comes is looked at any more.
    var isDeaf: Bool { arrival.isOver }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        keepTime()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        arrival.end()
        timer?.task.cancel()
        timer = nil
        context = nil
    }

    // MARK: What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let rules = RequestHeadRules(head)
            guard rules.isKept else { return refuse(Refusal(code: .malformedRequest, head: head)) }
            hasRequestLine = false
            hasBody = false
            isLastRequest = rules.isLast
            arrival.headCame()
            context.fireChannelRead(data)
        case .body(let bytes):
            hasBody = true
            arrival.bodyCame(bytes.readableBytes)
            context.fireChannelRead(data)
        case .end:
            arrival.endCame()
            context.fireChannelRead(data)
            if isLastRequest, arrival.unanswered == 0 { endConnection() }
        }
    }

    /// The read has been parsed as far as it goes.
    func readEnded(_ bytes: ByteBuffer) {
        arrival.readEnded(isCut: !hasBody && !isEndOfHead(bytes), at: .now())
        guard arrival.due != nil else { return }
        if !arrival.isInBody, !hasRequestLine {
            hasRequestLine = bytes.readableBytesView.contains(UInt8(ascii: "\n"))
        }
        keepTime()
    }

    /// Whether the last bytes of a read can be the end of a head, and not the middle of the next one. Where a request has
    /// a body it cannot be told from the bytes; an idle connection's own end comes then.
    private func isEndOfHead(_ bytes: ByteBuffer) -> Bool {
        guard let last = bytes.getInteger(at: bytes.writerIndex - 4, as: UInt32.self) else {
            return bytes.readableBytesView.last == UInt8(ascii: "\n")
        }
        return last == 0x0D0A_0D0A
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !isDeaf else { return }
        guard arrival.isInBody else { return refuse(Refusal(code: code(of: error), head: nil)) }
        arrival.end()
        if arrival.unanswered > 0 {
            // Whoever reads the body is told, and answers.
            context.fireErrorCaught(error)
        } else {
            endConnection()
        }
    }

    private func code(of error: HTTPParserError) -> FaultCode {
        guard error == .headerOverflow else { return .malformedRequest }
        return hasRequestLine ? .headersTooLarge : .uriTooLong
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            arrival.quiesce(at: .now())
            keepTime()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: What goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasEnded else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.code >= 400, head.headers.contains(name: "Connection") { isLastAnswer = true }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            arrival.answerEnded(at: .now())
            let isOver = arrival.unanswered == 0 && (isDeaf || isLastRequest && !arrival.isInBody)
            guard isLastAnswer || isOver && pending == nil else {
                context.write(data, promise: promise)
                if isOver, let pending { refuse(pending) }
                return keepTime()
            }
            let written = promise ?? context.eventLoop.makePromise()
            context.writeAndFlush(data, promise: written)
            endConnection(after: written.futureResult)
        }
    }

    /// Answers what is no request when every request before it has been answered, and ends the connection.
    private func refuse(_ refusal: Refusal) {
        arrival.end()
        guard arrival.unanswered == 0 else {
            pending = refusal
            return
        }
        pending = nil
        guard let context else { return }
        let client = ClientAddress(peer: context.remoteAddress)
        let (head, content) = refusals.answer(refusal.code, to: refusal.head, of: client)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(content))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        endConnection(after: written.futureResult)
    }

    /// - Parameter written: the last answer; nil when there is none.
    private func endConnection(after written: EventLoopFuture<Void>? = nil) {
        guard !hasEnded, let context else { return }
        hasEnded = true
        arrival.end()
        timer?.task.cancel()
        timer = nil
        guard let written else { return context.close(promise: nil) }
        written.assumeIsolated().whenComplete { [weak self] _ in self?.closeSoon() }
    }

    /// The answer has been sent: the client is given a moment to read it.
    private func closeSoon() {
        guard let context else { return }
        context.close(mode: .output, promise: nil)
        let due = NIODeadline.now() + pace.linger
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] () -> Void in
            self?.context?.close(promise: nil)
        }
        timer = (task, due)
    }

    // MARK: Time

    /// Sees to it that `expire` is asked when it is due. One task waits at most; one that comes too early waits anew.
    private func keepTime() {
        guard let due = arrival.due, let context else { return }
        if let timer {
            if timer.due <= due { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] () -> Void in
            self?.timeHasCome()
        }
        timer = (task, due)
    }

    private func timeHasCome() {
        timer = nil
        switch arrival.expire(at: .now()) {
        case .nothing: keepTime()
        case .close: context?.close(promise: nil)
        case .refuse: refuse(Refusal(code: .requestTimeout))
        case .tell: context?.fireErrorCaught(SlowBody())
        }
    }
}
