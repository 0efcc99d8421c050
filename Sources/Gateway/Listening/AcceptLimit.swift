import NIOCore

/// Stands before a listening socket, and accepts nothing while so many connections are open; further ones wait in the
/// system's queue.
final class AcceptLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let most: Int
    private var count = 0
    private var isHeldBack = false

    init(most: Int) {
        self.most = most
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            bound.value.handler.closed(bound.value.context)
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if count < most { context.read() } else { isHeldBack = true }
    }

    private func closed(_ context: ChannelHandlerContext) {
        count -= 1
        guard isHeldBack, count < most else { return }
        isHeldBack = false
        // No more when the socket is about to be given back.
        if (try? context.channel.syncOptions?.getOption(.autoRead)) == true { context.read() }
    }
}
