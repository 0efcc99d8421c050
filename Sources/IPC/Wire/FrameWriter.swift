import NIOCore

/// Gathers the frames written during one tick of an event loop and sends them in one write.
///
/// Belongs to one channel handler and is used on its event loop only.
struct FrameWriter {
    private static let smallestBuffer = 512
    private static let largestBuffer = 64 * 1024

    private var pending = ByteBuffer()
    private var isFlushScheduled = false
    /// About what the last tick wrote, so that the buffer of the next one need not grow bit by bit.
    private var expectedLength = Self.smallestBuffer

    /// Bytes gathered and not yet handed to the channel.
    var pendingLength: Int { pending.readableBytes }

    /// Appends what `body` writes. Returns true when the caller must call `take` at the end of this tick.
    mutating func append(_ body: (inout ByteBuffer) -> Void) -> Bool {
        if pending.readableBytes == 0 { pending.reserveCapacity(expectedLength) }
        body(&pending)
        if isFlushScheduled { return false }
        isFlushScheduled = true
        return true
    }

    mutating func take() -> ByteBuffer {
        isFlushScheduled = false
        let bytes = pending
        pending = ByteBuffer()
        expectedLength = min(max(bytes.readableBytes, Self.smallestBuffer), Self.largestBuffer)
        return bytes
    }
}
