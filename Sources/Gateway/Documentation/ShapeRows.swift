import Shared

/// A shape as a list of its members, those of nested objects under the path of theirs, for a page.
struct ShapeRows {
    struct Row {
        /// `breaks[].start_time`
        let name: String
        let type: [Part]
        let isRequired: Bool
        let text: String
    }

    /// A piece of what a type is called; with the name of a schema where it is one.
    struct Part {
        let text: String
        var schema: String?
    }

    private(set) var rows: [Row] = []

    init(_ shape: JSONShape) {
        add(shape, at: "")
    }

    private mutating func add(_ shape: JSONShape, at path: String) {
        switch shape {
        case .object(let members):
            for member in members {
                rows.append(
                    Row(
                        name: path + member.name,
                        type: Self.type(of: member.shape),
                        isRequired: member.isRequired,
                        text: Self.description(of: member.shape) ?? FieldTexts.text(of: member.name) ?? ""
                    ))
                add(member.shape, at: path + member.name + ".")
            }
        case .list(let list): add(list.element, at: path.dropLast() + "[].")
        case .described(_, let inner), .optional(let inner), .orNull(let inner): add(inner, at: path)
        case .either(let choices), .all(let choices):
            for choice in choices { add(choice, at: path) }
        case .any, .text, .integer, .number, .boolean, .words, .map, .named: break
        }
    }

    private static func description(of shape: JSONShape) -> String? {
        switch shape {
        case .described(let text, _): text
        case .optional(let inner), .orNull(let inner): description(of: inner)
        case .any, .text, .integer, .number, .boolean, .words, .list, .object, .map, .either, .all, .named: nil
        }
    }

    // MARK: Types

    /// What a shape is called.
    static func type(of shape: JSONShape) -> [Part] {
        switch shape {
        case .any: [Part(text: "any")]
        case .text(let text): [Part(text: name(of: text))]
        case .integer(let range): [Part(text: "integer" + limits(range))]
        case .number(let range): [Part(text: "number" + limits(range))]
        case .boolean: [Part(text: "true or false")]
        case .words(let words): [Part(text: words.joined(separator: " | "))]
        case .list(let list):
            [Part(text: list.isDistinct ? "list of different " : "list of ")] + type(of: list.element)
                + [Part(text: limits(list.lengths))]
        case .object: [Part(text: "object")]
        case .map(let value): [Part(text: "object of ")] + type(of: value)
        case .either(let choices): Array(choices.map(type).joined(separator: [Part(text: " or ")]))
        case .all(let parts): Array(parts.map(type).joined(separator: [Part(text: " and ")]))
        case .orNull(let inner): type(of: inner) + [Part(text: " or null")]
        case .optional(let inner), .described(_, let inner): type(of: inner)
        case .named(let name, _): [Part(text: name, schema: name)]
        }
    }

    private static func name(of text: JSONShape.Text) -> String {
        switch text.format {
        case "date-time": "instant"
        case let format?: format
        case nil: "text" + (text.lengths.map { limits($0) } ?? "") + (text.example.map { ", as \($0)" } ?? "")
        }
    }

    private static func limits(_ range: ClosedRange<Int64>) -> String {
        let least = range.lowerBound == .min ? "" : String(range.lowerBound)
        let most = range.upperBound == .max ? "" : String(range.upperBound)
        return least.isEmpty && most.isEmpty ? "" : " \(least)…\(most)"
    }

    private static func limits(_ range: ClosedRange<Double>) -> String {
        func text(_ bound: Double) -> String {
            bound.isFinite ? Int64(exactly: bound).map(String.init) ?? bound.description : ""
        }
        let (least, most) = (text(range.lowerBound), text(range.upperBound))
        return least.isEmpty && most.isEmpty ? "" : " \(least)…\(most)"
    }

    private static func limits(_ lengths: ClosedRange<Int>?) -> String {
        guard let lengths else { return "" }
        return " (\(lengths.lowerBound)…\(lengths.upperBound == .max ? "" : String(lengths.upperBound)))"
    }
}
