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
    private var waiting = CircularBuffer<HTTPRequestPart>()
    private var isReadWanted = false
    /// Of those that came when nobody looked at them any more.
    var droppedBytes = 0
    private var isInputClosed = false
    private var isQuiescing = false
    /// Whether the rest of the present request will never come.
    private var isCutShort = false
    private var pending: HTTPRefusal?
    /// Whether nothing that follows the newest request is looked at.
    private var isLastRequest = false
    /// What of the newest request's body is still to come.
    private(set) var framing = RequestFraming.length(0)
    /// How many heads have come.
    private(set) var requests = 0
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
        close()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is LastRequestEvent:
            isQuiescing = true
            arrival.quiesce(at: now)
            keepTime()
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
            if !exchange.isReceived || exchange.isEndless { context.close(promise: nil) }
        }
    }

    // MARK: Refusals

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        guard !isDeaf else { return }
        guard arrival.isInBody else { return refuse(HTTPRefusal(code: code(of: error))) }
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
        refuse(HTTPRefusal(code: error is SlowBody ? .requestTimeout : .malformedRequest))
    }

    /// Answers what is no request when every request before it has been answered, and ends the connection.
    private func refuse(_ refusal: HTTPRefusal) {
        arrival.end()
        guard case .idle = state, waiting.isEmpty else {
            pending = refusal
            return
        }
        let answer = responder.refusal(refusal.code, refusal.fields, from: peer.client(refusal.fields).counted)
        write(
            answer, isSecure: peer.isSecure(refusal.fields), isHeadOnly: false, isOldVersion: false,
            keepsConnection: false)
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
        switch arrival.expire(at: now, isHeldBack: !mayRead) {
        case .nothing: keepTime()
        case .close: close()
        case .refuse: refuse(HTTPRefusal(code: .requestTimeout))
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
        guard isReadWanted, mayRead else { return }
        isReadWanted = false
        context?.read()
    }

    func bodyIsWanted() {
        guard case .exchanging(let exchange) = state else { return }
        exchange.feed?.wantsMore()
        readOn()
    }

    func bodyIsStream() {
        guard case .exchanging(let exchange) = state, !exchange.isReceived else { return }
        arrival.streamBegan(at: now)
        keepTime()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        let part: HTTPRequestPart
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !isLastRequest else { return arrival.end() }
            let rules = RequestHeadRules(head)
            guard rules.isKept else {
                return refuse(HTTPRefusal(code: .malformedRequest, fields: RequestFields(head.headers)))
            }
            hasRequestLine = false
            framing = rules.framing
            isLastRequest = rules.isLast
            requests += 1
            arrival.headCame()
            part = .head(head, rules)
        case .body(let bytes):
            framing.came(bytes.readableBytes)
            arrival.bodyCame(bytes.readableBytes)
            part = .body(bytes)
        case .end:
            framing = .length(0)
            arrival.endCame()
            part = .end
        }
        receive(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .exchanging(let exchange) = state, !exchange.isStarted { start() }
        context.fireChannelReadComplete()
    }

    private func receive(_ part: HTTPRequestPart) {
        switch state {
        case .idle:
            guard case .head(let head, let rules) = part else { return }
            lastUse = now
            state = .exchanging(HTTPExchange(head, rules))
        case .exchanging(let exchange):
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
                    exchange.early.writeImmutableBuffer(bytes)
                }
            case .end:
                exchange.isReceived = true
                exchange.feed?.finish()
                exchange.feed = nil
                if !exchange.isStarted { start() }
            }
        case .lingering, .closed:
            return
        }
    }

    /// Gives the present request to the pipeline, with its body as far as it has come.
    private func start() {
        guard case .exchanging(let exchange) = state, let context else { return }
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
        guard let request = Request(exchange.head, body: body, from: peer) else {
            state = .idle
            return refuse(HTTPRefusal(code: .malformedRequest))
        }
        exchange.isSecure = request.isSecure
        let loop = ConnectionLoop(
            handler: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop)
        let responder = responder
        exchange.task = Task.immediate {
            let answer = await responder.answer(request)
            await loop.write(answer)
        }
        if case .exchanging = state, !exchange.isReceived, exchange.rules.awaitsLeave {
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
            isSecure: exchange.isSecure,
            isHeadOnly: exchange.head.method == .HEAD,
            isOldVersion: exchange.isOldVersion,
            keepsConnection: keepsConnection
        )
        conclude(keepsConnection: keepsConnection)
    }

    func beginBody(of answer: Answer) -> ResponseBodyWriter? {
        guard case .exchanging(let exchange) = state, let context else { return nil }
        exchange.isEndless = answer.response.body.isEndless
        if isInputClosed { inputClosed(context) }
        let framing = exchange.framing(of: answer)
        let head = AnswerHead(
            answer: answer,
            framing: AnswerHead.Framing(framing),
            keepsConnection: framing == .messages || (framing == .chunks && keepsConnection(answer, exchange)),
            isOldVersion: exchange.isOldVersion,
            isSecure: exchange.isSecure
        ).bytes(date: dates.now)
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: head)), promise: nil)
        if framing == .messages {
            arrival.end()
            guard MessageConnection.begins(before: self, in: context) else { return nil }
        }
        let isDiscarded = exchange.head.method == .HEAD
        return ResponseBodyWriter(channel: context.channel, framing: framing, isDiscarded: isDiscarded)
    }

    func endBody(of answer: Answer, isComplete: Bool) {
        guard case .exchanging(let exchange) = state, let context else { return }
        let framing = exchange.framing(of: answer)
        if framing == .messages { return linger() }
        guard isComplete, framing == .chunks else { return context.close(promise: nil) }
        if exchange.head.method != .HEAD {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
        }
        conclude(keepsConnection: keepsConnection(answer, exchange))
    }

    /// An answer that comes before the end of its request is the last.
    private func keepsConnection(_ answer: Answer, _ exchange: HTTPExchange) -> Bool {
        let isWhole = exchange.isReceived && !isCutShort
        return isWhole && !exchange.rules.isLast && !answer.closesConnection && !isQuiescing && !isInputClosed
    }

    private func write(
        _ answer: Answer, isSecure: Bool, isHeadOnly: Bool, isOldVersion: Bool, keepsConnection: Bool
    ) {
        guard let context, case .whole(let body) = answer.response.body.content else { return }
        let isBodiless = [204, 304].contains(answer.response.status.code)
        let isJoined = body.readableBytes <= Self.joinedLength
        let head = AnswerHead(
            answer: answer,
            framing: isBodiless ? .none : .length(body.readableBytes),
            keepsConnection: keepsConnection,
            isOldVersion: isOldVersion,
            isSecure: isSecure
        ).bytes(date: dates.now)
        let isSent = !isHeadOnly && !isBodiless
        var buffer = context.channel.allocator.buffer(
            capacity: head.count + (isSent && isJoined ? body.readableBytes : 0))
        buffer.writeBytes(head)
        if isSent, isJoined { buffer.writeImmutableBuffer(body) }
        if isSent, !isJoined { context.write(wrapOutboundOut(buffer), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(isSent && !isJoined ? body : buffer), promise: nil)
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

    /// Takes the next request, unless one is being answered. The end of its answer, which may come at once, sees to the next.
    private func takeWaiting() {
        guard isHeard, case .idle = state else { return }
        while let part = waiting.popFirst() {
            receive(part)
            if case .end = part { break }
        }
        if case .exchanging(let exchange) = state, !exchange.isStarted { start() }
        readOn()
    }

    private func close() { context?.close(promise: nil) }

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
