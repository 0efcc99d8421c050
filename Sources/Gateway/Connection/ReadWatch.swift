import NIOCore

/// Stands before the parser: tells the guard when a read is over, and keeps from the parser what is not looked at any more.
final class ReadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ConnectionGuard

    init(_ connection: ConnectionGuard) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !connection.isDeaf else { return }
        context.fireChannelRead(data)
        connection.readEnded(unwrapInboundIn(data))
    }
}
