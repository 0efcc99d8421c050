internal import CLibPQ

/// The rows of a result, read in binary by column and position; bytes are shared with libpq, not copied.
package struct Rows: Sendable {
    private let storage: ResultStorage
    private let types: [PostgresType]
    /// How many rows there are.
    package let count: Int
    /// How many rows an INSERT, UPDATE, DELETE, MERGE or COPY touched; for SELECT the rows returned.
    package let affected: Int

    init(_ storage: ResultStorage) {
        self.storage = storage
        let columns = PQnfields(storage.pointer)
        self.types = (0..<columns).map { PostgresType(oid: PQftype(storage.pointer, $0)) }
        self.count = Int(PQntuples(storage.pointer))
        self.affected = PQcmdTuples(storage.pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// How many columns there are.
    package var columnCount: Int { types.count }

    /// Whether there are no rows.
    package var isEmpty: Bool { count == 0 }

    /// The name of a column; empty when there is none at this position.
    package func columnName(_ column: Int) -> String {
        guard types.indices.contains(column), let name = PQfname(storage.pointer, Int32(column)) else { return "" }
        return String(cString: name)
    }

    /// The type of a column; throws `decoding(noSuchColumn)`.
    package func columnType(_ column: Int) throws(PostgresError) -> PostgresType {
        guard types.indices.contains(column) else { throw failure(0, column, .noSuchColumn) }
        return types[column]
    }

    /// The position of a column by its name; throws `decoding(noSuchColumn)`.
    package func column(named name: StaticString) throws(PostgresError) -> Int {
        let wanted = name.description
        for column in types.indices where columnName(column) == wanted { return column }
        throw .decoding(DecodingFailure(row: 0, column: -1, columnName: wanted, reason: .noSuchColumn))
    }

    /// One value that is not null.
    package func value<Value: PostgresDecodable>(
        _ row: Int, _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try check(row, column)
        guard let bytes = bytes(row, column) else { throw failure(row, column, .unexpectedNull) }
        return try decode(bytes, row, column)
    }

    /// One value, nil for null.
    package func optional<Value: PostgresDecodable>(
        _ row: Int, _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        try check(row, column)
        guard let bytes = bytes(row, column) else { return nil }
        return try decode(bytes, row, column)
    }

    /// The bytes of one value without copying, nil for null; they are valid only during the call.
    package func withBytes<Result>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) -> Result
    ) throws(PostgresError) -> Result {
        try check(row, column)
        return body(bytes(row, column))
    }

    /// A whole column without nulls, top to bottom.
    package func column<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value] {
        _ = try columnType(column)
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in 0..<count {
            guard let bytes = bytes(row, column) else { throw failure(row, column, .unexpectedNull) }
            values.append(try decode(bytes, row, column))
        }
        return values
    }

    /// A whole column, nil for null, top to bottom.
    package func optionalColumn<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value?] {
        _ = try columnType(column)
        var values: [Value?] = []
        values.reserveCapacity(count)
        for row in 0..<count {
            guard let bytes = bytes(row, column) else {
                values.append(nil)
                continue
            }
            values.append(try decode(bytes, row, column) as Value)
        }
        return values
    }

    /// A whole timestamptz column without nulls as microseconds since 1970-01-01T00:00:00Z, top to bottom.
    package func timestamps(_ column: Int) throws(PostgresError) -> [Int64] {
        let type = try columnType(column)
        var values: [Int64] = []
        values.reserveCapacity(count)
        for row in 0..<count {
            guard let bytes = bytes(row, column) else { throw failure(row, column, .unexpectedNull) }
            do throws(DecodingFailure.Reason) {
                values.append(try PostgresTimestamp.decode(bytes, type: type).microseconds)
            } catch {
                throw failure(row, column, error)
            }
        }
        return values
    }

    /// An array of int8 of one dimension without nulls, however long: read in one walk.
    package func integers(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64] {
        try check(row, column)
        guard let bytes = bytes(row, column) else { throw failure(row, column, .unexpectedNull) }
        do throws(DecodingFailure.Reason) {
            return try [Int64](int8Array: bytes, type: types[column])
        } catch {
            throw failure(row, column, error)
        }
    }

    /// The first row, nil when there is none.
    package var first: Row? { count > 0 ? Row(rows: self, index: 0) : nil }

    private func check(_ row: Int, _ column: Int) throws(PostgresError) {
        guard types.indices.contains(column) else { throw failure(row, column, .noSuchColumn) }
        guard row >= 0, row < count else { throw failure(row, column, .noSuchRow) }
    }

    /// The bytes of a value at a position that was checked.
    private func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(storage.pointer, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(storage.pointer, row, column), count: Int(PQgetlength(storage.pointer, row, column)))
    }

    private func decode<Value: PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer, _ row: Int, _ column: Int
    ) throws(PostgresError) -> Value {
        do throws(DecodingFailure.Reason) {
            return try Value.decode(bytes, type: types[column])
        } catch {
            throw failure(row, column, error)
        }
    }

    private func failure(_ row: Int, _ column: Int, _ reason: DecodingFailure.Reason) -> PostgresError {
        .decoding(DecodingFailure(row: row, column: column, columnName: columnName(column), reason: reason))
    }
}

/// Owns one result of libpq.
final class ResultStorage: Sendable {
    // No lock: libpq never changes a result once it was handed out, and reading it is safe from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }
}

extension Rows: Sequence {
    package func makeIterator() -> Iterator { Iterator(rows: self) }

    /// Walks the rows top to bottom.
    package struct Iterator: IteratorProtocol {
        let rows: Rows
        var index = 0

        package mutating func next() -> Row? {
            guard index < rows.count else { return nil }
            defer { index += 1 }
            return Row(rows: rows, index: index)
        }
    }
}

/// One row of a result.
package struct Row: Sendable {
    let rows: Rows
    /// Its position, from 0.
    package let index: Int

    /// A value that is not null.
    package func value<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try rows.value(index, column, as: type)
    }

    /// A value, nil for null.
    package func optional<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        try rows.optional(index, column, as: type)
    }
}
