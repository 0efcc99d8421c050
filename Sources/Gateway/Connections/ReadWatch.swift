import NIOCore
import NIOHTTP1

/// Stands before the parser: tells the connection when a read begins and is over, and keeps from the parser what is not looked at any
/// more.
final class ReadWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler
    private var edges = RequestEdges()
    private var wrapping = ChunkWrapping()

    init(_ connection: HTTPConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0, !connection.isDeaf {
            let (framing, number) = (connection.framing, connection.requests)
            let part = edges.part(of: &bytes, in: framing)
            connection.readBegan(part)
            context.fireChannelRead(wrapInboundOut(part))
            let now = connection.requests == number ? connection.framing : nil
            guard wrapping.isBounded(after: part.readableBytes, from: framing, to: now) else {
                context.fireErrorCaught(HTTPParserError.headerOverflow)
                break
            }
        }
        connection.droppedBytes += bytes.readableBytes
        connection.readEnded(isInHead: edges.isInHead)
    }
}
