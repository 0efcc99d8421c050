import Shared

/// Writes shapes as JSON Schema (2020-12). Named ones are written as references and kept, to be told once.
struct SchemaWriter {
    /// Bodies of requests take no other members than those named; answers may get more.
    enum Direction: Sendable {
        case request
        case answer
    }

    struct Named: Sendable {
        var name: String
        var shape: JSONShape
        var direction: Direction
    }

    /// In the order they were met.
    private(set) var named: [Named] = []

    mutating func write(_ shape: JSONShape, _ direction: Direction, to json: inout JSONWriter) {
        json.object { json in members(of: shape, direction, orNull: false, nil, to: &json) }
    }

    private mutating func members(
        of shape: JSONShape, _ direction: Direction, orNull: Bool, _ description: String?, to json: inout JSONWriter
    ) {
        switch shape {
        case .described(let text, let inner):
            return members(of: inner, direction, orNull: orNull, text, to: &json)
        case .optional(let inner):
            return members(of: inner, direction, orNull: orNull, description, to: &json)
        case .orNull(let inner):
            return members(of: inner, direction, orNull: true, description, to: &json)
        case .named(let name, let inner):
            keep(Named(name: name, shape: inner, direction: direction))
            writeReference(to: name, orNull: orNull, to: &json)
        case .either(let choices):
            json.key("anyOf")
            json.array { json in
                for choice in choices { write(choice, direction, to: &json) }
                if orNull { Self.writeNull(to: &json) }
            }
        case .all(let parts):
            json.key("allOf")
            json.array { json in
                for part in parts { write(part, direction, to: &json) }
            }
        case .any: break
        case .text(let text):
            Self.writeType("string", orNull: orNull, to: &json)
            if let format = text.format { json.field("format", format) }
            if let pattern = text.pattern { json.field("pattern", pattern) }
            if let lengths = text.lengths { Self.write(lengths, "minLength", "maxLength", to: &json) }
            if let example = text.example {
                json.key("examples")
                json.array { $0.value(example) }
            }
        case .integer(let range):
            Self.writeType("integer", orNull: orNull, to: &json)
            if range.lowerBound != .min { json.field("minimum", range.lowerBound) }
            if range.upperBound != .max { json.field("maximum", range.upperBound) }
        case .number(let range):
            Self.writeType("number", orNull: orNull, to: &json)
            if range.lowerBound.isFinite { json.field("minimum", range.lowerBound) }
            if range.upperBound.isFinite { json.field("maximum", range.upperBound) }
        case .boolean: Self.writeType("boolean", orNull: orNull, to: &json)
        case .words(let words):
            Self.writeType("string", orNull: orNull, to: &json)
            json.key("enum")
            json.array { json in
                for word in words { json.value(word) }
                if orNull { json.null() }
            }
        case .list(let list):
            Self.writeType("array", orNull: orNull, to: &json)
            json.key("items")
            write(list.element, direction, to: &json)
            if let lengths = list.lengths { Self.write(lengths, "minItems", "maxItems", to: &json) }
            if list.isDistinct { json.field("uniqueItems", true) }
        case .map(let value):
            Self.writeType("object", orNull: orNull, to: &json)
            json.key("additionalProperties")
            write(value, direction, to: &json)
        case .object(let object):
            Self.writeType("object", orNull: orNull, to: &json)
            write(object, direction, to: &json)
        }
        if let description { json.field("description", description) }
    }

    private mutating func write(_ object: [JSONShape.Member], _ direction: Direction, to json: inout JSONWriter) {
        json.key("properties")
        json.object { json in
            for member in object {
                json.key(dynamic: member.name)
                json.object { json in
                    members(
                        of: member.shape, direction, orNull: false, FieldTexts.text(of: member.name), to: &json)
                }
            }
        }
        let required = object.filter(\.isRequired)
        if !required.isEmpty {
            json.key("required")
            json.array { json in
                for member in required { json.value(member.name) }
            }
        }
        switch direction {
        case .request: json.field("additionalProperties", false)
        case .answer: break
        }
    }

    private mutating func keep(_ new: Named) {
        guard let known = named.first(where: { $0.name == new.name }) else { return named.append(new) }
        precondition(
            known.shape == new.shape && known.direction == new.direction, "two shapes are named \(new.name)")
    }

    private func writeReference(to name: String, orNull: Bool, to json: inout JSONWriter) {
        let reference = "#/components/schemas/\(name)"
        guard orNull else { return json.field("$ref", reference) }
        json.key("anyOf")
        json.array { json in
            json.object { $0.field("$ref", reference) }
            Self.writeNull(to: &json)
        }
    }

    private static func writeType(_ type: String, orNull: Bool, to json: inout JSONWriter) {
        guard orNull else { return json.field("type", type) }
        json.key("type")
        json.array { json in
            json.value(type)
            json.value("null")
        }
    }

    private static func writeNull(to json: inout JSONWriter) {
        json.object { $0.field("type", "null") }
    }

    private static func write(
        _ lengths: ClosedRange<Int>, _ least: StaticString, _ most: StaticString, to json: inout JSONWriter
    ) {
        if lengths.lowerBound > 0 { json.field(least, lengths.lowerBound) }
        if lengths.upperBound != .max { json.field(most, lengths.upperBound) }
    }
}
