/// What the next value of a JSON text is, told by its first byte.
package enum JSONKind: Sendable {
    case null
    case bool
    case number
    case string
    case array
    case object
}

/// A strict reader of one JSON text, value by value, without building a tree.
///
/// Read an object with `beginObject`, then `nextKey` until it is nil; an array with `beginArray`, then `nextElement` until it
/// is false. After a key, or a true `nextElement`, exactly one value is read or skipped; at the end comes `finish`. What is
/// skipped is checked as strictly as what is read. Strings are parts of the text and copied only when they hold escapes.
package struct JSONReader: ~Copyable {
    /// How many objects and arrays may be open at once.
    package static let maximumDepth = 32

    /// What becomes of a value that is right in form but that nothing here can hold: a number larger than any finite one,
    /// and an escape of NUL or of half a surrogate pair.
    package enum Unholdable: Sendable {
        /// It ends the reading.
        case isError
        /// A stand-in is read for it, and it is counted.
        case isCounted
    }

    let bytes: [UInt8]
    var position = 0
    /// Where the text ends.
    private(set) var end: Int
    package var unholdable = Unholdable.isError
    /// Values read so far that a stand-in was read for.
    package internal(set) var unholdableCount = 0
    private var containers: [Container] = []
    /// Keys of all open objects, outermost first.
    private var keys: [JSONText] = []

    private struct Container {
        var isFirst = true
        /// Where this object's keys start in `keys`.
        let firstKey: Int
        /// This object's keys, once there are so many that comparing each with each would be slow.
        var manyKeys: Set<JSONText> = []
    }

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
        containers.reserveCapacity(4)
        keys.reserveCapacity(16)
    }

    /// Begins with another text, which is a part of the same bytes.
    package mutating func restart(in range: Range<Int>) {
        precondition(range.upperBound <= bytes.count, "a text ends with its bytes at the latest")
        (position, end) = (range.lowerBound, range.upperBound)
        containers.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }

    /// Offset of the next byte to be read.
    package var offset: Int { position }

    // MARK: Structure

    /// What the next value is; reads nothing but white space.
    package mutating func peek() throws(JSONError) -> JSONKind {
        skipSpace()
        switch try nextByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedByte)
        }
    }

    /// Checks that nothing but white space follows the one value of the text.
    package mutating func finish() throws(JSONError) {
        skipSpace()
        if position < end { throw error(.trailingBytes) }
    }

    package mutating func beginObject() throws(JSONError) {
        try begin(UInt8(ascii: "{"))
    }

    package mutating func beginArray() throws(JSONError) {
        try begin(UInt8(ascii: "["))
    }

    /// The key of the next member of the innermost object, whose value comes next; nil when the object has ended.
    package mutating func nextKey() throws(JSONError) -> JSONText? {
        guard try nextItem(endingWith: UInt8(ascii: "}")) else { return nil }
        skipSpace()
        let start = position
        let key = try readText()
        guard isNew(key) else { throw JSONError(reason: .duplicateKey(key.string), offset: start) }
        skipSpace()
        try expect(UInt8(ascii: ":"))
        return key
    }

    /// Whether the innermost array has another value, which comes next.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try nextItem(endingWith: UInt8(ascii: "]"))
    }

    /// Checks and passes over the next value with all it holds.
    package mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .null: try readNull()
        case .bool: _ = try readBool()
        case .number: _ = try readNumber()
        case .string: _ = try readText()
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .object:
            try beginObject()
            while try nextKey() != nil { try skipValue() }
        }
    }

    private mutating func begin(_ byte: UInt8) throws(JSONError) {
        skipSpace()
        guard try nextByte() == byte else { throw error(.unexpectedByte) }
        guard containers.count < Self.maximumDepth else { throw error(.tooDeep) }
        position += 1
        containers.append(Container(firstKey: keys.count))
    }

    private mutating func nextItem(endingWith end: UInt8) throws(JSONError) -> Bool {
        let innermost = containers.count - 1
        precondition(innermost >= 0, "asked for an item outside an object or array")
        skipSpace()
        let byte = try nextByte()
        if byte == end {
            position += 1
            keys.removeLast(keys.count - containers[innermost].firstKey)
            containers.removeLast()
            return false
        }
        if containers[innermost].isFirst {
            containers[innermost].isFirst = false
            return true
        }
        try expect(UInt8(ascii: ","))
        return true
    }

    /// Remembers a key of the innermost object; false when the object has it already.
    private mutating func isNew(_ key: JSONText) -> Bool {
        let innermost = containers.count - 1
        let known = containers[innermost].firstKey..<keys.count
        if known.count < 16 {
            for index in known where keys[index] == key { return false }
        } else {
            if containers[innermost].manyKeys.isEmpty { containers[innermost].manyKeys = Set(keys[known]) }
            if !containers[innermost].manyKeys.insert(key).inserted { return false }
        }
        keys.append(key)
        return true
    }

    // MARK: Words

    package mutating func readNull() throws(JSONError) {
        skipSpace()
        try expect("null")
    }

    package mutating func readBool() throws(JSONError) -> Bool {
        skipSpace()
        let isTrue = try nextByte() == UInt8(ascii: "t")
        try expect(isTrue ? "true" : "false")
        return isTrue
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            try expect(word.utf8Start[index])
        }
    }

    // MARK: Bytes

    /// Counts a value that nothing can hold and gives what stands for it, or ends the reading.
    mutating func standIn<Value>(
        _ value: Value,
        _ reason: JSONError.Reason,
        at offset: Int
    ) throws(JSONError) -> Value {
        switch unholdable {
        case .isError: throw JSONError(reason: reason, offset: offset)
        case .isCounted:
            unholdableCount += 1
            return value
        }
    }

    func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    func nextByte() throws(JSONError) -> UInt8 {
        guard position < end else { throw error(.unexpectedEnd) }
        return bytes[position]
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try nextByte() == byte else { throw error(.unexpectedByte) }
        position += 1
    }

    mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }
}
