/// A value that can be sent as a parameter, in PostgreSQL's binary format.
package protocol PostgresEncodable: Sendable {
    /// The type the parameter is declared as; the server never has to guess.
    static var postgresType: PostgresType { get }

    /// Appends the binary form, without its length.
    func encode(into buffer: inout [UInt8])
}

/// A value that can be read from a column in PostgreSQL's binary format.
package protocol PostgresDecodable: Sendable {
    /// Reads the value; the bytes live only during the call.
    ///
    /// Throws when the column's type does not fit, or the bytes are not what the type promises.
    static func decode(_ bytes: UnsafeRawBufferPointer, type: PostgresType) throws(DecodingFailure.Reason) -> Self
}

/// A value that may be an element of an array parameter or array column.
package protocol PostgresArrayElement: PostgresEncodable, PostgresDecodable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }
}

extension [UInt8] {
    /// Appends an integer in network byte order.
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at `offset` in network byte order; malformed when it would pass the end.
    func bigEndian<Value: FixedWidthInteger>(
        at offset: Int, as type: Value.Type = Value.self
    ) throws(DecodingFailure.Reason) -> Value {
        let width = MemoryLayout<Value>.size
        guard offset >= 0, count >= width, offset <= count - width else { throw .malformed }
        return Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The integer that is the whole value; malformed when the length differs.
    func whole<Value: FixedWidthInteger>(as type: Value.Type = Value.self) throws(DecodingFailure.Reason) -> Value {
        guard count == MemoryLayout<Value>.size else { throw .malformed }
        return Value(bigEndian: loadUnaligned(as: Value.self))
    }

    /// The bytes from `offset` on, `length` of them; malformed when they would pass the end.
    func slice(at offset: Int, length: Int) throws(DecodingFailure.Reason) -> UnsafeRawBufferPointer {
        guard length >= 0, offset >= 0, length <= count, offset <= count - length else { throw .malformed }
        return UnsafeRawBufferPointer(rebasing: self[offset..<(offset + length)])
    }
}

/// Reads int2, int4 or int8 into any integer that can hold the value.
private func decodeInteger<Value: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, type: PostgresType, expected: StaticMessage
) throws(DecodingFailure.Reason) -> Value {
    let wide: Int64
    switch type {
    case .int2: wide = Int64(try bytes.whole(as: Int16.self))
    case .int4: wide = Int64(try bytes.whole(as: Int32.self))
    case .int8: wide = try bytes.whole(as: Int64.self)
    default: throw .wrongType(expected: expected, found: type)
    }
    guard let value = Value(exactly: wide) else { throw .outOfRange }
    return value
}

extension Int16: PostgresArrayElement {
    package static var postgresType: PostgresType { .int2 }
    package static var postgresArrayType: PostgresType { .int2Array }
    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: self) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Int16 {
        try decodeInteger(bytes, type: type, expected: "smallint")
    }
}

extension Int32: PostgresArrayElement {
    package static var postgresType: PostgresType { .int4 }
    package static var postgresArrayType: PostgresType { .int4Array }
    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: self) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Int32 {
        try decodeInteger(bytes, type: type, expected: "integer")
    }
}

extension Int64: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: self) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Int64 {
        try decodeInteger(bytes, type: type, expected: "bigint")
    }
}

extension Int: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: Int64(self)) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Int {
        try decodeInteger(bytes, type: type, expected: "bigint")
    }
}

extension Double: PostgresArrayElement {
    package static var postgresType: PostgresType { .float8 }
    package static var postgresArrayType: PostgresType { .float8Array }
    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: bitPattern) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Double {
        switch type {
        case .float8: Double(bitPattern: try bytes.whole(as: UInt64.self))
        case .float4: Double(Float(bitPattern: try bytes.whole(as: UInt32.self)))
        default: throw .wrongType(expected: "double precision", found: type)
        }
    }
}

extension Bool: PostgresArrayElement {
    package static var postgresType: PostgresType { .bool }
    package static var postgresArrayType: PostgresType { .boolArray }
    package func encode(into buffer: inout [UInt8]) { buffer.append(self ? 1 : 0) }
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> Bool {
        guard type == .bool else { throw .wrongType(expected: "boolean", found: type) }
        switch try bytes.whole(as: UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .malformed
        }
    }
}

