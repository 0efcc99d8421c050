import NIOCore

/// A body on its way out: cut into frames and sent only as far as the other side has given credit.
struct OutgoingBody {
    /// How many bytes either side may send on a new stream before it is given more.
    static let initialCredit = 256 * 1024
    static let partLength = 64 * 1024

    private var rest: ByteBuffer
    /// Whether `rest` is all there is to send; to a streamed body more is appended.
    private var isWhole: Bool
    private(set) var isEnded = false
    var credit = Self.initialCredit

    init(_ bytes: ByteBuffer, isWhole: Bool = true) {
        rest = bytes
        self.isWhole = isWhole
    }

    /// Bytes that wait for credit.
    var unsentLength: Int { rest.readableBytes }

    /// Adds the next part of a streamed body.
    mutating func append(_ bytes: ByteBuffer) {
        if rest.readableBytes == 0 {
            rest = bytes
        } else {
            rest.discardReadBytes()
            rest.writeImmutableBuffer(bytes)
        }
    }

    /// Nothing will be appended any more.
    mutating func end() {
        isWhole = true
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
        isEnded = isWhole && rest.readableBytes == 0
        return Part(bytes: bytes, flags: isEnded ? Frame.endOfBody : 0)
    }

    /// The next part, or nil when the body has been sent or must wait for credit.
    mutating func nextIfCredited() -> Part? {
        guard !isEnded, credit > 0, isWhole || rest.readableBytes > 0 else { return nil }
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
