import NIOCore
import Shared

/// The gateway's end of one connection: gives each request a stream and each answer to whoever waits for it.
///
/// Everything here happens on the channel's event loop.
final class WorkerConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        var answer: (Result<WorkerReply, CallFailure>) -> Void
        var deadline: NIODeadline
        /// How long the worker may then be silent between two parts of its answer; nil: an answer that goes on for as long as it is
        /// wanted.
        var silence: TimeAmount?
        var key: CancellationKey
        var outgoing: OutgoingBody
        /// Called when more of a streamed body may be given, with false when nobody takes it any more.
        var wantsMore: ((Bool) -> Void)?
    }

    private struct Reading {
        var source: ReplyBodyStream.Sequence.Source
        var owedCredit = 0
        /// Bytes the worker may still send before it is given more.
        var window = OutgoingBody.initialCredit
        var isPaused = false
        var silence: TimeAmount?
        /// Until when more must come, unless the reader is behind.
        var deadline: NIODeadline

        mutating func goOn() {
            if let silence { deadline = max(deadline, .now() + silence) }
        }
    }

    private enum Stream {
        case waiting(Waiting)
        case reading(Reading)
    }

    private let settings: WorkerConnectionSettings
    private let accepted: EventLoopPromise<Hello>
    /// Completes when the connection takes no further requests.
    let retired: EventLoopPromise<ConnectionRetirement>
    private var context: ChannelHandlerContext?
    private var isWelcome = false
    private var isOpen = false
    private var streams: [UInt32: Stream] = [:]
    /// The streams whose bodies are still given part by part.
    private var feeding: [CancellationKey: UInt32] = [:]
    private var pings: [(Result<WorkerPulse, CallFailure>) -> Void] = []
    private var nextStream: UInt32 = 1
    private var writer = FrameWriter()
    private var sweep: Scheduled<Void>?

    init(
        settings: WorkerConnectionSettings,
        accepted: EventLoopPromise<Hello>,
        retired: EventLoopPromise<ConnectionRetirement>
    ) {
        self.settings = settings
        self.accepted = accepted
        self.retired = retired
    }

    // MARK: Requests

    /// - Parameter body: whole, or nil for one that is given by `feed` and ended by `endBody`.
    func start<Call: WorkerCall>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        patience: RequestPatience,
        body: ByteBuffer?,
        key: CancellationKey,
        answer: @escaping (Result<WorkerReply, CallFailure>) -> Void
    ) {
        guard isOpen, let context else { return answer(.failure(.notSent)) }
        guard !key.isCancelled else { return answer(.failure(.cancelled)) }
        guard streams.count < settings.maximumStreams, context.channel.isWritable,
            writer.pendingLength < settings.maximumUnsentLength
        else {
            return answer(.failure(.fault(Fault(code: .overloaded, retryAfterSeconds: 1))))
        }
        let remaining = patience.remaining
        guard remaining > .zero else { return answer(.failure(.deadlineExceeded)) }
        let stream = nextStream
        var outgoing = OutgoingBody(body ?? ByteBuffer(), isWhole: body != nil)
        let first = outgoing.next()
        var isWritten = false
        write { buffer in
            isWritten = buffer.writeFrame(.request, stream: stream, flags: first.flags) { buffer in
                RequestHead(
                    call: Call.kind,
                    principal: principal,
                    remainingMilliseconds: UInt32(clamping: remaining.nanoseconds / 1_000_000),
                    requestID: requestID
                ).write(to: &buffer)
                buffer.writeLengthPrefixed { call.write(to: &$0) }
                buffer.writeImmutableBuffer(first.bytes)
            }
        }
        guard isWritten else { return answer(.failure(.fault(Fault(code: .bodyTooLarge)))) }
        streams[stream] = .waiting(
            Waiting(
                answer: answer, deadline: patience.deadline, silence: patience.silence, key: key, outgoing: outgoing))
        if Call.kind.isCounted, principal.kind != .system { settings.traffic?.countRequest() }
        if let body { settings.traffic?.countRequestBody(body.readableBytes) }
        if body == nil { feeding[key] = stream }
        if !outgoing.isEnded { sendBody(of: stream) }
        scheduleSweep()
        if stream < settings.lastStream {
            nextStream += 1
        } else {
            retire(.exhausted)
        }
    }

    /// Sends more of a streamed body; `answer` is called when the next part may come, with false when nobody takes any.
    func feed(_ bytes: ByteBuffer, of key: CancellationKey, answer: @escaping (Bool) -> Void) {
        guard let stream = feeding[key], case .waiting(var waiting)? = streams[stream] else { return answer(false) }
        settings.traffic?.countRequestBody(bytes.readableBytes)
        waiting.outgoing.append(bytes)
        waiting.wantsMore = answer
        streams[stream] = .waiting(waiting)
        sendBody(of: stream)
    }

    /// The body has been given to its last byte; the worker's time for its answer begins.
    func endBody(of key: CancellationKey, deadline: NIODeadline) {
        guard let stream = feeding.removeValue(forKey: key), case .waiting(var waiting)? = streams[stream] else {
            return
        }
        waiting.outgoing.end()
        waiting.deadline = deadline
        streams[stream] = .waiting(waiting)
        sendBody(of: stream)
        scheduleSweep()
    }

    func cancel(_ key: CancellationKey) {
        for (stream, state) in streams {
            if case .waiting(let waiting) = state, waiting.key == key {
                writeCancel(stream)
                return finish(stream, with: .failure(.cancelled))
            }
        }
    }

    func abandon(_ stream: UInt32) {
        if streams.removeValue(forKey: stream) != nil {
            writeCancel(stream)
            closeWhenDone()
        }
    }

    func resumeBody(_ stream: UInt32) {
        guard case .reading(var reading)? = streams[stream] else { return }
        reading.isPaused = false
        reading.goOn()
        grantCredit(stream, &reading)
        streams[stream] = .reading(reading)
        scheduleSweep()
    }

    func ping(_ answer: @escaping (Result<WorkerPulse, CallFailure>) -> Void) {
        guard isWelcome else { return answer(.failure(.notSent)) }
        pings.append(answer)
        write { $0.writeFrame(Frame(.ping)) }
    }

    private func sendBody(of stream: UInt32) {
        guard case .waiting(var waiting)? = streams[stream] else { return }
        while let part = waiting.outgoing.nextIfCredited() {
            write { buffer in
                buffer.writeFrame(Frame(.requestBody, stream: stream, flags: part.flags, payload: part.bytes))
            }
        }
        let wantsMore = waiting.outgoing.unsentLength < OutgoingBody.partLength ? waiting.wantsMore.take() : nil
        streams[stream] = .waiting(waiting)
        wantsMore?(true)
    }

    /// Nobody takes more of the body of a request that is over.
    private func stopFeeding(_ waiting: Waiting) {
        feeding[waiting.key] = nil
        waiting.wantsMore?(false)
    }

    private func finish(_ stream: UInt32, with result: Result<WorkerReply, CallFailure>) {
        switch streams.removeValue(forKey: stream) {
        case .waiting(let waiting):
            stopFeeding(waiting)
            waiting.answer(result)
        case .reading(let reading):
            switch result {
            case .success: reading.source.finish()
            case .failure(let failure): reading.source.finish(failure)
            }
        case nil:
            break
        }
        closeWhenDone()
    }

    // MARK: Deadlines

    /// One timer for all streams: a deadline is noticed at most one tick late, and costs nothing per request.
    private func scheduleSweep() {
        guard sweep == nil, let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sweep = context.eventLoop.scheduleTask(in: .milliseconds(50)) { bound.value.sweepDeadlines() }
    }

    private func sweepDeadlines() {
        sweep = nil
        let now = NIODeadline.now()
        var isWaiting = false
        for (stream, state) in streams {
            let deadline: NIODeadline
            switch state {
            case .waiting(let waiting): deadline = waiting.deadline
            case .reading(let reading) where reading.silence != nil && !reading.isPaused: deadline = reading.deadline
            case .reading: continue
            }
            if deadline <= now {
                writeCancel(stream)
                finish(stream, with: .failure(.deadlineExceeded))
            } else {
                isWaiting = true
            }
        }
        if isWaiting { scheduleSweep() }
    }

    // MARK: Frames in

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try receive(unwrapInboundIn(data))
        } catch {
            accepted.fail(error)
            context.close(promise: nil)
        }
    }

    private func receive(_ frame: Frame) throws(WireError) {
        var payload = frame.payload
        guard isWelcome else {
            guard frame.kind == .hello else { throw .unexpectedFrame(frame.kind) }
            let hello = try Hello(from: &payload)
            try payload.expectWireEnd()
            return try acceptHello(hello)
        }
        switch frame.kind {
        case .reply:
            let head = try ReplyHead(from: &payload)
            try receiveReply(frame.stream, head: head, body: payload, isWhole: frame.endsBody)
        case .replyBody:
            try receiveBody(frame.stream, payload, isLast: frame.endsBody)
        case .fault:
            let fault = try Fault(from: &payload)
            try payload.expectWireEnd()
            finish(frame.stream, with: .failure(.fault(fault)))
        case .credit:
            let bytes: UInt32 = try payload.readWireInteger()
            try payload.expectWireEnd()
            if case .waiting(var waiting)? = streams[frame.stream] {
                waiting.outgoing.credit += Int(bytes)
                streams[frame.stream] = .waiting(waiting)
                sendBody(of: frame.stream)
            }
        case .pong:
            let received: UInt64 = try payload.readWireInteger()
            try payload.expectWireEnd()
            guard !pings.isEmpty else { throw .unexpectedFrame(.pong) }
            pings.removeFirst()(.success(WorkerPulse(received: received, openStreams: streams.count)))
        case .cancel:
            finish(frame.stream, with: .failure(.connectionLost))
        case .farewell:
            let last: UInt32 = try payload.readWireInteger()
            try payload.expectWireEnd()
            receiveFarewell(after: last)
        case .hello, .welcome, .request, .requestBody, .ping:
            throw .unexpectedFrame(frame.kind)
        }
    }

    private func acceptHello(_ hello: Hello) throws(WireError) {
        guard hello.nonce == settings.nonce, hello.generation == settings.generation else {
            throw .invalidValue("identity")
        }
        guard let version = ProtocolVersion.common(oldest: hello.oldestVersion, newest: hello.newestVersion) else {
            throw .noCommonVersion(
                worker: hello.oldestVersion...hello.newestVersion,
                gateway: ProtocolVersion.oldest...ProtocolVersion.newest)
        }
        isWelcome = true
        isOpen = true
        write { buffer in
            buffer.writeFrame(.welcome, stream: 0, flags: 0) { $0.writeInteger(version) }
        }
        accepted.succeed(hello)
    }

    /// The worker has not begun with streams above `last` and will not; everybody else keeps waiting.
    private func receiveFarewell(after last: UInt32) {
        retire(.farewell)
        for stream in streams.keys.filter({ $0 > last }) {
            finish(stream, with: .failure(.notSent))
        }
        closeWhenDone()
    }

    private func receiveReply(
        _ stream: UInt32,
        head: ReplyHead,
        body: ByteBuffer,
        isWhole: Bool
    ) throws(WireError) {
        guard case .waiting(let waiting)? = streams[stream] else { return }
        if isWhole {
            settings.traffic?.countAnswerBody(body.readableBytes)
            return finishWaiting(waiting, of: stream, with: WorkerReply(head: head, body: .whole(body)))
        }
        guard let context else { return }
        let connection = WorkerConnection(channel: context.channel, handler: self)
        let producer = ReplyBodyStream.Sequence.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16),
            finishOnDeinit: true,
            delegate: ReplyBodyDelegate(connection: connection, stream: stream)
        )
        streams[stream] = .reading(
            Reading(source: producer.source, silence: waiting.silence, deadline: waiting.deadline))
        stopFeeding(waiting)
        waiting.answer(
            .success(WorkerReply(head: head, body: .arriving(ReplyBodyStream(sequence: producer.sequence))))
        )
        try receiveBody(stream, body, isLast: false)
    }

    private func finishWaiting(_ waiting: Waiting, of stream: UInt32, with reply: WorkerReply) {
        streams[stream] = nil
        stopFeeding(waiting)
        waiting.answer(.success(reply))
        closeWhenDone()
    }

    private func receiveBody(_ stream: UInt32, _ bytes: ByteBuffer, isLast: Bool) throws(WireError) {
        guard case .reading(var reading)? = streams[stream] else { return }
        // A worker that sends more than it was allowed would fill the gateway's memory.
        guard bytes.readableBytes <= reading.window else { throw .creditExceeded }
        reading.window -= bytes.readableBytes
        reading.goOn()
        settings.traffic?.countAnswerBody(bytes.readableBytes)
        if bytes.readableBytes > 0 {
            reading.owedCredit += bytes.readableBytes
            if case .stopProducing = reading.source.yield(bytes) { reading.isPaused = true }
        }
        if isLast {
            streams[stream] = nil
            reading.source.finish()
            return closeWhenDone()
        }
        grantCredit(stream, &reading)
        streams[stream] = .reading(reading)
    }

    private func grantCredit(_ stream: UInt32, _ reading: inout Reading) {
        guard !reading.isPaused, reading.owedCredit >= OutgoingBody.initialCredit / 4 else { return }
        let bytes = UInt32(reading.owedCredit)
        reading.owedCredit = 0
        reading.window += Int(bytes)
        write { buffer in
            buffer.writeFrame(.credit, stream: stream, flags: 0) { $0.writeInteger(bytes) }
        }
    }

    // MARK: Frames out

    private func writeCancel(_ stream: UInt32) {
        write { $0.writeFrame(Frame(.cancel, stream: stream)) }
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        guard let context, writer.append(body) else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.flush() }
    }

    private func flush() {
        context?.writeAndFlush(wrapOutboundOut(writer.take()), promise: nil)
    }

    // MARK: The end

    private func retire(_ reason: ConnectionRetirement) {
        isOpen = false
        retired.succeed(reason)
    }

    /// A retired connection ends with its last stream.
    private func closeWhenDone() {
        guard isWelcome, !isOpen, streams.isEmpty, let context else { return }
        let channel = context.channel
        // What this tick has written still leaves before the end.
        context.eventLoop.execute { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        retire(.lost)
        accepted.fail(CallFailure.connectionLost)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        accepted.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        retire(.lost)
        sweep?.cancel()
        sweep = nil
        accepted.fail(CallFailure.connectionLost)
        for stream in Array(streams.keys) {
            finish(stream, with: .failure(.connectionLost))
        }
        let unanswered = pings
        pings = []
        for answer in unanswered { answer(.failure(.connectionLost)) }
        context.fireChannelInactive()
    }
}