extension String: PostgresArrayElement {
    package static var postgresType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }
    package func encode(into buffer: inout [UInt8]) { buffer.append(contentsOf: utf8) }

    /// Reads text, varchar, char(n), name, json, jsonb, and types of the schema, whose enums are text on the wire.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> String {
        var text = bytes
        switch type {
        case .text, .varchar, .bpchar, .name, .json, .unknown: break
        case .jsonb:
            // jsonb starts with its version.
            guard try bytes.bigEndian(at: 0, as: UInt8.self) == 1 else { throw .malformed }
            text = try bytes.slice(at: 1, length: bytes.count - 1)
        default:
            guard type.isUserDefined else { throw .wrongType(expected: "text", found: type) }
        }
        guard let value = String(validating: text, as: UTF8.self) else { throw .malformed }
        return value
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package static var postgresType: PostgresType { Element.postgresArrayType }
    package func encode(into buffer: inout [UInt8]) {
        encodeArray(self.lazy.map(Optional.some), hasNull: false, into: &buffer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads an array of one dimension without nulls; read nulls through `PostgresNullableArray`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> [Element] {
        var elements: [Element] = []
        try decodeArray(bytes, of: Element.self) { (element: Element?) throws(DecodingFailure.Reason) in
            guard let element else { throw .unexpectedNull }
            elements.append(element)
        }
        return elements
    }
}

/// An array whose elements may be null.
package struct PostgresNullableArray<Element: PostgresArrayElement>: PostgresEncodable, PostgresDecodable {
    package var elements: [Element?]

    /// An array of these elements, in order.
    package init(_ elements: [Element?]) {
        self.elements = elements
    }

    package static var postgresType: PostgresType { Element.postgresArrayType }

    package func encode(into buffer: inout [UInt8]) {
        encodeArray(elements, hasNull: elements.contains { $0 == nil }, into: &buffer)
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresNullableArray {
        var elements: [Element?] = []
        try decodeArray(bytes, of: Element.self) { (element: Element?) throws(DecodingFailure.Reason) in
            elements.append(element)
        }
        return PostgresNullableArray(elements)
    }
}

private func encodeArray<Element: PostgresArrayElement>(
    _ elements: some Collection<Element?>, hasNull: Bool, into buffer: inout [UInt8]
) {
    buffer.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
    buffer.append(bigEndian: Int32(hasNull ? 1 : 0))
    buffer.append(bigEndian: Element.postgresType.oid)
    guard !elements.isEmpty else { return }
    buffer.append(bigEndian: Int32(elements.count))
    buffer.append(bigEndian: Int32(1))
    for element in elements {
        buffer.append(nullable: element)
    }
}

extension [UInt8] {
    /// Appends the length and the value; length -1 alone for null. COPY rows and arrays share this form.
    mutating func append<Value: PostgresEncodable>(nullable value: Value?) {
        guard let value else { return append(bigEndian: Int32(-1)) }
        let start = count
        append(bigEndian: Int32(0))
        value.encode(into: &self)
        let length = Int32(count - start - 4).bigEndian
        withUnsafeMutableBytes { $0.storeBytes(of: length, toByteOffset: start, as: Int32.self) }
    }
}

private func decodeArray<Element: PostgresArrayElement>(
    _ bytes: UnsafeRawBufferPointer, of element: Element.Type,
    _ each: (Element?) throws(DecodingFailure.Reason) -> Void
) throws(DecodingFailure.Reason) {
    let dimensions = try bytes.bigEndian(at: 0, as: Int32.self)
    _ = try bytes.bigEndian(at: 4, as: Int32.self)
    let elementType = PostgresType(oid: try bytes.bigEndian(at: 8, as: UInt32.self))
    guard dimensions != 0 else {
        guard bytes.count == 12 else { throw .malformed }
        return
    }
    guard dimensions == 1 else { throw .malformed }
    let count = try bytes.bigEndian(at: 12, as: Int32.self)
    guard count >= 0 else { throw .malformed }
    var offset = 20
    for _ in 0..<count {
        let length = Int(try bytes.bigEndian(at: offset, as: Int32.self))
        offset += 4
        guard length != -1 else {
            try each(nil)
            continue
        }
        let value = try bytes.slice(at: offset, length: length)
        try each(try Element.decode(value, type: elementType))
        offset += length
    }
    guard offset == bytes.count else { throw .malformed }
}

extension [Int64] {
    /// The elements of an int8 array in binary form: five int4 of header, then length and value of each.
    init(int8Array bytes: UnsafeRawBufferPointer, type: PostgresType) throws(DecodingFailure.Reason) {
        guard type == .int8Array else { throw .wrongType(expected: "int8[]", found: type) }
        let dimensions = try bytes.bigEndian(at: 0, as: Int32.self)
        guard dimensions != 0 else {
            self = []
            return
        }
        guard dimensions == 1 else { throw .malformed }
        let count = Int(try bytes.bigEndian(at: 12, as: Int32.self))
        guard try bytes.bigEndian(at: 4, as: Int32.self) == 0 else { throw .unexpectedNull }
        guard count >= 0, bytes.count == 20 + 12 * count else { throw .malformed }
        self.init(unsafeUninitializedCapacity: count) { elements, initialized in
            for index in 0..<count {
                let value = bytes.loadUnaligned(fromByteOffset: 24 + 12 * index, as: Int64.self)
                elements.initializeElement(at: index, to: Int64(bigEndian: value))
            }
            initialized = count
        }
    }
}
