/// Raw bytes as bytea.
package struct PostgresBytes: Hashable, Sendable {
    package var bytes: [UInt8]

    /// A value of these bytes.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension PostgresBytes: PostgresArrayElement {
    package static var postgresType: PostgresType { .bytea }
    package static var postgresArrayType: PostgresType { .byteaArray }

    package func encode(into buffer: inout [UInt8]) { buffer.append(contentsOf: bytes) }

    /// Copies the bytes of a bytea.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresBytes {
        guard type == .bytea else { throw .wrongType(expected: "bytea", found: type) }
        return PostgresBytes(Array(bytes))
    }
}

/// A JSON document as jsonb; its text is checked by the server.
package struct PostgresJSON: Hashable, Sendable {
    package var text: String

    /// A document of this text.
    package init(_ text: String) {
        self.text = text
    }
}

extension PostgresJSON: PostgresArrayElement {
    package static var postgresType: PostgresType { .jsonb }
    package static var postgresArrayType: PostgresType { .jsonbArray }

    package func encode(into buffer: inout [UInt8]) {
        // jsonb starts with its version.
        buffer.append(1)
        buffer.append(contentsOf: text.utf8)
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresJSON {
        guard type == .jsonb || type == .json else { throw .wrongType(expected: "jsonb", found: type) }
        return PostgresJSON(try String.decode(bytes, type: type))
    }
}

/// A UUID as its two halves, most significant first.
package struct PostgresUUID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    /// The UUID of these halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension PostgresUUID: PostgresArrayElement {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }

    package func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: high)
        buffer.append(bigEndian: low)
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresUUID {
        guard type == .uuid else { throw .wrongType(expected: "uuid", found: type) }
        guard bytes.count == 16 else { throw .malformed }
        return PostgresUUID(high: try bytes.bigEndian(at: 0), low: try bytes.bigEndian(at: 8))
    }
}
