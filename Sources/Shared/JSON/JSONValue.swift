/// A value of JSON. Members keep their order; numbers keep what they were written as.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number with a fraction, an exponent, or beyond 64 bits; always finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
}

/// A member of a JSON object.
package struct JSONMember: Equatable, Sendable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

extension JSONReader {
    /// The whole text as a tree.
    package static func value(of bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.readValue()
        try reader.finish()
        return value
    }

    /// The whole text as a tree. Copies the bytes, which need not outlive the call.
    package static func value(of bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        try value(of: Array(bytes))
    }

    /// Reads the next value, whatever it is, with all it holds.
    package mutating func readValue() throws(JSONError) -> JSONValue {
        switch try peek() {
        case .null:
            try readNull()
            return .null
        case .bool:
            return .bool(try readBool())
        case .number:
            switch try readNumber() {
            case .integer(let number): return .integer(number)
            case .number(let number): return .number(number)
            }
        case .string:
            return .string(try readText().string)
        case .array:
            try beginArray()
            var values: [JSONValue] = []
            while try nextElement() { values.append(try readValue()) }
            return .array(values)
        case .object:
            try beginObject()
            var members: [JSONMember] = []
            while let key = try nextKey() {
                members.append(JSONMember(key: key.string, value: try readValue()))
            }
            return .object(members)
        }
    }
}
