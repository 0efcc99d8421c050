import NIOCore
import NIOHTTP2

/// One connection of HTTP/2 apart from its streams: ends it when nobody uses it, when the client does what the protocol
/// forbids or takes too long for a head, and when the gateway ends.
///
/// What is wrong with one stream ends the whole connection, as it does with HTTP/1.1: no client sends such things by mistake.
/// What is wrong with a request as such is answered, in its stream.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum State {
        case open
        /// Has been told that no further streams are served; waits until the client has heard it.
        case announcing
        /// Ends with the last stream.
        case ending
        /// Has said the last word, and reads on for a moment so that the client gets to hear it.
        case lingering
        case closed
    }

    /// Names our own ping among those of others.
    private static let ping = HTTP2PingData(withInteger: 0x63616D_6574)
    /// How long the answer to it is waited for.
    private static let pingPatience = TimeAmount.seconds(1)

    private let pace: RequestPace
    private var state = State.open
    /// Whether the gateway ends, or another one accepts further connections.
    private var isQuiescing = false
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: HTTP2StreamHandler] = [:]
    private var newest = HTTP2StreamID.rootStream
    private var lastUse = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?
    /// Of what has begun and is not whole.
    private var headTimer: Scheduled<Void>?
    private var endTimer: Scheduled<Void>?

    init(pace: RequestPace) {
        self.pace = pace
    }

    /// Whether nothing that comes is looked at any more.
    var isDeaf: Bool {
        switch state {
        case .open, .announcing, .ending: false
        case .lingering, .closed: true
        }
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastUse = context.eventLoop.now
        headTimer = schedule(in: pace.head) { $0.isTooSlow() }
        idleCheck = schedule(in: pace.idle) { $0.checkIdle() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        state = .closed
        for timer in [idleCheck, headTimer, endTimer] { timer?.cancel() }
    }

    private func schedule(
        in time: TimeAmount, _ body: @escaping @Sendable (HTTP2ConnectionHandler) -> Void
    ) -> Scheduled<Void>? {
        guard let context else { return nil }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: time) { body(bound.value) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is LastRequestEvent, is ChannelShouldQuiesceEvent:
            isQuiescing = true
            for stream in streams.values { stream.quiesce() }
            announceEnd { writeWarning($0) }
        case ChannelEvent.inputClosed:
            // Without streams nothing is owed, and without the client's frames no answer could be sent for long.
            context.close(promise: nil)
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(Self.ping, true) = unwrapInboundIn(data).payload { endAfterStreams() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is any NIOHTTP2Error else { return context.close(promise: nil) }
        breakOff(.protocolError)
    }

    // MARK: Time

    private func checkIdle() {
        guard case .open = state, let context else { return }
        let left = lastUse + pace.idle - context.eventLoop.now
        let isIdle = streams.isEmpty && left <= .zero
        guard isIdle else {
            idleCheck = schedule(in: streams.isEmpty ? left : pace.idle) { $0.checkIdle() }
            return
        }
        // A stream that crosses this is refused unprocessed: the client knows of it what to do.
        announceEnd { _ in write(goAway: .maxID, .noError) }
    }

    /// A read has been parsed as far as it goes.
    ///
    /// - Parameters:
    ///   - isInside: whether something has begun that only counts when it is whole.
    ///   - hasEnded: whether something came whole.
    func readEnded(isInside: Bool, hasEnded: Bool) {
        if headTimer != nil, hasEnded || !isInside {
            headTimer?.cancel()
            headTimer = nil
        }
        guard isInside, headTimer == nil, !isDeaf else { return }
        headTimer = schedule(in: pace.head) { $0.isTooSlow() }
    }

    private func isTooSlow() {
        breakOff(.enhanceYourCalm)
    }

    // MARK: Streams

    func opened(_ stream: HTTP2StreamHandler, _ id: HTTP2StreamID?) {
        streams[ObjectIdentifier(stream)] = stream
        if let id, id > newest { newest = id }
        if isQuiescing { stream.quiesce() }
    }

    func closed(_ stream: HTTP2StreamHandler) {
        streams[ObjectIdentifier(stream)] = nil
        guard streams.isEmpty, let context else { return }
        lastUse = context.eventLoop.now
        // In a turn of its own, so that the stream's last frames have left.
        if case .ending = state { endTimer = schedule(in: .zero) { $0.linger() } }
    }

    // MARK: The end

    /// Tells the client that no further streams are served, and waits until it must have heard.
    ///
    /// - Parameter warn: writes a GOAWAY that leaves open which stream is the last.
    private func announceEnd(_ warn: (ChannelHandlerContext) -> Void) {
        guard case .open = state, let context else { return }
        state = .announcing
        warn(context)
        context.writeAndFlush(
            wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: .ping(Self.ping, ack: false))), promise: nil)
        endTimer = schedule(in: Self.pingPatience) { $0.endAfterStreams() }
    }

    /// GOAWAY without an end (RFC 9113 §6.8): the client is to begin no more, and what it has begun by then is served. Written past
    /// the handler of frames, which refuses every further stream when one has gone through it.
    private func writeWarning(_ context: ChannelHandlerContext) {
        let frames = try? context.pipeline.syncOperations.context(handlerType: NIOHTTP2Handler.self)
        var warning = context.channel.allocator.buffer(capacity: 17)
        // 8 bytes, kind 7, no flags, of the connection; the highest stream there can be, no error.
        warning.writeBytes([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])
        frames?.writeAndFlush(NIOAny(IOData.byteBuffer(warning)), promise: nil)
    }

    private func endAfterStreams() {
        guard case .announcing = state else { return }
        endTimer?.cancel()
        state = .ending
        write(goAway: newest, .noError)
        context?.flush()
        if streams.isEmpty { linger() }
    }

    /// Ends the connection because of what the client does.
    private func breakOff(_ code: HTTP2ErrorCode) {
        guard !isDeaf else { return }
        linger {
            // Refused where the parser, being the one to find the fault, has said so already.
            write(goAway: newest, code)
        }
    }

    private func write(goAway last: HTTP2StreamID, _ code: HTTP2ErrorCode) {
        guard let context else { return }
        let frame = HTTP2Frame(
            streamID: .rootStream, payload: .goAway(lastStreamID: last, errorCode: code, opaqueData: nil))
        context.write(wrapOutboundOut(frame), promise: nil)
    }

    /// Reads on for a moment and drops it, because closing at once would take the last frames away from the client.
    ///
    /// - Parameter lastWords: written before the end.
    private func linger(_ lastWords: () -> Void = {}) {
        guard !isDeaf, let context else { return }
        // First, because what goes wrong with the last words comes back here as an error.
        state = .lingering
        for timer in [headTimer, endTimer] { timer?.cancel() }
        lastWords()
        context.flush()
        context.close(mode: .output, promise: nil)
        endTimer = schedule(in: pace.linger) { $0.context?.close(promise: nil) }
    }
}
