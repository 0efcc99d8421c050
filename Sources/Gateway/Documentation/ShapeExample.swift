import Shared

/// A value of a shape that shows what it looks like: of an object its required members.
enum ShapeExample {
    static func json(_ shape: JSONShape) -> String {
        var json = JSONWriter()
        json.value(value(of: shape))
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// As it stands in an address.
    static func plain(_ shape: JSONShape) -> String {
        switch value(of: shape) {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): number.description
        case .bool(let flag): flag ? "true" : "false"
        case .array(let values): values.isEmpty ? "" : "1"
        case .null, .object: ""
        }
    }

    private static func value(of shape: JSONShape) -> JSONValue {
        switch shape {
        case .any: .object([])
        case .text(let text): .string(self.text(text))
        case .integer(let range): .integer(max(range.lowerBound, min(1, range.upperBound)))
        case .number(let range): .number(max(range.lowerBound, min(1, range.upperBound)))
        case .boolean: .bool(true)
        case .words(let words): .string(words.first ?? "")
        case .list(let list): .array([value(of: list.element)])
        case .object(let members):
            .object(members.filter(\.isRequired).map { JSONMember(key: $0.name, value: value(of: $0.shape)) })
        case .map: .object([])
        case .either(let choices), .all(let choices): choices.first.map(value) ?? .null
        case .orNull(let inner), .optional(let inner), .named(_, let inner), .described(_, let inner):
            value(of: inner)
        }
    }

    private static func text(_ text: JSONShape.Text) -> String {
        switch text.format {
        case "date-time": "2026-03-04T06:00:00Z"
        case "date": "2026-03-04"
        default: text.example ?? "text"
        }
    }
}
