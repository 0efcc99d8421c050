import NIOCore

/// Writes a body of unknown length part by part; each part waits until the one before it has left.
struct ResponseBodyWriter: Sendable {
    let channel: any Channel
    /// Whether parts are chunks (RFC 9112 §7.1); otherwise the end of the connection ends the body.
    let isChunked: Bool
    /// Whether the client wants the head only.
    let isDiscarded: Bool

    func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0, !isDiscarded else { return }
        guard isChunked else { return try await channel.writeAndFlush(bytes) }
        var chunk = channel.allocator.buffer(capacity: bytes.readableBytes + 16)
        chunk.writeString(String(bytes.readableBytes, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeImmutableBuffer(bytes)
        chunk.writeStaticString("\r\n")
        try await channel.writeAndFlush(chunk)
    }
}
