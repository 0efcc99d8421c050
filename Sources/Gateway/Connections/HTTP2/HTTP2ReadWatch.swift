import NIOCore

/// Stands before the parser of frames: tells the connection whether something has begun that is not whole yet, and keeps from
/// the parser what is not looked at any more.
final class HTTP2ReadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTP2ConnectionHandler
    private var edges = HTTP2FrameEdges()

    init(_ connection: HTTP2ConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !connection.isDeaf else { return }
        edges.read(unwrapInboundIn(data).readableBytesView)
        context.fireChannelRead(data)
        connection.readEnded(isInside: edges.isInside, hasEnded: edges.hasEnded)
    }
}
