/// Rows for `COPY … FROM STDIN (FORMAT binary)`, gathered into chunks.
///
/// Append every field of a row in the order of the COPY's column list, each of the column's own type: binary COPY
/// converts nothing, so an `Int64` for an integer column is refused by the server (22P03).
package struct BinaryCopyBuffer: Sendable {
    private var buffer: [UInt8]
    private let columns: Int

    /// A buffer for rows of this many columns; it starts with the format's signature.
    package init(columns: Int) {
        precondition((1...1600).contains(columns), "a row has 1…1600 columns")
        self.columns = columns
        self.buffer = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
        // Flags and length of the header's extension.
        buffer.append(bigEndian: Int64(0))
    }

    /// Bytes gathered since the last `take`.
    package var count: Int { buffer.count }

    /// Adds one row; `fields` appends exactly as many fields as there are columns.
    package mutating func appendRow(_ fields: (inout Fields) -> Void) {
        buffer.append(bigEndian: Int16(columns))
        var row = Fields(buffer: buffer, count: 0)
        buffer = []
        fields(&row)
        precondition(row.count == columns, "a row has \(row.count) fields instead of \(columns)")
        buffer = row.buffer
    }

    /// Hands out what was gathered and starts a new chunk.
    package mutating func take() -> [UInt8] {
        let chunk = buffer
        buffer = []
        buffer.reserveCapacity(chunk.count)
        return chunk
    }

    /// Hands out the last chunk with the format's end mark.
    package mutating func finish() -> [UInt8] {
        buffer.append(bigEndian: Int16(-1))
        return take()
    }

    /// The fields of one row.
    package struct Fields {
        fileprivate var buffer: [UInt8]
        fileprivate var count: Int

        /// Adds a field.
        package mutating func append<Value: PostgresEncodable>(_ value: Value) {
            count += 1
            buffer.append(nullable: value)
        }

        /// Adds a field or null.
        package mutating func append<Value: PostgresEncodable>(_ value: Value?) {
            count += 1
            buffer.append(nullable: value)
        }

        /// Adds a field that is already encoded, or null.
        package mutating func append(_ parameter: Parameter) {
            count += 1
            guard let bytes = parameter.bytes else { return buffer.append(bigEndian: Int32(-1)) }
            buffer.append(bigEndian: Int32(bytes.count))
            buffer.append(contentsOf: bytes)
        }
    }
}
