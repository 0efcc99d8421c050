import Logging
import NIOCore
import Shared

/// A worker's end of one connection: gives each request to the responder and its answer back to the stream it came on.
///
/// Everything here happens on the channel's event loop.
final class ServerConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = ByteBuffer

    private struct Receiving {
        var head: RequestHead
        var deadline: ContinuousClock.Instant
        var call: ByteBuffer
        var body: ByteBuffer
        /// Bytes the gateway may still send before it is given more.
        var window: Int
    }

    /// A body that its request reads as it comes.
    private struct Arriving {
        var source: RequestBodyStream.Sequence.Source
        /// Bytes the gateway may still send before it is given more.
        var window: Int
        var owedCredit = 0
        var isPaused = false
    }

    private struct Streaming {
        var credit = OutgoingBody.initialCredit
        var waiting: (bytes: ByteBuffer, answer: (Bool) -> Void)?
        /// Whether whoever writes it was told to stop.
        var isGivenUp = false
    }

    private enum Stream {
        case receiving(Receiving)
        case answering(Task<Void, Never>?, Arriving?)
        case streaming(Task<Void, Never>?, Streaming)
    }

    private let settings: RequestServerSettings
    private let responder: any RequestResponder
    private let counter: RequestCounter
    private var context: ChannelHandlerContext?
    private var isWelcome = false
    private var streams: [UInt32: Stream] = [:]
    private var lastStream: UInt32 = 0
    private var writer = FrameWriter()
    /// Tasks at work, also those whose request was cancelled and which have not noticed yet.
    private var running = 0
    private var isDraining = false
    private let connections: ServerConnections

    init(
        settings: RequestServerSettings,
        responder: any RequestResponder,
        counter: RequestCounter,
        connections: ServerConnections
    ) {
        self.connections = connections
        self.settings = settings
        self.responder = responder
        self.counter = counter
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        write { buffer in
            buffer.writeFrame(.hello, stream: 0, flags: 0) { settings.hello.write(to: &$0) }
        }
        connections.add(self, on: context.channel)
        context.fireChannelActive()
    }

    // MARK: Frames in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try receive(unwrapInboundIn(data))
        } catch {
            settings.logger.warning("closing a connection that breaks the protocol", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    private func receive(_ frame: Frame) throws(WireError) {
        var payload = frame.payload
        guard isWelcome else {
            guard frame.kind == .welcome else { throw .unexpectedFrame(frame.kind) }
            let version: UInt16 = try payload.readWireInteger()
            try payload.expectWireEnd()
            guard (ProtocolVersion.oldest...ProtocolVersion.newest).contains(version) else {
                throw .invalidValue("version")
            }
            isWelcome = true
            if isDraining { sayFarewell() }
            return
        }
        switch frame.kind {
        case .request:
            try receiveRequest(frame.stream, payload, isWhole: frame.endsBody)
        case .requestBody:
            try receiveBody(frame.stream, payload, isLast: frame.endsBody)
        case .cancel:
            cancel(frame.stream)
        case .credit:
            let bytes: UInt32 = try payload.readWireInteger()
            try payload.expectWireEnd()
            receiveCredit(frame.stream, Int(bytes))
        case .ping:
            write { buffer in
                buffer.writeFrame(.pong, stream: 0, flags: 0) { $0.writeInteger(counter.received) }
            }
        case .hello, .welcome, .reply, .replyBody, .fault, .pong, .farewell:
            throw .unexpectedFrame(frame.kind)
        }
    }

    private func receiveRequest(_ stream: UInt32, _ bytes: ByteBuffer, isWhole: Bool) throws(WireError) {
        guard stream > lastStream else { throw .invalidValue("stream") }
        // Sent before the farewell was read there: the gateway knows that nobody has begun with it.
        if isDraining { return }
        lastStream = stream
        var payload = bytes
        let head = try RequestHead(from: &payload)
        let callLength = Int(try payload.readWireInteger(as: UInt32.self))
        guard let call = payload.readSlice(length: callLength) else { throw .truncated }
        if head.call.isCounted { counter.countRequest() }
        guard head.principal.tenant == settings.tenant else {
            return writeFault(Fault(code: .notFound), on: stream)
        }
        guard streams.count < settings.maximumRequests, running < settings.maximumRequests else {
            return writeFault(Fault(code: .overloaded, retryAfterSeconds: 1), on: stream)
        }
        guard payload.readableBytes <= settings.maximumBodyLength else {
            return writeFault(Fault(code: .bodyTooLarge), on: stream)
        }
        let receiving = Receiving(
            head: head,
            deadline: .now + .milliseconds(Int(head.remainingMilliseconds)),
            call: call,
            body: payload,
            window: OutgoingBody.initialCredit
        )
        if head.call.streamsBody {
            answerArriving(stream, receiving, isWhole: isWhole)
        } else if isWhole {
            answer(stream, receiving)
        } else {
            streams[stream] = .receiving(receiving)
            grantCredit(payload.readableBytes, on: stream)
        }
    }

    private func receiveBody(_ stream: UInt32, _ bytes: ByteBuffer, isLast: Bool) throws(WireError) {
        if case .answering(let task, var arriving?)? = streams[stream] {
            guard bytes.readableBytes <= arriving.window else { throw .creditExceeded }
            arriving.window -= bytes.readableBytes
            give(bytes, isLast: isLast, to: &arriving, of: stream)
            streams[stream] = .answering(task, isLast ? nil : arriving)
            return
        }
        guard case .receiving(var receiving)? = streams[stream] else {
            // The request was refused or cancelled while its body was on the way.
            guard stream <= lastStream || isDraining else { throw .invalidValue("stream") }
            return
        }
        guard bytes.readableBytes <= receiving.window else { throw .creditExceeded }
        guard receiving.body.readableBytes + bytes.readableBytes <= settings.maximumBodyLength else {
            streams[stream] = nil
            writeFault(Fault(code: .bodyTooLarge), on: stream)
            return endWhenDrained()
        }
        receiving.body.writeImmutableBuffer(bytes)
        if isLast {
            streams[stream] = nil
            answer(stream, receiving)
        } else {
            streams[stream] = .receiving(receiving)
            grantCredit(bytes.readableBytes, on: stream)
        }
    }

    private func give(_ bytes: ByteBuffer, isLast: Bool, to arriving: inout Arriving, of stream: UInt32) {
        if bytes.readableBytes > 0 {
            arriving.owedCredit += bytes.readableBytes
            if case .stopProducing = arriving.source.yield(bytes) { arriving.isPaused = true }
        }
        if isLast {
            arriving.source.finish()
        } else if !arriving.isPaused {
            grantCredit(to: &arriving, of: stream)
        }
    }

    /// The reader of a body has room for more of it.
    func resumeBody(_ stream: UInt32) {
        guard case .answering(let task, var arriving?)? = streams[stream] else { return }
        arriving.isPaused = false
        grantCredit(to: &arriving, of: stream)
        streams[stream] = .answering(task, arriving)
    }

    private func grantCredit(to arriving: inout Arriving, of stream: UInt32) {
        guard arriving.owedCredit > 0 else { return }
        arriving.window += arriving.owedCredit
        grantCredit(arriving.owedCredit, on: stream)
        arriving.owedCredit = 0
    }

    private func grantCredit(_ bytes: Int, on stream: UInt32) {
        guard bytes > 0 else { return }
        write { buffer in
            buffer.writeFrame(.credit, stream: stream, flags: 0) { $0.writeInteger(UInt32(bytes)) }
        }
    }

    private func cancel(_ stream: UInt32) {
        switch streams.removeValue(forKey: stream) {
        case .answering(let task, let arriving):
            arriving?.source.finish(CancellationError())
            task?.cancel()
        case .streaming(let task, let streaming):
            task?.cancel()
            streaming.waiting?.answer(false)
        case .receiving, nil:
            break
        }
        endWhenDrained()
    }

    private func receiveCredit(_ stream: UInt32, _ bytes: Int) {
        guard case .streaming(let task, var streaming)? = streams[stream] else { return }
        streaming.credit += bytes
        let waiting = streaming.waiting
        streaming.waiting = nil
        streams[stream] = .streaming(task, streaming)
        if let waiting { writePart(waiting.bytes, of: stream, answer: waiting.answer) }
    }

    // MARK: Answers

    private func answer(_ stream: UInt32, _ receiving: Receiving) {
        let request = IncomingRequest(
            head: receiving.head,
            deadline: receiving.deadline,
            call: receiving.call,
            body: receiving.body
        )
        if let answer = responder.answerAtOnce(request) {
            write(answer, on: stream)
            return endWhenDrained()
        }
        work(on: stream, request, nil)
    }

    /// Begins with a request whose body comes while it is answered.
    private func answerArriving(_ stream: UInt32, _ receiving: Receiving, isWhole: Bool) {
        guard let context else { return }
        let producer = RequestBodyStream.Sequence.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 4),
            finishOnDeinit: true,
            delegate: RequestBodyDelegate(
                connection: NIOLoopBound(self, eventLoop: context.eventLoop), eventLoop: context.eventLoop,
                stream: stream)
        )
        let request = IncomingRequest(
            head: receiving.head,
            deadline: receiving.deadline,
            call: receiving.call,
            body: ByteBuffer(),
            parts: RequestBodyStream(sequence: producer.sequence)
        )
        var arriving = Arriving(source: producer.source, window: receiving.window)
        give(receiving.body, isLast: isWhole, to: &arriving, of: stream)
        work(on: stream, request, isWhole ? nil : arriving)
    }

    private func work(on stream: UInt32, _ request: IncomingRequest, _ arriving: Arriving?) {
        guard let context else { return }
        streams[stream] = .answering(nil, arriving)
        running += 1
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let responder = responder
        let task = Task {
            let answer = await responder.answer(request)
            let deliver = { @Sendable in bound.value.deliver(answer, on: stream) }
            if eventLoop.inEventLoop { deliver() } else { eventLoop.execute(deliver) }
        }
        if case .answering(_, let arriving)? = streams[stream] { streams[stream] = .answering(task, arriving) }
    }

    private func deliver(_ answer: Answer, on stream: UInt32) {
        running -= 1
        guard case .answering? = streams[stream] else { return }
        streams[stream] = nil
        write(answer, on: stream)
        endWhenDrained()
    }

    private func write(_ answer: Answer, on stream: UInt32) {
        switch answer {
        case .fault(let fault):
            writeFault(fault, on: stream)
        case .whole(let head, let bytes):
            writeWhole(head, bytes, on: stream)
        case .streaming(let head, let body):
            startStreaming(head, body, on: stream)
        }
    }

    private func writeWhole(_ head: ReplyHead, _ bytes: ByteBuffer, on stream: UInt32) {
        if bytes.readableBytes <= OutgoingBody.partLength {
            return write { buffer in
                buffer.writeFrame(.reply, stream: stream, flags: Frame.endOfBody) { buffer in
                    head.write(to: &buffer)
                    buffer.writeImmutableBuffer(bytes)
                }
            }
        }
        startStreaming(head, { try await $0.write(bytes) }, on: stream)
    }

    private func startStreaming(
        _ head: ReplyHead,
        _ body: @escaping @Sendable (ReplyBodyWriter) async throws -> Void,
        on stream: UInt32
    ) {
        guard let context else { return }
        write { buffer in
            buffer.writeFrame(.reply, stream: stream, flags: 0) { head.write(to: &$0) }
        }
        streams[stream] = .streaming(nil, Streaming())
        running += 1
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let writer = ReplyBodyWriter(connection: self, eventLoop: eventLoop, stream: stream)
        let task = Task {
            let isComplete: Bool
            do {
                try await body(writer)
                isComplete = true
            } catch {
                isComplete = false
            }
            let finish = { @Sendable in bound.value.finishStreaming(stream, isComplete: isComplete) }
            if eventLoop.inEventLoop { finish() } else { eventLoop.execute(finish) }
        }
        if case .streaming(_, let streaming)? = streams[stream] { streams[stream] = .streaming(task, streaming) }
    }

    private func finishStreaming(_ stream: UInt32, isComplete: Bool) {
        running -= 1
        guard case .streaming? = streams[stream] else { return }
        streams[stream] = nil
        let last =
            isComplete ? Frame(.replyBody, stream: stream, flags: Frame.endOfBody) : Frame(.cancel, stream: stream)
        write { $0.writeFrame(last) }
        endWhenDrained()
    }

    /// Sends a part as far as credit goes; `answer` is called with true when all of it has been sent.
    func writePart(_ bytes: ByteBuffer, of stream: UInt32, answer: @escaping (Bool) -> Void) {
        guard case .streaming(let task, var streaming)? = streams[stream], streaming.waiting == nil,
            !streaming.isGivenUp
        else { return answer(false) }
        var rest = bytes
        while streaming.credit > 0,
            let part = rest.readSlice(length: min(rest.readableBytes, OutgoingBody.partLength, streaming.credit)),
            part.readableBytes > 0
        {
            streaming.credit -= part.readableBytes
            write { $0.writeFrame(Frame(.replyBody, stream: stream, payload: part)) }
        }
        let isSent = rest.readableBytes == 0
        if !isSent { streaming.waiting = (rest, answer) }
        streams[stream] = .streaming(task, streaming)
        if isSent { answer(true) }
    }

    /// Sends no more of a body: its writer was cancelled.
    func giveUp(_ stream: UInt32) {
        guard case .streaming(let task, var streaming)? = streams[stream] else { return }
        streaming.isGivenUp = true
        let waiting = streaming.waiting
        streaming.waiting = nil
        streams[stream] = .streaming(task, streaming)
        waiting?.answer(false)
    }

    private func writeFault(_ fault: Fault, on stream: UInt32) {
        write { buffer in
            buffer.writeFrame(.fault, stream: stream, flags: 0) { fault.write(to: &$0) }
        }
    }

    // MARK: Drain

    /// Says farewell, finishes what has begun, then closes.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        if isWelcome { sayFarewell() }
        endWhenDrained()
    }

    private func sayFarewell() {
        write { buffer in
            buffer.writeFrame(.farewell, stream: 0, flags: 0) { $0.writeInteger(lastStream) }
        }
    }

    private func endWhenDrained() {
        guard isDraining, streams.isEmpty, let context else { return }
        // Writes complete in order: when this one has, every answer has left.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(writer.take())).whenComplete { _ in channel.close(promise: nil) }
    }

    // MARK: Frames out

    private func write(_ body: (inout ByteBuffer) -> Void) {
        guard let context, writer.append(body) else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.flush() }
    }

    private func flush() {
        guard writer.pendingLength > 0 else { return }
        context?.writeAndFlush(wrapOutboundOut(writer.take()), promise: nil)
    }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        settings.logger.warning("closing a broken connection", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        for stream in Array(streams.keys) { cancel(stream) }
        context.fireChannelInactive()
    }
}
