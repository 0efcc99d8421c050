/// One bound value of a statement: its declared type and binary form, or null.
package struct Parameter: Hashable, Sendable {
    package let type: PostgresType
    let bytes: [UInt8]?

    /// A value.
    package init<Value: PostgresEncodable>(_ value: Value) {
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        self.init(type: Value.postgresType, bytes: bytes)
    }

    /// A value, or null of the value's type.
    package init<Value: PostgresEncodable>(_ value: Value?) {
        guard let value else {
            self.init(type: Value.postgresType, bytes: nil)
            return
        }
        self.init(value)
    }

    /// An array whose elements may be null.
    package init<Value: PostgresArrayElement>(_ elements: [Value?]) {
        self.init(PostgresNullableArray(elements))
    }

    /// Null of a type.
    package static func null(_ type: PostgresType) -> Parameter {
        Parameter(type: type, bytes: nil)
    }

    /// A point in time, microseconds since 1970-01-01T00:00:00Z.
    package static func timestamp(_ microseconds: Int64) -> Parameter {
        Parameter(PostgresTimestamp(microseconds: microseconds))
    }

    /// Raw bytes.
    package static func bytes(_ bytes: [UInt8]) -> Parameter {
        Parameter(type: .bytea, bytes: bytes)
    }

    private init(type: PostgresType, bytes: [UInt8]?) {
        self.type = type
        self.bytes = bytes
    }
}
