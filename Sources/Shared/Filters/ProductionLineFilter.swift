/// The lines a question is about.
package enum LineSelection: Hashable, Sendable {
    /// Those that were commissioned at some time of the period.
    case all
    /// At least one, none twice.
    case some([LineID])
    /// The lines of a named group.
    case group(LineGroupID)

    /// The one line asked for by its id.
    package var single: LineID? {
        switch self {
        case .some(let lines): lines.count == 1 ? lines.first : nil
        case .all, .group: nil
        }
    }
}

/// ProductionLineFilter: an id, `all`, or `group_<filter>_<n>`.
///
/// `<n>` is the number of a group of lines and `<filter>` a word of letters and digits, the name of the filter it is
/// offered by.
package enum ProductionLineFilter {
    /// What an id may be: positive and no larger than the database's integers.
    private static let ids: ClosedRange<Int64> = 1...Int64(Int32.max)

    /// What `line_id` takes.
    package static let shape = JSONShape.either([.id, word])
    /// What it takes beside an id.
    package static let word = JSONShape.text(pattern: "^(all|group_[A-Za-z0-9]+_[1-9][0-9]{0,9})$", example: "all")

    /// Reads `line_id`; missing means all.
    package static func read(_ fields: inout JSONFields) -> LineSelection {
        let name = FilterKind.productionLine.parameter
        fields.note(name, shape)
        switch fields.value(name) {
        case nil:
            return .all
        case .integer(let number) where ids.contains(number):
            return .some([LineID(number)])
        case .string(let text):
            if text == "all" { return .all }
            if let group = group(text) { return .group(group) }
            fields.fault(name, .unknownLine)
        case .integer:
            fields.fault(name, .unknownLine)
        case .bool, .number, .array, .object, .null:
            fields.fault(name, .invalidType, limit: "integer, all, group_<filter>_<n>")
        }
        return .all
    }

    /// The selection that the values of a repeated parameter of a query mean; nil when one of them is none, or when
    /// `all` or a group does not stand alone.
    package static func selection(of values: [String]) -> LineSelection? {
        guard let first = values.first else { return .all }
        if values.count == 1 {
            if first == "all" { return .all }
            if let group = group(first) { return .group(group) }
        }
        var lines: [LineID] = []
        for value in values {
            guard let number = number(value) else { return nil }
            if !lines.contains(LineID(number)) { lines.append(LineID(number)) }
        }
        return .some(lines)
    }

    /// What a group is asked for by.
    package static func text(of group: LineGroupID) -> String { "group_line_\(group)" }

    private static func group(_ text: String) -> LineGroupID? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "group", !parts[1].isEmpty,
            parts[1].utf8.allSatisfy({ byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            })
        else { return nil }
        return number(parts[2]).map { LineGroupID($0) }
    }

    private static func number(_ text: some StringProtocol) -> Int64? {
        guard let number = Int64(plain: text), ids.contains(number) else { return nil }
        return number
    }
}
