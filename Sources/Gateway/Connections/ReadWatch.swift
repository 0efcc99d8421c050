import NIOCore

/// Stands before the parser: tells the connection when a read begins and is over, and keeps from the parser what is not looked at any
/// more.
final class ReadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler

    init(_ connection: HTTPConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !connection.isDeaf else { return }
        let bytes = unwrapInboundIn(data)
        connection.readBegan(bytes)
        context.fireChannelRead(data)
        connection.readEnded(bytes)
    }
}
