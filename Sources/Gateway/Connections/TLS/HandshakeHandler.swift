import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind TLS until a connection has agreed on it, which may take so long only, and then makes of the connection what
/// was agreed.
///
/// What is no TLS, or TLS too old, ends the connection without an answer but TLS's own.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let patience: TimeAmount
    private let begin: (ChannelPipeline.SynchronousOperations, _ agreed: String?) throws -> Void
    private var timer: Scheduled<Void>?

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
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            try begin(context.pipeline.syncOperations, agreed)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
