import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What a client sends on a connection that has become one of messages (RFC 6455): signs of life are answered, the end is agreed
/// to, and whoever says anything else is told that nobody listens.
final class MessageConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// A client's frames carry nothing that is longer: more than this ends the connection.
    static let longestFrame = 4_096

    /// Puts the frames of messages in the place of HTTP's parts, before the handler that writes the answer.
    ///
    /// - Returns: false when the connection is ending already.
    static func begins(before connection: HTTPConnectionHandler, in context: ChannelHandlerContext) -> Bool {
        let pipeline = context.pipeline.syncOperations
        do {
            let watch = try pipeline.handler(type: ReadWatch.self)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandlers(
                [
                    WebSocketFrameEncoder(),
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: longestFrame)),
                    WebSocketProtocolErrorHandler(),
                    MessageConnection(),
                ], position: .before(connection))
            pipeline.removeHandler(watch, promise: nil)
            pipeline.removeHandler(decoder, promise: nil)
            return true
        } catch {
            context.close(promise: nil)
            return false
        }
    }

    private var isClosing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let frame = unwrapInboundIn(data)
        // RFC 6455 §5.1 and §5.2: what a client sends is masked, and bits that nothing was agreed about are not set.
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return close(context, .protocolError) }
        switch frame.opcode {
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .pong: break
        // A reason begins with a code of two bytes.
        case .connectionClose: close(context, frame.length == 1 ? .protocolError : .normalClosure)
        default: close(context, .unacceptableData)
        }
    }

    private func close(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        isClosing = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.closing(code))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

extension WebSocketFrame {
    /// The last frame, which says why.
    static func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
