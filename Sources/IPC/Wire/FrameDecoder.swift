package import NIOCore

/// Cuts a stream of bytes into frames. Fails on the first bytes that cannot be a frame; it never reads ahead of a frame.
package struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = Frame

    package init() {}

    package func decode(buffer: inout ByteBuffer) throws -> Frame? {
        guard
            let (length, kind, flags, reserved, stream) = buffer.peekMultipleIntegers(
                as: (UInt32, UInt8, UInt8, UInt16, UInt32).self
            )
        else { return nil }
        guard length <= Frame.maximumPayloadLength else { throw WireError.payloadTooLong(Int(length)) }
        guard let known = Frame.Kind(rawValue: kind) else { throw WireError.unknownKind(kind) }
        guard flags & ~Frame.endOfBody == 0 else { throw WireError.unknownFlags(flags) }
        guard reserved == 0 else { throw WireError.reservedBytesNotZero }
        guard buffer.readableBytes >= Frame.headerLength + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: Frame.headerLength)
        guard let payload = buffer.readSlice(length: Int(length)) else { throw WireError.truncated }
        return Frame(known, stream: stream, flags: flags, payload: payload)
    }

    package func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Frame? {
        if let frame = try decode(buffer: &buffer) { return frame }
        if buffer.readableBytes > 0 { throw WireError.truncated }
        return nil
    }
}

extension ByteBuffer {
    /// Appends a frame's header; the caller appends exactly `payloadLength` bytes after it.
    package mutating func writeFrameHeader(_ kind: Frame.Kind, stream: UInt32, flags: UInt8, payloadLength: Int) {
        writeMultipleIntegers(UInt32(payloadLength), kind.rawValue, flags, UInt16(0), stream)
    }

    package mutating func writeFrame(_ frame: Frame) {
        writeFrameHeader(
            frame.kind,
            stream: frame.stream,
            flags: frame.flags,
            payloadLength: frame.payload.readableBytes
        )
        writeImmutableBuffer(frame.payload)
    }
}
