/// The kinds of fields a body has. All return nil for what is missing or null, and after noting a fault.
extension JSONFields {
    // MARK: Text

    /// A name or code: text of 1 to 255 characters, not blank, without control characters. Missing is a fault.
    package mutating func name(_ name: String) -> String {
        required(text(name, upTo: 255), name, "")
    }

    /// Text of one line of 1 to `limit` characters, not blank, without control characters.
    package mutating func optionalText(_ name: String, upTo limit: Int) -> String? {
        text(name, upTo: limit)
    }

    /// Text of several lines; an empty one counts as missing.
    package mutating func optionalLines(_ name: String, upTo limit: Int) -> String? {
        note(name, .text(JSONShape.Text(lengths: 0...limit)))
        guard let text = plainString(name), !text.isEmpty else { return nil }
        let scalars = text.unicodeScalars
        if scalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\r" && $0 != "\t" }) {
            fault(name, .invalidFormat)
        } else if scalars.count > limit {
            fault(name, .tooLong, limit: String(limit))
        } else {
            return text
        }
        return nil
    }

    /// Text of any form. The caller says what is wrong with it.
    package mutating func plainString(_ name: String) -> String? {
        note(name, .text)
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return invalidType(name, "string") }
        return text
    }

    private mutating func text(_ name: String, upTo limit: Int) -> String? {
        note(name, .text(upTo: limit))
        guard let text = plainString(name) else { return nil }
        return checked(text, name, upTo: limit)
    }

    /// The text when it is of one line, not blank and of at most `limit` characters; else its fault is noted.
    mutating func checked(_ text: String, _ name: String, upTo limit: Int) -> String? {
        guard let code = ParameterFaultCode(ofLine: text, upTo: limit) else { return text }
        fault(name, code, limit: code == .tooLong ? String(limit) : nil)
        return nil
    }

    private mutating func invalidType<Value>(_ name: String, _ expected: String) -> Value? {
        fault(name, .invalidType, limit: expected)
        return nil
    }

    // MARK: Numbers

    package mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        note(name, .integer(range))
        guard let value = value(name) else { return nil }
        return integer(value, name, in: range)
    }

    package mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        note(name, .number(range))
        guard let value = value(name) else { return nil }
        let number: Double
        switch value {
        case .integer(let whole): number = Double(whole)
        case .number(let exact): number = exact
        case .null, .bool, .string, .array, .object: return invalidType(name, "number")
        }
        guard range.contains(number) else {
            fault(name, .outOfRange, limit: "\(decimal(range.lowerBound))…\(decimal(range.upperBound))")
            return nil
        }
        // Minus zero would be stored and shown as such.
        return number == 0 ? 0 : number
    }

    package mutating func bool(_ name: String) -> Bool? {
        note(name, .boolean)
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { return invalidType(name, "boolean") }
        return flag
    }

    private mutating func integer(_ value: JSONValue, _ name: String, in range: ClosedRange<Int64>) -> Int64? {
        switch value {
        case .integer(let number) where range.contains(number): return number
        case .number(let number) where number.magnitude < 0x1p63: return invalidType(name, "integer")
        case .integer, .number:
            fault(name, .outOfRange, limit: "\(range.lowerBound)…\(range.upperBound)")
            return nil
        case .null, .bool, .string, .array, .object: return invalidType(name, "integer")
        }
    }

    private func decimal(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? number.description
    }

    // MARK: Ids

    /// The number of another object: positive and no larger than the database's integers, or it is an unknown one.
    package mutating func identifier<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> ID? {
        note(name, .id)
        guard let value = value(name) else { return nil }
        return identifier(value, name)
    }

    /// A list of such numbers.
    package mutating func identifiers<ID: NumericID>(
        _ name: String,
        as type: ID.Type = ID.self,
        upTo limit: Int = 1_000
    ) -> [ID]? {
        list(name, of: .id, upTo: limit) { fields, value, name in fields.identifier(value, name) }
    }

    /// A list of which no number comes twice and that is not empty.
    package mutating func distinctIdentifiers<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> [ID]? {
        let identifiers = identifiers(name, as: type)
        noteDistinct(name)
        guard let identifiers else { return nil }
        noteRepeated(identifiers, in: name)
        return identifiers
    }

    private mutating func identifier<ID: NumericID>(_ value: JSONValue, _ name: String) -> ID? {
        switch value {
        case .integer(let number) where (1...Int64(Int32.max)).contains(number): return ID(number)
        case .number(let number) where number.magnitude < 0x1p63: return invalidType(name, "integer")
        case .integer, .number:
            fault(name, .unknownID)
            return nil
        case .null, .bool, .string, .array, .object: return invalidType(name, "integer")
        }
    }

    // MARK: Lists

    package mutating func integers(
        _ name: String,
        in range: ClosedRange<Int64>,
        upTo limit: Int = 1_000
    ) -> [Int64]? {
        list(name, of: .integer(range), upTo: limit) { fields, value, name in fields.integer(value, name, in: range) }
    }

    /// Notes an empty list, and each element that came before already.
    package mutating func noteRepeated<Element: Hashable>(_ elements: [Element], in name: String) {
        noteDistinct(name)
        if elements.isEmpty, !hasFault(name) { fault(name, .required) }
        guard !hasFault(name) else { return }
        var seen: Set<Element> = []
        for (index, element) in elements.enumerated() where !seen.insert(element).inserted {
            fault("\(name)[\(index)]", .duplicateValue)
        }
    }

    private mutating func list<Element>(
        _ name: String,
        of shape: @autoclosure () -> JSONShape,
        upTo limit: Int,
        _ read: (inout JSONFields, JSONValue, String) -> Element?
    ) -> [Element]? {
        note(name, .list(shape(), upTo: limit))
        guard let value = value(name) else { return nil }
        guard case .array(let values) = value else { return invalidType(name, "array") }
        guard values.count <= limit else {
            fault(name, .tooMany, limit: String(limit))
            return nil
        }
        return values.enumerated().compactMap { index, value in read(&self, value, "\(name)[\(index)]") }
    }

    /// A list of texts as they are.
    package mutating func plainStrings(_ name: String, upTo limit: Int) -> [String]? {
        list(name, of: .text, upTo: limit) { fields, value, name in
            guard case .string(let text) = value else { return fields.invalidType(name, "string") }
            return text
        }
    }

    // MARK: Words

    /// One of a closed list of words.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        note(name, .words(of: type))
        guard let value = value(name) else { return nil }
        return choice(value, name)
    }

    /// A list of such words.
    package mutating func choices<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) -> [Choice]? where Choice.RawValue == String {
        list(name, of: .words(of: type), upTo: type.allCases.count) { fields, value, name in fields.choice(value, name)
        }
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue,
        _ name: String
    ) -> Choice? where Choice.RawValue == String {
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
        list(name, of: Self.shape { _ = body(&$0) }, upTo: limit) { fields, value, name in
            fields.object(value, name, body)
        }
    }

    /// A nested object, read by `body`.
    package mutating func object<Value>(_ name: String, _ body: (inout JSONFields) -> Value) -> Value? {
        note(name, Self.shape { _ = body(&$0) })
        guard let value = value(name) else { return nil }
        return object(value, name, body)
    }

    private mutating func object<Value>(
        _ value: JSONValue,
        _ name: String,
        _ body: (inout JSONFields) -> Value
    ) -> Value? {
        guard case .object(let members) = value else { return invalidType(name, "object") }
        var nested = JSONFields(members, path: "\(parameter(name)).")
        let result = body(&nested)
        nested.noteUnknown()
        adopt(nested, of: name)
        return result
    }
}

extension ParameterFaultCode {
    /// What is wrong with a text of one line, not blank and of at most `limit` characters; nil: nothing.
    package init?(ofLine text: String, upTo limit: Int) {
        let scalars = text.unicodeScalars
        if scalars.contains(where: \.isControl) {
            self = .invalidFormat
        } else if scalars.allSatisfy(\.isInvisible) {
            self = .blank
        } else if scalars.count > limit {
            // Scalars are what PostgreSQL counts, and never fewer than the characters a person counts.
            self = .tooLong
        } else {
            return nil
        }
    }
}

extension Unicode.Scalar {
    /// U+0000–U+001F and U+007F–U+009F.
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

    /// Nothing a reader would see: a name of these alone looks empty.
    fileprivate var isInvisible: Bool { properties.isWhitespace || properties.isDefaultIgnorableCodePoint }
}
