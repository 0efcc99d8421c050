import Foundation
import Shared

/// Names and values of a query or form, decoded, in their order.
struct QueryItems: Sendable {
    private(set) var items: [(name: String, value: String)] = []
    /// The names of those whose values are no text: escapes that are none, or bytes that are not UTF-8.
    private(set) var unreadable: [String] = []

    init(_ text: some StringProtocol) {
        for part in text.split(separator: "&") {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // A name that is no text is nobody's, and is told as it came.
            let name = Self.decoded(pieces[0]) ?? String(pieces[0])
            if let value = Self.decoded(pieces.count > 1 ? pieces[1] : "") {
                items.append((name, value))
            } else {
                unreadable.append(name)
            }
        }
    }

    /// What is left without the parameters named.
    func without(_ names: Set<String>) -> QueryItems {
        var rest = self
        rest.items.removeAll { names.contains($0.name) }
        rest.unreadable.removeAll { names.contains($0) }
        return rest
    }

    /// Only the parameters named.
    func only(_ names: Set<String>) -> QueryItems {
        without(Set(items.map(\.name) + unreadable).subtracting(names))
    }

    var firstValues: [String: String] {
        Dictionary(items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    private static func decoded(_ text: some StringProtocol) -> String? {
        String(text).replacing("+", with: " ").removingPercentEncoding
    }
}

/// Reads the parameters of a query by name, and keeps every fault it meets.
struct QueryFields {
    private let items: [(name: String, value: String)]
    private let unreadable: [String]
    private var read: Set<String> = []
    private(set) var faults: [ParameterFault] = []
    /// The parameters asked for and what they take, where nothing is read but only described; else nil.
    var described: [JSONShape.Member]?

    init(_ query: String?) {
        let query = QueryItems(query ?? "")
        self.init(items: query.items, unreadable: query.unreadable)
    }

    init(_ query: QueryItems) {
        self.init(items: query.items, unreadable: query.unreadable)
    }

    init(items: [(name: String, value: String)], unreadable: [String]) {
        self.items = items
        self.unreadable = unreadable
    }

    mutating func values(_ name: String) -> [String] {
        read.insert(name)
        noteAsked(name)
        if unreadable.contains(name) { fault(name, .invalidFormat) }
        return items.filter { $0.name == name }.map(\.value)
    }

    /// Notes a fault; of each parameter the first is told.
    mutating func fault(_ name: String, _ code: ParameterFaultCode, limit: String? = nil) {
        guard !hasFault(name) else { return }
        faults.append(ParameterFault(parameter: name, code: code, limit: limit))
    }

    /// Whether a fault of that parameter is known.
    func hasFault(_ name: String) -> Bool {
        faults.contains { $0.parameter == name }
    }

    mutating func text(_ name: String) -> String? {
        note(name, .text)
        let values = values(name)
        if values.count > 1 { fault(name, .duplicateField) }
        return values.first
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        note(name, .integer(range))
        guard let text = text(name) else { return nil }
        guard let number = Int64(plain: text) else {
            fault(name, .invalidType, limit: "integer")
            return nil
        }
        guard range.contains(number) else {
            fault(name, .outOfRange, limit: "\(range.lowerBound)…\(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func bool(_ name: String) -> Bool? {
        note(name, .boolean)
        guard let text = text(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            fault(name, .invalidType, limit: "true, false")
            return nil
        }
    }

    mutating func identifier<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> ID? {
        note(name, .id)
        guard let text = text(name) else { return nil }
        guard let number = Int64(plain: text) else {
            fault(name, .invalidType, limit: "integer")
            return nil
        }
        guard (1...Int64(Int32.max)).contains(number) else {
            fault(name, .unknownID)
            return nil
        }
        return ID(number)
    }

    /// - Returns: `standIn` for one that is missing or faulty, which is then never asked with.
    mutating func requiredIdentifier<ID: NumericID>(_ name: String, standIn: ID) -> ID {
        noteRequired(name)
        if let id = identifier(name, as: ID.self) { return id }
        if !hasFault(name) { fault(name, .required) }
        return standIn
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        note(name, .words(of: type))
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            fault(name, .outOfRange, limit: Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return choice
    }

    /// The faults so far, with one for each parameter nobody asked for.
    mutating func allFaults() -> [ParameterFault] {
        do {
            try finish()
            return []
        } catch {
            return error.parameters
        }
    }

    /// - Throws: every fault at once, with one for each parameter nobody asked for.
    mutating func finish() throws(Fault) {
        var told: Set<String> = []
        for name in items.map(\.name) + unreadable
        where !read.contains(name) && told.insert(name).inserted {
            faults.append(ParameterFault(parameter: String(name.prefix(100)), code: .unknownField))
        }
        if !faults.isEmpty { throw .invalid(faults) }
    }
}
