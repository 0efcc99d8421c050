import HTTPTypes
import NIOCore
import NIOHTTP1
import Shared

/// One connection of HTTP/1.1: takes requests one after another, and reads no further than it can serve.
///
/// Everything here happens on the channel's event loop, where the tasks that serve requests run too.
final class HTTPConnectionHandler: ChannelDuplexHandler, RequestOrigin {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Waits for the next request.
        case idle
        case exchanging(HTTPExchange)
        /// Has said the last word, and reads on for a moment so that the client gets to hear it.
        case lingering
        case closed
    }

    /// What is answered when every earlier request has been.
    private struct Refusal {
        var code: FaultCode
        var fields: RequestFields?
    }

    /// Answers up to this length leave in one piece with their heads.
    private static let joinedLength = 32 * 1_024

    private let responder: any HTTPResponder
    private let dates: HTTPDates
    private let pace: RequestPace
    private var arrival: RequestArrival
    private var state = State.idle
    private var context: ChannelHandlerContext?
    private let proxies: TrustedProxies
    private let isTLS: Bool
    private var peer: ConnectionPeer
    /// Parts of the next requests, which came before the present one was answered.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var isReadWanted = false
    /// Of those that came when nobody looked at them any more.
    var droppedBytes = 0
    private var isInputClosed = false
    private var isQuiescing = false
    /// Whether the rest of the present request will never come.
    private var isCutShort = false
    private var pending: Refusal?
    /// Whether nothing that follows the newest request is looked at.
    private var isLastRequest = false
    /// What of the newest request's body is still to come.
    private(set) var framing = RequestFraming.length(0)
    /// Whether the request line has come, of a head that has not come whole.
    private var hasRequestLine = false
    private var lastUse = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?

    init(responder: any HTTPResponder, dates: HTTPDates, pace: RequestPace, proxies: TrustedProxies, isTLS: Bool) {
        self.responder = responder
        self.dates = dates
        self.pace = pace
        self.proxies = proxies
        self.isTLS = isTLS
        peer = ConnectionPeer(nil, trusting: proxies, isTLS: isTLS)
        arrival = RequestArrival(pace: pace, at: .now())
    }

    /// The time as the event loop tells it.
    private var now: NIODeadline { context?.eventLoop.now ?? .now() }

    /// Whether nothing that comes is looked at any more.
    var isDeaf: Bool { arrival.isOver }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        peer = ConnectionPeer(context.remoteAddress, trusting: proxies, isTLS: isTLS)
        arrival = RequestArrival(pace: pace, at: now)
        lastUse = now
        if idleCheck == nil { scheduleIdleCheck(in: pace.idle) }
        keepTime()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The client has gone: whatever is under way for it need not be finished.
    private func end() {
        arrival.end()
        idleCheck?.cancel()
        idleCheck = nil
        timer?.task.cancel()
        timer = nil
        if case .exchanging(let exchange) = state {
            exchange.feed?.fail(ChannelError.inputClosed)
            exchange.task?.cancel()
        }
        state = .closed
    }

    private func scheduleIdleCheck(in time: TimeAmount) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        idleCheck = context.eventLoop.scheduleTask(in: time) { bound.value.checkIdle() }
    }

    private func checkIdle() {
        idleCheck = nil
        let left = lastUse + pace.idle - now
        if case .exchanging = state { return scheduleIdleCheck(in: pace.idle) }
        if left > .zero { return scheduleIdleCheck(in: left) }
        context?.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            arrival.quiesce(at: now)
            keepTime()
            if case .idle = state { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            inputClosed(context)
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func inputClosed(_ context: ChannelHandlerContext) {
        switch state {
        case .idle, .lingering, .closed:
            context.close(promise: nil)
        case .exchanging(let exchange):
            // A client may close its side when it has sent a whole request, and still wait for the answer.
            if !exchange.isReceived { context.close(promise: nil) }
        }
    }

    // MARK: Refusals

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        guard !isDeaf else { return }
        guard arrival.isInBody else { return refuse(Refusal(code: code(of: error))) }
        cutShort(by: Fault(code: .malformedRequest))
    }

    private func code(of error: HTTPParserError) -> FaultCode {
        guard error == .headerOverflow else { return .malformedRequest }
        return hasRequestLine ? .headersTooLarge : .uriTooLong
    }

    /// The rest of the newest request's body will not come, or not in time.
    private func cutShort(by error: any Error) {
        arrival.end()
        if case .exchanging(let exchange) = state, exchange.isStarted, !exchange.isReceived {
            // Whoever reads the body is told, and answers.
            isCutShort = true
            exchange.feed?.fail(error)
            return
        }
        if case .exchanging(let exchange) = state, !exchange.isStarted { state = .idle }
        while let part = waiting.popLast() {
            if case .head = part { break }
        }
        refuse(Refusal(code: error is SlowBody ? .requestTimeout : .malformedRequest))
    }

    /// Answers what is no request when every request before it has been answered, and ends the connection.
    private func refuse(_ refusal: Refusal) {
        arrival.end()
        guard case .idle = state, waiting.isEmpty else {
            pending = refusal
            return
        }
        let answer = responder.refusal(refusal.code, refusal.fields, from: ClientAddress(peer.client(refusal.fields)))
        write(answer, to: refusal.fields, isHeadOnly: false, isOldVersion: false, keepsConnection: false)
        linger()
    }

    // MARK: Time

    /// Bytes have come that the parser has not seen yet.
    func readBegan(_ bytes: ByteBuffer) {
        if !arrival.isInBody, !hasRequestLine {
            hasRequestLine = bytes.readableBytesView.contains(UInt8(ascii: "\n"))
        }
    }

    /// The read has been parsed as far as it goes.
    ///
    /// - Parameter isInHead: whether it goes on after the end of the newest request.
    func readEnded(isInHead: Bool) {
        arrival.readEnded(isInHead: isInHead, at: now)
        if arrival.due != nil { keepTime() }
    }

    /// Sees to it that `expire` is asked when it is due. One task waits at most; one that comes too early waits anew.
    private func keepTime() {
        guard let due = arrival.due, let context else { return }
        if let timer {
            if timer.due <= due { return }
            timer.task.cancel()
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = (context.eventLoop.scheduleTask(deadline: due) { bound.value.timeHasCome() }, due)
    }

    private func timeHasCome() {
        timer = nil
        switch arrival.expire(at: now) {
        case .nothing: keepTime()
        case .close: close()
        case .refuse: refuse(Refusal(code: .requestTimeout))
        case .tell: cutShort(by: SlowBody())
        }
    }

    // MARK: Requests

    /// Reading goes on only while somebody takes what is read.
    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadWanted = true }
    }

    private var mayRead: Bool {
        guard waiting.isEmpty, isHeard else { return false }
        if case .lingering = state, droppedBytes >= pace.lingerBytes { return false }
        if case .exchanging(let exchange) = state, let feed = exchange.feed, feed.isFull { return false }
        return true
    }

    /// Whether the client takes what is written to it; else nothing more is read of it, nor begun with.
    private var isHeard: Bool { context?.channel.isWritable ?? false }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isHeard {
            if case .idle = state, !waiting.isEmpty { takeWaiting() } else { readOn() }
        }
        context.fireChannelWritabilityChanged()
    }

    private func readOn() {
        guard isReadWanted, mayRead, let context else { return }
        isReadWanted = false
        context.read()
    }

    func bodyIsWanted() {
        guard case .exchanging(var exchange) = state else { return }
        exchange.feed?.wantsMore()
        state = .exchanging(exchange)
        readOn()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let head):
            guard !isLastRequest else { return arrival.end() }
            let rules = RequestHeadRules(head)
            guard rules.isKept else {
                return refuse(Refusal(code: .malformedRequest, fields: RequestFields(head.headers)))
            }
            hasRequestLine = false
            framing = rules.framing
            isLastRequest = rules.isLast
            arrival.headCame()
        case .body(let bytes):
            framing.came(bytes.readableBytes)
            arrival.bodyCame(bytes.readableBytes)
        case .end:
            framing = .length(0)
            arrival.endCame()
        }
        receive(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .exchanging(let exchange) = state, !exchange.isStarted { start() }
        context.fireChannelReadComplete()
    }

    private func receive(_ part: HTTPServerRequestPart) {
        switch state {
        case .idle:
            guard case .head(let head) = part else { return }
            lastUse = now
            state = .exchanging(HTTPExchange(head: head, isLast: RequestHeadRules(head).isLast))
        case .exchanging(var exchange):
            if exchange.isReceived {
                waiting.append(part)
                return
            }
            switch part {
            case .head:
                return
            case .body(let bytes):
                if exchange.isStarted {
                    exchange.feed?.give(bytes)
                } else {
                    var bytes = bytes
                    exchange.early.writeBuffer(&bytes)
                }
                state = .exchanging(exchange)
            case .end:
                exchange.isReceived = true
                exchange.feed?.finish()
                exchange.feed = nil
                state = .exchanging(exchange)
                if !exchange.isStarted { start() }
            }
        case .lingering, .closed:
            return
        }
    }

    /// Gives the present request to the pipeline, with its body as far as it has come.
    private func start() {
        guard case .exchanging(var exchange) = state, let context else { return }
        exchange.isStarted = true
        let body: RequestBody
        if exchange.isReceived {
            body = .whole(exchange.early)
        } else {
            var feed = RequestBodyFeed(self, on: context.eventLoop)
            if exchange.early.readableBytes > 0 { feed.give(exchange.early) }
            body = .arriving(feed.parts)
            exchange.feed = feed
        }
        exchange.early = ByteBuffer()
        state = .exchanging(exchange)
        guard let request = Request(exchange.head, body: body, from: peer) else {
            state = .idle
            return refuse(Refusal(code: .malformedRequest))
        }
        let loop = ConnectionLoop(
            handler: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop)
        let responder = responder
        let task = Task.immediate {
            let answer = await responder.answer(request)
            await loop.write(answer)
        }
        if case .exchanging(var exchange) = state {
            exchange.task = task
            state = .exchanging(exchange)
            guard !exchange.isReceived, RequestHeadRules(exchange.head).awaitsLeave else { return }
            context.writeAndFlush(
                wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
    }

    // MARK: Answers

    func finish(with answer: Answer) {
        guard case .exchanging(let exchange) = state else { return }
        let keepsConnection = keepsConnection(answer, exchange)
        write(
            answer,
            to: RequestFields(exchange.head.headers),
            isHeadOnly: exchange.head.method == .HEAD,
            isOldVersion: exchange.isOldVersion,
            keepsConnection: keepsConnection
        )
        conclude(keepsConnection: keepsConnection)
    }

    func beginBody(of answer: Answer) -> ResponseBodyWriter? {
        guard case .exchanging(let exchange) = state, let context else { return nil }
        let isOldVersion = exchange.isOldVersion
        var buffer = context.channel.allocator.buffer(capacity: 1_024)
        AnswerHead(
            answer: answer,
            framing: isOldVersion ? .endOfConnection : .chunks,
            keepsConnection: !isOldVersion && keepsConnection(answer, exchange),
            isOldVersion: isOldVersion,
            isSecure: peer.isSecure(RequestFields(exchange.head.headers))
        ).write(to: &buffer, date: dates.now)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        return ResponseBodyWriter(
            channel: context.channel,
            framing: isOldVersion ? .endOfConnection : .chunks,
            isDiscarded: exchange.head.method == .HEAD
        )
    }

    func endBody(of answer: Answer, isComplete: Bool) {
        guard case .exchanging(let exchange) = state, let context else { return }
        let isChunked = !exchange.isOldVersion
        guard isComplete, isChunked else { return context.close(promise: nil) }
        if exchange.head.method != .HEAD {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
        }
        conclude(keepsConnection: keepsConnection(answer, exchange))
    }

    /// An answer that comes before the end of its request is the last.
    private func keepsConnection(_ answer: Answer, _ exchange: HTTPExchange) -> Bool {
        let isWhole = exchange.isReceived && !isCutShort
        return isWhole && !exchange.isLast && !answer.closesConnection && !isQuiescing && !isInputClosed
    }

    private func write(
        _ answer: Answer, to fields: RequestFields?, isHeadOnly: Bool, isOldVersion: Bool, keepsConnection: Bool
    ) {
        guard let context, case .whole(let body) = answer.response.body.content else { return }
        let isBodiless = [.noContent, .notModified].contains(answer.response.status)
        let isJoined = body.readableBytes <= Self.joinedLength
        var buffer = context.channel.allocator.buffer(capacity: 1_024 + (isJoined ? body.readableBytes : 0))
        AnswerHead(
            answer: answer,
            framing: isBodiless ? .none : .length(body.readableBytes),
            keepsConnection: keepsConnection,
            isOldVersion: isOldVersion,
            isSecure: peer.isSecure(fields)
        ).write(to: &buffer, date: dates.now)
        if isHeadOnly || isBodiless || body.readableBytes == 0 {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        } else if isJoined {
            buffer.writeImmutableBuffer(body)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        } else {
            context.write(wrapOutboundOut(buffer), promise: nil)
            context.writeAndFlush(wrapOutboundOut(body), promise: nil)
        }
    }

    /// After an answer: on to the next request, or to the end of the connection.
    private func conclude(keepsConnection: Bool) {
        guard case .exchanging(let exchange) = state else { return }
        exchange.feed?.fail(ChannelError.eof)
        arrival.answerEnded(at: now)
        keepTime()
        guard keepsConnection else { return isInputClosed ? close() : linger() }
        state = .idle
        lastUse = now
        if waiting.isEmpty {
            if let pending { return refuse(pending) }
            return readOn()
        }
        // In a turn of its own: a client that sends many requests at once does not grow the stack.
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.takeWaiting() }
    }

    private func takeWaiting() {
        guard isHeard else { return }
        while let part = waiting.popFirst() {
            receive(part)
            if case .exchanging(let exchange) = state, exchange.isReceived { break }
        }
        if case .exchanging(let exchange) = state, !exchange.isStarted { start() }
        readOn()
    }

    private func close() {
        context?.close(promise: nil)
    }

    /// Ends the connection so that the client hears the last answer although it still sends: it stays open for a moment,
    /// because closing at once would take the answer away from it. Some of what comes is read and dropped, so that a client
    /// that has ended is noticed.
    private func linger() {
        guard let context else { return }
        state = .lingering
        arrival.end()
        waiting.removeAll()
        context.close(mode: .output, promise: nil)
        timer?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let due = now + pace.linger
        timer = (context.eventLoop.scheduleTask(deadline: due) { bound.value.close() }, due)
        readOn()
    }
}
