import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind TLS until a connection has agreed on it, which may take so long only, and then makes of the connection what
/// was agreed.
///
/// What is no TLS, or TLS too old, ends the connection without an answer but TLS's own. A connection that agrees when the gateway
/// ends already has one request like any other; if its tenant is the next gateway's by then, that is refused for a moment.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let patience: TimeAmount
    private let begin: (ChannelPipeline.SynchronousOperations, _ agreed: String?) throws -> Void
    private var timer: Scheduled<Void>?
    /// That the gateway ends, told while there was nobody behind who could hear it.
    private var end: Any?

    /// - Parameter begin: adds the handlers of the protocol that was agreed on.
    init(
        patience: TimeAmount,
        begin: @escaping (ChannelPipeline.SynchronousOperations, _ agreed: String?) throws -> Void
    ) {
        self.patience = patience
        self.begin = begin
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted(let agreed) = event else {
            if event is LastRequestEvent || event is ChannelShouldQuiesceEvent { end = event }
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            try begin(context.pipeline.syncOperations, agreed)
            if end != nil { context.fireUserInboundEventTriggered(LastRequestEvent()) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
