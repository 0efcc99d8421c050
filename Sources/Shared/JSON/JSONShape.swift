/// What a value of JSON may be: what a field of a request takes, or what a member of an answer holds. The documentation is
/// written from these.
package indirect enum JSONShape: Hashable, Sendable {
    case any
    case text(Text)
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case boolean
    /// One of a closed list of texts.
    case words([String])
    case list(List)
    case object([Member])
    /// An object with any names, all of whose values are of one shape.
    case map(JSONShape)
    case either([JSONShape])
    /// What is of each of these shapes.
    case all([JSONShape])
    case orNull(JSONShape)
    /// A member of an answer that may be missing.
    case optional(JSONShape)
    /// A shape that is told once, by its name; a name stands for one shape.
    case named(String, JSONShape)
    case described(String, JSONShape)

    package struct Text: Hashable, Sendable {
        /// As JSON Schema names formats, e.g. `date-time`.
        package var format: String?
        /// A regular expression of ECMA 262.
        package var pattern: String?
        /// Characters.
        package var lengths: ClosedRange<Int>?
        /// One that fits, where that takes knowing.
        package var example: String?

        package init(
            format: String? = nil, pattern: String? = nil, lengths: ClosedRange<Int>? = nil, example: String? = nil
        ) {
            self.format = format
            self.pattern = pattern
            self.lengths = lengths
            self.example = example
        }
    }

    package struct List: Hashable, Sendable {
        package var element: JSONShape
        /// Elements.
        package var lengths: ClosedRange<Int>?
        package var isDistinct = false
    }

    package struct Member: Hashable, Sendable {
        package var name: String
        package var shape: JSONShape
        package var isRequired: Bool

        package init(_ name: String, _ shape: JSONShape, isRequired: Bool) {
            self.name = name
            self.shape = shape
            self.isRequired = isRequired
        }
    }
}

/// Short forms of what occurs often.
extension JSONShape {
    package static let text = JSONShape.text(Text())
    /// An instant with offset.
    package static let instant = JSONShape.text(Text(format: "date-time"))
    package static let date = JSONShape.text(Text(format: "date"))
    /// `HH:MM`.
    package static let timeOfDay = JSONShape.text(Text(pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$", example: "06:00"))
    /// The number of an object.
    package static let id = JSONShape.integer(1...Int64(Int32.max))
    package static let count = JSONShape.integer(0...Int64.max)
    package static let integer = JSONShape.integer(Int64.min...Int64.max)
    package static let number = JSONShape.number(-.infinity ... .infinity)
    /// Seconds, with a fraction where they are not whole.
    package static let seconds = JSONShape.number(0 ... .infinity)
    /// 0 to 1.
    package static let ratio = JSONShape.number(0...1)

    package static func text(upTo limit: Int) -> JSONShape { .text(Text(lengths: 1...limit)) }
    package static func text(pattern: String, example: String) -> JSONShape {
        .text(Text(pattern: pattern, example: example))
    }
    package static func list(_ element: JSONShape, upTo limit: Int? = nil) -> JSONShape {
        .list(List(element: element, lengths: limit.map { 0...$0 }))
    }
    package static func list(_ element: JSONShape, lengths: ClosedRange<Int>, isDistinct: Bool = false) -> JSONShape {
        .list(List(element: element, lengths: lengths, isDistinct: isDistinct))
    }

    /// The raw values of a closed enum.
    package static func words<Word: RawRepresentable & CaseIterable>(of type: Word.Type) -> JSONShape
    where Word.RawValue == String {
        .words(type.allCases.map(\.rawValue))
    }

    /// An object of an answer: each member is there unless it is `optional`.
    package static func object(_ members: KeyValuePairs<String, JSONShape>) -> JSONShape {
        .object(
            members.map { name, shape in
                guard case .optional(let inner) = shape else { return Member(name, shape, isRequired: true) }
                return Member(name, inner, isRequired: false)
            })
    }

    /// The same shape or null.
    package var orNull: JSONShape { .orNull(self) }

    /// The same object with more members.
    package func with(_ more: JSONShape) -> JSONShape {
        switch (self, more) {
        case (.object(let own), .object(let others)): .object(own + others)
        case (.named(_, let own), _): own.with(more)
        case (_, .named(_, let others)): with(others)
        default: self
        }
    }

    package func described(_ text: String) -> JSONShape { .described(text, self) }
    package func named(_ name: String) -> JSONShape { .named(name, self) }
}
