import NIOCore
import NIOHTTP2
import NIOWebSocket

/// Writes a body of unknown length part by part; each part waits until the one before it has left.
struct ResponseBodyWriter: Sendable {
    /// How a client tells where a part and the body end.
    enum Framing {
        /// RFC 9112 §7.1.
        case chunks
        /// Frames of a stream of HTTP/2.
        case frames
        case endOfConnection
        /// Messages of a WebSocket, one for each part.
        case messages
    }

    let channel: any Channel
    let framing: Framing
    /// Whether the client wants the head only.
    let isDiscarded: Bool
    /// What parts go through before they leave; nil: they leave as they are.
    private var gzip: GzipStream?

    init(channel: any Channel, framing: Framing, isDiscarded: Bool) {
        self.channel = channel
        self.framing = framing
        self.isDiscarded = isDiscarded
    }

    /// The same, but for parts to be compressed; whoever asks for it writes the end of the compressed bytes.
    func coding(with gzip: GzipStream) -> ResponseBodyWriter {
        var writer = self
        writer.gzip = gzip
        return writer
    }

    func write(_ bytes: ByteBuffer) async throws {
        let bytes = gzip?.take(bytes) ?? bytes
        guard bytes.readableBytes > 0, !isDiscarded else { return }
        switch framing {
        case .chunks: try await channel.writeAndFlush(chunk(of: bytes))
        case .frames:
            try await channel.writeAndFlush(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(bytes))))
        case .endOfConnection: try await channel.writeAndFlush(bytes)
        case .messages: try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .text, data: bytes))
        }
    }

    /// A sign of life between messages.
    func ping() async throws {
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
    }

    /// The last of the messages.
    func close(_ code: WebSocketErrorCode) async throws {
        try await channel.writeAndFlush(WebSocketFrame.closing(code))
    }

    private func chunk(of bytes: ByteBuffer) -> ByteBuffer {
        var chunk = channel.allocator.buffer(capacity: bytes.readableBytes + 16)
        chunk.writeString(String(bytes.readableBytes, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeImmutableBuffer(bytes)
        chunk.writeStaticString("\r\n")
        return chunk
    }
}
