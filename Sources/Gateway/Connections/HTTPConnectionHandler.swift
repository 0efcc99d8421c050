import HTTPTypes
import NIOCore
import NIOHTTP1
import Shared

/// One connection of HTTP/1.1: takes requests one after another, and reads no further than it can serve.
///
/// Everything here happens on the channel's event loop, where the tasks that serve requests run too.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request from its head to the end of its answer.
    private struct Exchange {
        let head: HTTPRequestHead
        /// What has come of the body before the request was given to the pipeline.
        var early = ByteBuffer()
        var feed: RequestBodyFeed?
        var isReceived = false
        var isStarted = false
        var task: Task<Void, Never>?

        var isOldVersion: Bool { head.version != .http1_1 }
    }

    private enum State {
        /// Waits for the next request.
        case idle
        case exchanging(Exchange)
        /// Has said the last word, and reads on for a moment so that the client gets to hear it.
        case lingering
        case closed
    }

    /// How long a client has to close a connection after the last answer.
    private static let lingering = TimeAmount.seconds(2)
    /// Answers up to this length leave in one piece with their heads.
    private static let joinedLength = 32 * 1_024

    private let responder: any HTTPResponder
    private let dates: HTTPDates
    private let idleTimeout: TimeAmount
    private var state = State.idle
    private var context: ChannelHandlerContext?
    private var address = ClientAddress(peer: nil)
    /// Parts of the next requests, which came before the present one was answered.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var isReadWanted = false
    private var isInputClosed = false
    private var isQuiescing = false
    /// What is wrong with the bytes behind the present request.
    private var isBroken = false
    private var lastUse = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?

    init(responder: any HTTPResponder, dates: HTTPDates, idleTimeout: TimeAmount) {
        self.responder = responder
        self.dates = dates
        self.idleTimeout = idleTimeout
    }

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
        address = ClientAddress(peer: context.remoteAddress)
        if idleCheck == nil { scheduleIdleCheck(in: idleTimeout) }
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
        idleCheck?.cancel()
        idleCheck = nil
        if case .exchanging(let exchange) = state {
            exchange.feed?.fail(ChannelError.inputClosed)
            exchange.task?.cancel()
        }
        state = .closed
    }

    /// One timer for the whole life of a connection, not one per request.
    private func scheduleIdleCheck(in time: TimeAmount) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        idleCheck = context.eventLoop.scheduleTask(in: time) { bound.value.checkIdle() }
    }

    private func checkIdle() {
        idleCheck = nil
        let left = lastUse + idleTimeout - .now()
        if case .exchanging = state { return scheduleIdleCheck(in: idleTimeout) }
        if left > .zero { return scheduleIdleCheck(in: left) }
        context?.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        switch state {
        case .idle:
            refuseBroken()
        case .exchanging(let exchange) where exchange.isReceived:
            isBroken = true
        case .exchanging(let exchange) where exchange.isStarted:
            exchange.feed?.fail(Fault(code: .malformedRequest))
            isBroken = true
        case .exchanging:
            refuseBroken()
        case .lingering, .closed:
            break
        }
    }

    private func refuseBroken() {
        write(responder.malformed(from: address), isHeadOnly: false, isOldVersion: false, keepsConnection: false)
        linger()
    }

    // MARK: Requests

    /// Reading goes on only while somebody takes what is read.
    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadWanted = true }
    }

    private var mayRead: Bool {
        guard waiting.isEmpty else { return false }
        if case .exchanging(let exchange) = state, let feed = exchange.feed, feed.isFull { return false }
        return true
    }

    private func readOn() {
        guard isReadWanted, mayRead, let context else { return }
        isReadWanted = false
        context.read()
    }

    /// The reader of the present body has taken some of it, or wants no more.
    func bodyIsWanted() {
        guard case .exchanging(var exchange) = state else { return }
        exchange.feed?.wantsMore()
        state = .exchanging(exchange)
        readOn()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .exchanging(let exchange) = state, !exchange.isStarted { start() }
        context.fireChannelReadComplete()
    }

    private func receive(_ part: HTTPServerRequestPart) {
        switch state {
        case .idle:
            guard case .head(let head) = part else { return }
            lastUse = .now()
            state = .exchanging(Exchange(head: head))
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
        guard let request = Request(exchange.head, body: body) else { return refuseBroken() }
        let loop = ConnectionLoop(
            handler: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop)
        let responder = responder
        let address = address
        let task = Task.immediate {
            let answer = await responder.answer(request, from: address)
            await loop.write(answer)
        }
        if case .exchanging(var exchange) = state {
            exchange.task = task
            state = .exchanging(exchange)
        }
    }

    // MARK: Answers

    /// Writes an answer whose body is at hand.
    func finish(with answer: Answer) {
        guard case .exchanging(let exchange) = state else { return }
        let keepsConnection = keepsConnection(answer, exchange)
        write(
            answer,
            isHeadOnly: exchange.head.method == .HEAD,
            isOldVersion: exchange.isOldVersion,
            keepsConnection: keepsConnection
        )
        conclude(keepsConnection: keepsConnection)
    }

    /// Writes the head of an answer whose body comes part by part; nil when nobody waits for it any more.
    func beginBody(of answer: Answer) -> ResponseBodyWriter? {
        guard case .exchanging(let exchange) = state, let context else { return nil }
        let isOldVersion = exchange.isOldVersion
        var buffer = context.channel.allocator.buffer(capacity: 1_024)
        AnswerHead(
            answer: answer,
            framing: isOldVersion ? .endOfConnection : .chunks,
            keepsConnection: !isOldVersion && keepsConnection(answer, exchange),
            isOldVersion: isOldVersion
        ).write(to: &buffer, date: dates.now)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        return ResponseBodyWriter(
            channel: context.channel,
            isChunked: !isOldVersion,
            isDiscarded: exchange.head.method == .HEAD
        )
    }

    /// Ends a body that came part by part. One that could not be completed is cut off, so that nobody takes it for whole.
    func endBody(of answer: Answer, isComplete: Bool) {
        guard case .exchanging(let exchange) = state, let context else { return }
        let isChunked = !exchange.isOldVersion
        guard isComplete, isChunked else { return context.close(promise: nil) }
        if exchange.head.method != .HEAD {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
        }
        conclude(keepsConnection: keepsConnection(answer, exchange))
    }

    private func keepsConnection(_ answer: Answer, _ exchange: Exchange) -> Bool {
        exchange.head.isKeepAlive && !answer.closesConnection && !isQuiescing && !isInputClosed && !isBroken
    }

    private func write(_ answer: Answer, isHeadOnly: Bool, isOldVersion: Bool, keepsConnection: Bool) {
        guard let context, case .whole(let body) = answer.response.body.content else { return }
        let isBodiless = [.noContent, .notModified].contains(answer.response.status)
        let isJoined = body.readableBytes <= Self.joinedLength
        var buffer = context.channel.allocator.buffer(capacity: 1_024 + (isJoined ? body.readableBytes : 0))
        AnswerHead(
            answer: answer,
            framing: isBodiless ? .none : .length(body.readableBytes),
            keepsConnection: keepsConnection,
            isOldVersion: isOldVersion
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
        guard keepsConnection, exchange.isReceived else {
            return isInputClosed ? close() : linger()
        }
        state = .idle
        lastUse = .now()
        if waiting.isEmpty { return readOn() }
        // In a turn of its own: a client that sends many requests at once does not grow the stack.
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.takeWaiting() }
    }

    private func takeWaiting() {
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

    /// Ends the connection so that the client hears the last answer although it still sends: its side is read and dropped
    /// for a moment, because closing at once would take the answer away from it.
    private func linger() {
        guard let context else { return }
        state = .lingering
        waiting.removeAll()
        context.close(mode: .output, promise: nil)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.lingering) { bound.value.close() }
        readOn()
    }
}

/// Brings answers back to the event loop of their connection.
private struct ConnectionLoop: Sendable {
    let handler: NIOLoopBound<HTTPConnectionHandler>
    let eventLoop: any EventLoop

    func write(_ answer: Answer) async {
        guard case .written(let write) = answer.response.body.content else {
            return onLoop { $0.finish(with: answer) }
        }
        let handler = handler
        let begun = try? await eventLoop.submit { handler.value.beginBody(of: answer) }.get()
        guard let writer = begun ?? nil else { return }
        do {
            try await write(writer)
            onLoop { $0.endBody(of: answer, isComplete: true) }
        } catch {
            onLoop { $0.endBody(of: answer, isComplete: false) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (HTTPConnectionHandler) -> Void) {
        let handler = handler
        if eventLoop.inEventLoop { body(handler.value) } else { eventLoop.execute { body(handler.value) } }
    }
}
