package import NIOCore

/// A value with one binary form, the same on both ends of the socket.
package protocol WireValue {
    func write(to buffer: inout ByteBuffer)
    init(from buffer: inout ByteBuffer) throws(WireError)
}

extension ByteBuffer {
    package mutating func readWireInteger<Integer: FixedWidthInteger>(
        as type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        guard let value = readInteger(as: type) else { throw .truncated }
        return value
    }

    /// A string of at most 65 535 bytes of UTF-8, preceded by its length as u16.
    package mutating func writeWireString(_ string: String) {
        let position = writerIndex
        writeInteger(UInt16(0))
        let length = writeString(string)
        precondition(length <= Int(UInt16.max), "a wire string is at most 65535 bytes")
        setInteger(UInt16(length), at: position)
    }

    package mutating func readWireString() throws(WireError) -> String {
        let length = try readWireInteger(as: UInt16.self)
        guard let slice = readSlice(length: Int(length)) else { throw .truncated }
        guard let text = try? UTF8Span(validating: slice.readableBytesUInt8Span) else { throw .invalidValue("UTF-8") }
        return String(copying: text)
    }

    package mutating func writeWireOptional<Value>(_ value: Value?, _ body: (inout ByteBuffer, Value) -> Void) {
        if let value {
            writeInteger(UInt8(1))
            body(&self, value)
        } else {
            writeInteger(UInt8(0))
        }
    }

    package mutating func readWireOptional<Value>(
        _ body: (inout ByteBuffer) throws(WireError) -> Value
    ) throws(WireError) -> Value? {
        switch try readWireInteger(as: UInt8.self) {
        case 0: return nil
        case 1: return try body(&self)
        default: throw .invalidValue("optional")
        }
    }

    /// A list of at most 65 535 values, preceded by their count as u16.
    package mutating func writeWireList<Value>(_ values: [Value], _ body: (inout ByteBuffer, Value) -> Void) {
        precondition(values.count <= Int(UInt16.max), "a wire list has at most 65535 values")
        writeInteger(UInt16(values.count))
        for value in values { body(&self, value) }
    }

    package mutating func readWireList<Value>(
        _ body: (inout ByteBuffer) throws(WireError) -> Value
    ) throws(WireError) -> [Value] {
        let count = Int(try readWireInteger(as: UInt16.self))
        var values: [Value] = []
        values.reserveCapacity(min(count, readableBytes))
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// - Throws: `trailingBytes` when something is left unread.
    package func expectWireEnd() throws(WireError) {
        if readableBytes > 0 { throw .trailingBytes(readableBytes) }
    }
}
