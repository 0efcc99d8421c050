import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import Shared

/// One stream of HTTP/2: takes its one request, and reads no further than somebody takes what is read.
///
/// Everything here happens on the connection's event loop, where the tasks that serve requests run too.
final class HTTP2StreamHandler: ChannelDuplexHandler, RequestOrigin {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        /// Waits for the head.
        case idle
        /// The head has come.
        case receiving(HTTPRequestHead)
        /// The pipeline has the request.
        case exchanging(HTTPRequestHead)
        /// The last of the answer is on its way, or nobody waits for one.
        case answered
    }

    /// So much of an answer is given to the connection at a time, so that it is seen whether the client reads it.
    private static let partLength = 64 * 1_024

    private let responder: any HTTPResponder
    private let dates: HTTPDates
    private let pace: RequestPace
    private let peer: ConnectionPeer
    private let connection: HTTP2ConnectionHandler
    private var arrival: RequestArrival
    private var state = State.idle
    private var context: ChannelHandlerContext?
    /// What has come of the body before the request was given to the pipeline.
    private var early = ByteBuffer()
    private var feed: RequestBodyFeed?
    private var task: Task<Void, Never>?
    private var isReceived = false
    private var isReadWanted = false
    /// What of the answer's body has not been given to the connection.
    private var rest = ByteBuffer()
    /// Of the request's arrival, then of the answer's departure.
    private var timer: Scheduled<Void>?

    init(
        responder: any HTTPResponder, dates: HTTPDates, pace: RequestPace, peer: ConnectionPeer,
        connection: HTTP2ConnectionHandler
    ) {
        self.responder = responder
        self.dates = dates
        self.pace = pace
        self.peer = peer
        self.connection = connection
        arrival = RequestArrival(pace: pace, at: .now())
    }

    /// The time as the event loop tells it.
    private var now: NIODeadline { context?.eventLoop.now ?? .now() }

    // MARK: The stream

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.opened(self, try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The stream is over: whatever is under way for it need not be finished.
    private func end() {
        state = .answered
        timer?.cancel()
        timer = nil
        rest.clear()
        feed?.fail(ChannelError.inputClosed)
        feed = nil
        task?.cancel()
        task = nil
        connection.closed(self)
    }

    /// The gateway ends: what still comes must have come soon.
    func quiesce() {
        arrival.quiesce(at: now)
        keepTime()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The stream's end follows by itself.
    }

    // MARK: Time

    private func keepTime() {
        guard case .exchanging = state, let due = arrival.due, let context else { return }
        timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: due) { bound.value.timeHasCome() }
    }

    private func timeHasCome() {
        timer = nil
        switch arrival.expire(at: now, isHeldBack: feed?.isFull == true) {
        case .nothing: keepTime()
        case .close, .refuse: reset(.cancel)
        case .tell:
            // Whoever reads the body is told, and answers.
            feed?.fail(SlowBody())
            feed = nil
        }
    }

    // MARK: The request

    func read(context: ChannelHandlerContext) {
        if feed?.isFull == true { isReadWanted = true } else { context.read() }
    }

    func bodyIsWanted() {
        feed?.wantsMore()
        guard isReadWanted, let context else { return }
        isReadWanted = false
        context.read()
    }

    func bodyIsStream() {
        guard case .exchanging = state, feed != nil else { return }
        arrival.streamBegan(at: now)
        keepTime()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let content):
            if case .idle = state { take(HTTP2RequestHead(content.headers)) }
            // Fields behind the body mean nothing here.
            if content.endStream { receivedAll() }
        case .data(let content):
            guard case .byteBuffer(let bytes) = content.data else { return }
            take(bytes)
            if content.endStream { receivedAll() }
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        start()
        arrival.readEnded(at: now)
        if timer == nil { keepTime() }
        context.fireChannelReadComplete()
    }

    private func take(_ request: HTTP2RequestHead) {
        guard request.isKept else { return refuse(.malformedRequest, RequestFields(request.head.headers)) }
        state = .receiving(request.head)
        arrival.headCame()
    }

    private func take(_ bytes: ByteBuffer) {
        arrival.bodyCame(bytes.readableBytes)
        switch state {
        case .receiving: early.writeImmutableBuffer(bytes)
        case .exchanging: feed?.give(bytes)
        case .idle, .answered: break
        }
    }

    private func receivedAll() {
        isReceived = true
        arrival.endCame()
        feed?.finish()
        feed = nil
        start()
    }

    /// Gives the request to the pipeline, with its body as far as it has come.
    private func start() {
        guard case .receiving(let head) = state, let context else { return }
        state = .exchanging(head)
        let body: RequestBody
        if isReceived {
            body = .whole(early)
        } else {
            var feed = RequestBodyFeed(self, on: context.eventLoop)
            if early.readableBytes > 0 { feed.give(early) }
            body = .arriving(feed.parts)
            self.feed = feed
        }
        early = ByteBuffer()
        guard let request = Request(head, body: body, from: peer) else {
            return refuse(.malformedRequest, RequestFields(head.headers))
        }
        let loop = ConnectionLoop(
            handler: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop)
        let responder = responder
        let task = Task.immediate {
            let answer = await responder.answer(request)
            await loop.write(answer)
        }
        if case .exchanging = state { self.task = task }
    }

    private func refuse(_ code: FaultCode, _ fields: RequestFields) {
        let answer = responder.refusal(code, fields, from: peer.client(fields).counted)
        write(answer, to: fields, isHeadOnly: false)
    }

    // MARK: The answer

    func finish(with answer: Answer) {
        guard case .exchanging(let head) = state else { return }
        write(answer, to: RequestFields(head.headers), isHeadOnly: head.method == .HEAD)
    }

    private func write(_ answer: Answer, to fields: RequestFields, isHeadOnly: Bool) {
        guard let context, case .whole(let body) = answer.response.body.content else { return }
        state = .answered
        let isBodiless = [.noContent, .notModified].contains(answer.response.status)
        let hasBody = !isHeadOnly && !isBodiless && body.readableBytes > 0
        let head = HTTP2AnswerHead(
            answer: answer, length: isBodiless ? nil : body.readableBytes, isSecure: peer.isSecure(fields))
        guard hasBody else { return writeLast(frame(head, endsStream: true)) }
        context.write(wrapOutboundOut(frame(head, endsStream: false)), promise: nil)
        rest = body
        writeRest()
    }

    private func frame(_ head: HTTP2AnswerHead, endsStream: Bool) -> HTTP2Frame.FramePayload {
        .headers(.init(headers: head.fields(date: dates.now), endStream: endsStream))
    }

    /// Gives the connection the next part of the body, and the one after it when the client has room for that.
    private func writeRest() {
        guard let context, let part = rest.readSlice(length: min(Self.partLength, rest.readableBytes)) else { return }
        let isLast = rest.readableBytes == 0
        let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(part), endStream: isLast))
        guard !isLast else { return writeLast(frame) }
        expectProgress()
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess {
            // In a turn of its own: a client with much room does not grow the stack.
            bound.eventLoop.execute { bound.value.writeRest() }
        }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    func beginBody(of answer: Answer) -> ResponseBodyWriter? {
        guard case .exchanging(let request) = state, let context else { return nil }
        let isHeadOnly = request.method == .HEAD
        let isSecure = peer.isSecure(RequestFields(request.headers))
        let head = HTTP2AnswerHead(answer: answer, length: nil, isSecure: isSecure)
        context.writeAndFlush(wrapOutboundOut(frame(head, endsStream: isHeadOnly)), promise: nil)
        return ResponseBodyWriter(channel: context.channel, framing: .frames, isDiscarded: isHeadOnly)
    }

    func endBody(of answer: Answer, isComplete: Bool) {
        guard case .exchanging(let request) = state else { return }
        guard isComplete else { return reset(.internalError) }
        state = .answered
        // The head of an answer to HEAD was its end.
        if request.method != .HEAD {
            writeLast(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
        }
    }

    /// Writes the frame that ends the answer. What is left of the request is not wanted, and the client has so long to read
    /// what it waited for.
    private func writeLast(_ frame: HTTP2Frame.FramePayload) {
        arrival.end()
        feed?.fail(ChannelError.eof)
        feed = nil
        guard let context else { return }
        expectProgress()
        guard !isReceived else { return context.writeAndFlush(wrapOutboundOut(frame), promise: nil) }
        // RFC 9113 §8.1: a whole answer may come before the end of its request, which the client is then told to leave.
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { bound.value.reset(.noError) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// Resets the stream unless there is news of the answer in time.
    private func expectProgress() {
        timer?.cancel()
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: pace.stall) { bound.value.reset(.cancel) }
    }

    private func reset(_ code: NIOHTTP2.HTTP2ErrorCode) {
        guard let context else { return }
        state = .answered
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
    }
}
