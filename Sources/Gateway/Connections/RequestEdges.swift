import NIOCore

/// Cuts the bytes of a connection where a head or a body of known length ends, so that it is known whether the next request
/// has begun: the parser tells what is whole and nothing of what is not.
///
/// A read that ends with a head's end is not cut, whatever is in it: then nothing of another request has come.
struct RequestEdges {
    private static let emptyLine: UInt32 = 0x0D0A_0D0A

    /// The last four bytes of the present head or chunks; 0 before the first byte.
    private var tail: UInt32 = 0
    /// Whether the next request has begun, unless the parser is in the middle of one.
    private(set) var isInHead = false

    /// Takes the bytes up to the next edge, at least one.
    ///
    /// - Parameter framing: of the body the parser is in; a length of 0 when it is in none.
    mutating func part(of bytes: inout ByteBuffer, in framing: RequestFraming) -> ByteBuffer {
        switch framing {
        case .length(let length) where length > 0:
            (tail, isInHead) = (0, false)
            return Self.take(min(length, bytes.readableBytes), of: &bytes)
        case .chunks:
            // Where they end only the parser knows. What follows them in the same read is taken for a head unless it ends
            // like one: at worst a client that sends it and then nothing for long is told that it was too slow.
            for byte in bytes.readableBytesView.suffix(4) { tail = tail << 8 | UInt32(byte) }
            isInHead = tail != Self.emptyLine
            if !isInHead { tail = 0 }
            return Self.take(bytes.readableBytes, of: &bytes)
        case .length:
            if Self.endsWithHead(bytes) {
                (tail, isInHead) = (0, false)
                return Self.take(bytes.readableBytes, of: &bytes)
            }
            let end = findEndOfHead(bytes)
            isInHead = end == nil && tail != 0
            return Self.take(end ?? bytes.readableBytes, of: &bytes)
        }
    }

    private static func take(_ length: Int, of bytes: inout ByteBuffer) -> ByteBuffer {
        if let part = bytes.readSlice(length: length) { return part }
        defer { bytes.clear() }
        return bytes
    }

    private static func endsWithHead(_ bytes: ByteBuffer) -> Bool {
        bytes.getInteger(at: bytes.writerIndex - 4, as: UInt32.self) == emptyLine
    }

    /// How many bytes are left of the present head; nil when it goes on after them all.
    private mutating func findEndOfHead(_ bytes: ByteBuffer) -> Int? {
        bytes.withUnsafeReadableBytes { bytes in
            for (offset, byte) in bytes.enumerated() {
                // Empty lines before a head are none of it.
                if tail == 0, byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") { continue }
                tail = tail << 8 | UInt32(byte)
                if tail == Self.emptyLine {
                    tail = 0
                    return offset + 1
                }
            }
            return nil
        }
    }
}
