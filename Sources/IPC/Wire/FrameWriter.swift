import NIOCore

/// Gathers the frames written during one tick of an event loop and sends them in one write.
///
/// Belongs to one channel handler and is used on its event loop only.
struct FrameWriter {
    private var pending = ByteBuffer()
    private var isFlushScheduled = false

    /// Appends what `body` writes. Returns true when the caller must call `flush` at the end of this tick.
    mutating func append(_ body: (inout ByteBuffer) -> Void) -> Bool {
        body(&pending)
        if isFlushScheduled { return false }
        isFlushScheduled = true
        return true
    }

    mutating func take() -> ByteBuffer {
        isFlushScheduled = false
        let bytes = pending
        pending = ByteBuffer()
        return bytes
    }
}
