/// Reads the members of an object of a request by name, and keeps every fault it meets, so that a client learns all of
/// them at once.
///
/// Each reading returns a value even after a fault, so that reading goes on; `finish` throws if there was any.
package struct JSONFields {
    private var members: [JSONMember]
    private var read: Set<String> = []
    private let path: String
    package private(set) var faults: [ParameterFault] = []

    package init(_ members: [JSONMember], path: String = "") {
        self.members = members
        self.path = path
    }

    /// The object a body consists of.
    ///
    /// - Throws: `invalidJSON` when the bytes are no JSON, `invalid` when they are no object.
    package init(body: UnsafeRawBufferPointer) throws(Fault) {
        let value: JSONValue
        do {
            value = try JSONReader.value(of: body)
        } catch {
            throw Fault(code: .invalidJSON)
        }
        guard case .object(let members) = value else { throw .invalid("body", .invalidType, limit: "object") }
        self.init(members)
    }

    /// The full name of a field, as faults give it.
    package func parameter(_ name: String) -> String { path + name }

    package mutating func fault(_ name: String, _ code: ParameterFaultCode, limit: String? = nil) {
        faults.append(ParameterFault(parameter: parameter(name), code: code, limit: limit))
    }

    /// The member of that name as it is; nil when it is missing or null.
    package mutating func value(_ name: String) -> JSONValue? {
        read.insert(name)
        guard let value = members.first(where: { $0.key == name })?.value, value != .null else { return nil }
        return value
    }

    /// Adds a fault for every member nobody has asked for, and throws when there is any fault.
    package mutating func finish() throws(Fault) {
        noteUnknown()
        if !faults.isEmpty { throw .invalid(faults) }
    }

    private mutating func noteUnknown() {
        for member in members where !read.contains(member.key) { fault(member.key, .unknownField) }
    }

    // MARK: Text

    /// Text of 1 to 255 characters, not blank, without control characters.
    package mutating func name(_ name: String) -> String {
        text(name, upTo: 255) ?? missing(name, "")
    }

    package mutating func optionalText(_ name: String, upTo limit: Int) -> String? {
        text(name, upTo: limit)
    }

    private mutating func text(_ name: String, upTo limit: Int) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return invalidType(name, "string") }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            fault(name, .invalidFormat)
        } else if text.allSatisfy(\.isWhitespace) {
            fault(name, .blank)
        } else if text.count > limit {
            fault(name, .tooLong, limit: String(limit))
        }
        return text
    }

    /// Text of any form; nil when missing. The caller says what is wrong with it.
    package mutating func plainString(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return invalidType(name, "string") }
        return text
    }

    package mutating func required<Value>(_ value: Value?, _ name: String, _ standIn: Value) -> Value {
        value ?? missing(name, standIn)
    }

    private mutating func missing<Value>(_ name: String, _ standIn: Value) -> Value {
        if !faults.contains(where: { $0.parameter == parameter(name) }) { fault(name, .required) }
        return standIn
    }

    private mutating func invalidType<Value>(_ name: String, _ expected: String) -> Value? {
        fault(name, .invalidType, limit: expected)
        return nil
    }

    // MARK: Numbers

    package mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = value(name) else { return nil }
        guard case .integer(let number) = value else { return invalidType(name, "integer") }
        guard range.contains(number) else {
            fault(name, .outOfRange, limit: "\(range.lowerBound)…\(range.upperBound)")
            return nil
        }
        return number
    }

    package mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(name) else { return nil }
        let number: Double
        switch value {
        case .integer(let whole): number = Double(whole)
        case .number(let exact): number = exact
        case .null, .bool, .string, .array, .object: return invalidType(name, "number")
        }
        guard range.contains(number) else {
            fault(name, .outOfRange, limit: "\(range.lowerBound)…\(range.upperBound)")
            return nil
        }
        return number
    }

    package mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { return invalidType(name, "boolean") }
        return flag
    }

    /// The number of another object: positive and no larger than the database's integers.
    package mutating func identifier<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> ID? {
        guard let value = value(name) else { return nil }
        guard case .integer(let number) = value else { return invalidType(name, "integer") }
        guard (1...Int64(Int32.max)).contains(number) else {
            fault(name, .unknownID)
            return nil
        }
        return ID(number)
    }

    package mutating func identifiers<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> [ID]? {
        guard let value = value(name) else { return nil }
        guard case .array(let values) = value else { return invalidType(name, "array") }
        var identifiers: [ID] = []
        for (index, value) in values.enumerated() {
            guard case .integer(let number) = value, (1...Int64(Int32.max)).contains(number) else {
                fault("\(name)[\(index)]", .unknownID)
                continue
            }
            identifiers.append(ID(number))
        }
        return identifiers
    }

    package mutating func integers(_ name: String, in range: ClosedRange<Int64>) -> [Int64]? {
        guard let value = value(name) else { return nil }
        guard case .array(let values) = value else { return invalidType(name, "array") }
        var integers: [Int64] = []
        for (index, value) in values.enumerated() {
            guard case .integer(let number) = value, range.contains(number) else {
                fault("\(name)[\(index)]", .outOfRange, limit: "\(range.lowerBound)…\(range.upperBound)")
                continue
            }
            integers.append(number)
        }
        return integers
    }

    /// One of a closed list of words.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return invalidType(name, "string") }
        guard let choice = Choice(rawValue: text) else {
            fault(name, .outOfRange, limit: Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return choice
    }

    // MARK: Nested objects

    /// A list of objects, each read by `body`; its faults are kept with the path of the object.
    package mutating func objects<Value>(
        _ name: String,
        upTo limit: Int,
        _ body: (inout JSONFields) -> Value
    ) -> [Value]? {
        guard let value = value(name) else { return nil }
        guard case .array(let values) = value else { return invalidType(name, "array") }
        if values.count > limit { fault(name, .tooMany, limit: String(limit)) }
        var result: [Value] = []
        for (index, value) in values.prefix(limit).enumerated() {
            guard case .object(let members) = value else {
                fault("\(name)[\(index)]", .invalidType, limit: "object")
                continue
            }
            var nested = JSONFields(members, path: "\(parameter(name))[\(index)].")
            result.append(body(&nested))
            nested.noteUnknown()
            faults += nested.faults
        }
        return result
    }

    /// A nested object, read by `body`.
    package mutating func object<Value>(_ name: String, _ body: (inout JSONFields) -> Value) -> Value? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else { return invalidType(name, "object") }
        var nested = JSONFields(members, path: "\(parameter(name)).")
        let result = body(&nested)
        nested.noteUnknown()
        faults += nested.faults
        return result
    }
}
