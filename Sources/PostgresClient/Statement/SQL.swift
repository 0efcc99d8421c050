/// SQL text with its bound values, written as one string literal.
///
/// Text comes from the source code alone: interpolating a value binds it as `$n`, interpolating an `Identifier`
/// writes it in quotes, and nothing else can be interpolated. A `String` at run time cannot become text.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The text as sent, values replaced by `$1`, `$2`, ….
    package private(set) var text: String
    /// The bound values in order.
    package private(set) var parameters: [Parameter]

    package init(stringLiteral value: StaticString) {
        self.text = value.description
        self.parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
        self.parameters = stringInterpolation.parameters
    }

    init(text: StaticString, parameters: [Parameter]) {
        self.text = text.description
        self.parameters = parameters
    }

    /// The same text behind one of the source code.
    func prefixed(by prefix: StaticString) -> SQL {
        var prefixed = self
        prefixed.text = prefix.description + text
        return prefixed
    }

    /// Gathers the pieces of the literal; its text pieces are `StaticString`, which only the compiler can make.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var text: String
        fileprivate var parameters: [Parameter]

        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + 4 * interpolationCount)
            parameters = []
            parameters.reserveCapacity(interpolationCount)
        }

        /// Text of the source code.
        package mutating func appendLiteral(_ literal: StaticString) {
            text += literal.description
        }

        /// A value, bound.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            appendInterpolation(Parameter(value))
        }

        /// A value or null, bound.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            appendInterpolation(Parameter(value))
        }

        /// An array with nulls, bound.
        package mutating func appendInterpolation<Value: PostgresArrayElement>(_ elements: [Value?]) {
            appendInterpolation(Parameter(elements))
        }

        /// A parameter, bound.
        package mutating func appendInterpolation(_ parameter: Parameter) {
            parameters.append(parameter)
            text += "$\(parameters.count)"
        }

        /// A checked name, written in quotes.
        package mutating func appendInterpolation(_ identifier: Identifier) {
            text += identifier.description
        }

        /// Checked names, each in quotes, separated by commas.
        package mutating func appendInterpolation(_ identifiers: [Identifier]) {
            text += identifiers.map(\.description).joined(separator: ", ")
        }
    }
}
