import NIOCore

/// Stands before the parser: tells the connection when a read begins and is over, and keeps from the parser what is not looked at any
/// more.
final class ReadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler
    private var edges = RequestEdges()

    init(_ connection: HTTPConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0, !connection.isDeaf {
            let part = edges.part(of: &bytes, in: connection.framing)
            connection.readBegan(part)
            context.fireChannelRead(wrapInboundOut(part))
        }
        connection.droppedBytes += bytes.readableBytes
        connection.readEnded(isInHead: edges.isInHead)
    }
}
