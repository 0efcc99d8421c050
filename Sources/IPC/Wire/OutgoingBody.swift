import NIOCore

/// A body on its way out: cut into frames and sent only as far as the other side has given credit.
struct OutgoingBody {
    /// How many bytes either side may send on a new stream before it is given more.
    static let initialCredit = 256 * 1024
    static let partLength = 64 * 1024

    private var rest: ByteBuffer
    private(set) var isEnded = false
    var credit = Self.initialCredit

    init(_ bytes: ByteBuffer) {
        rest = bytes
    }

    struct Part {
        var bytes: ByteBuffer
        var flags: UInt8
    }

    /// The next part, as far as credit goes; it may be empty: the one that travels with the head.
    mutating func next() -> Part {
        let length = min(rest.readableBytes, Self.partLength, max(credit, 0))
        let bytes = rest.readSlice(length: length) ?? ByteBuffer()
        credit -= length
        isEnded = rest.readableBytes == 0
        return Part(bytes: bytes, flags: isEnded ? Frame.endOfBody : 0)
    }

    /// The next part, or nil when the body has been sent or must wait for credit.
    mutating func nextIfCredited() -> Part? {
        guard !isEnded, credit > 0 else { return nil }
        return next()
    }
}

extension ByteBuffer {
    /// Appends a frame whose payload is what `body` writes; appends nothing and returns false when it is too long.
    @discardableResult
    mutating func writeFrame(
        _ kind: Frame.Kind,
        stream: UInt32,
        flags: UInt8,
        _ body: (inout ByteBuffer) -> Void
    ) -> Bool {
        let start = writerIndex
        writeFrameHeader(kind, stream: stream, flags: flags, payloadLength: 0)
        body(&self)
        let length = writerIndex - start - Frame.headerLength
        guard length <= Frame.maximumPayloadLength else {
            moveWriterIndex(to: start)
            return false
        }
        setInteger(UInt32(length), at: start)
        return true
    }

    /// Appends what `body` writes, preceded by its length as u32.
    mutating func writeLengthPrefixed(_ body: (inout ByteBuffer) -> Void) {
        let start = writerIndex
        writeInteger(UInt32(0))
        body(&self)
        setInteger(UInt32(writerIndex - start - 4), at: start)
    }
}
