/// Reads the members of an object of a request by name, and keeps every fault it meets, so that a client learns all of
/// them at once.
///
/// Each reading returns a value even after a fault, so that reading goes on; `finish` throws if there was any, so that
/// no value read after a fault is ever used. A member that is null counts as missing.
package struct JSONFields {
    /// More are not kept: the answer to a body made of nothing but faults stays small.
    package static let maximumFaults = 1_000

    private let members: [JSONMember]
    /// Of each member.
    private var isAsked: [Bool]
    private let path: String
    private var found: [PlacedFault] = []
    /// The fields asked for and what they take, where nothing is read but only described; else nil.
    var described: [JSONShape.Member]?

    /// A fault and where its field stands in the body: index of the member, then of the element, and so on inward.
    private struct PlacedFault {
        var position: [Int]
        var fault: ParameterFault
    }

    package init(_ members: [JSONMember], path: String = "") {
        self.members = members
        self.path = path
        isAsked = Array(repeating: false, count: members.count)
    }

    /// The object a body consists of.
    ///
    /// - Throws: `invalidJSON` when the bytes are no JSON, `invalid` when they are no object.
    package init(body: [UInt8]) throws(Fault) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.value(of: body)
        } catch {
            throw Fault(error)
        }
        guard case .object(let members) = value else { throw .invalid("body", .invalidType, limit: "object") }
        self.init(members)
    }

    /// The same of bytes that need not outlive the call.
    package init(body: UnsafeRawBufferPointer) throws(Fault) {
        try self.init(body: Array(body))
    }

    /// The full name of a field, as faults give it.
    package func parameter(_ name: String) -> String { path + name }

    /// The member of that name as it is; nil when it is missing or null.
    package mutating func value(_ name: String) -> JSONValue? {
        guard let index = ask(name) else { return nil }
        let value = members[index].value
        return value == .null ? nil : value
    }

    /// Whether there is a member of that name, null or not: where leaving out and emptying are two things.
    package mutating func isGiven(_ name: String) -> Bool {
        ask(name) != nil
    }

    /// Notes that there may be members of that name.
    ///
    /// - Returns: the index of the first.
    private mutating func ask(_ name: String) -> Int? {
        noteAsked(name)
        var first: Int?
        for index in members.indices where members[index].key == name {
            isAsked[index] = true
            if first == nil { first = index }
        }
        return first
    }

    /// How many elements an array has; 0 where there is none.
    package func count(of name: String) -> Int {
        guard case .array(let values) = members.first(where: { $0.key == name })?.value else { return 0 }
        return values.count
    }

    /// What `value` holds; where it is nil, `standIn`, and the field is missing unless a fault of it is known.
    package mutating func required<Value>(_ value: Value?, _ name: String, _ standIn: Value) -> Value {
        noteRequired(name)
        if let value { return value }
        if !hasFault(name) { fault(name, .required) }
        return standIn
    }

    // MARK: Faults

    /// Notes a fault of the field `name`, or of an element such as `days[2]`.
    package mutating func fault(_ name: String, _ code: ParameterFaultCode, limit: String? = nil) {
        guard found.count < Self.maximumFaults else { return }
        let fault = ParameterFault(parameter: parameter(name), code: code, limit: limit)
        found.append(PlacedFault(position: position(of: name), fault: fault))
    }

    /// Whether a fault of that field, or of anything in it, is known.
    package func hasFault(_ name: String) -> Bool {
        let full = parameter(name)
        return found.contains { placed in
            let parameter = placed.fault.parameter
            guard parameter.hasPrefix(full) else { return false }
            let rest = parameter.utf8.dropFirst(full.utf8.count).first
            return rest == nil || rest == UInt8(ascii: "[") || rest == UInt8(ascii: ".")
        }
    }

    /// The faults found so far in the order of the body, the first of each parameter; what is missing comes last.
    package var faults: [ParameterFault] {
        var parameters: Set<String> = []
        return sorted().map(\.fault).filter { parameters.insert($0.parameter).inserted }
    }

    /// Adds a fault for every member nobody has asked for, and throws when there is any fault.
    package mutating func finish() throws(Fault) {
        noteUnknown()
        if !found.isEmpty { throw .invalid(faults) }
    }

    /// Adds a fault for every member nobody has asked for. Names too long for any field are cut.
    mutating func noteUnknown() {
        for (index, member) in members.enumerated() where !isAsked[index] {
            guard found.count < Self.maximumFaults else { return }
            let fault = ParameterFault(parameter: parameter(String(member.key.prefix(100))), code: .unknownField)
            found.append(PlacedFault(position: [index], fault: fault))
        }
    }

    /// Takes over the faults of an object inside this one, which is `name` or an element of it.
    mutating func adopt(_ nested: JSONFields, of name: String) {
        let position = position(of: name)
        for placed in nested.sorted() where found.count < Self.maximumFaults {
            found.append(PlacedFault(position: position + placed.position, fault: placed.fault))
        }
    }

    private func sorted() -> [PlacedFault] {
        // The library's sort is stable in fact but not by promise, so the order of noting decides between equals.
        found.enumerated().sorted { left, right in
            if left.element.position == right.element.position { return left.offset < right.offset }
            return left.element.position.lexicographicallyPrecedes(right.element.position)
        }.map(\.element)
    }

    /// `days[2]` stands at the index of the member `days`, then 2.
    private func position(of name: String) -> [Int] {
        let parts = name.split(separator: "[", maxSplits: 1)
        let key = parts.first.map(String.init) ?? name
        let member = members.firstIndex { $0.key == key } ?? .max
        guard parts.count == 2, let element = Int(parts[1].prefix { $0 != "]" }) else { return [member] }
        return [member, element]
    }
}
