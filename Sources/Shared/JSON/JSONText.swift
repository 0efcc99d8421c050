/// A string or key of a JSON text: valid UTF-8 without NUL, its escapes resolved. Where such an escape is only counted,
/// U+FFFD stands for it.
///
/// Without escapes it is a part of the text itself and nothing is copied. Two are equal when their bytes are.
package struct JSONText: Hashable, Sendable {
    package let utf8: ArraySlice<UInt8>

    /// `utf8` is valid UTF-8.
    init(utf8: ArraySlice<UInt8>) {
        self.utf8 = utf8
    }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package static func == (left: JSONText, right: JSONText) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        utf8.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Whether this is the ASCII text `name`.
    package static func == (text: JSONText, name: StaticString) -> Bool {
        name.withUTF8Buffer { text.utf8.count == $0.count && text.utf8.elementsEqual($0) }
    }

    /// Lets keys be told apart by `switch`.
    package static func ~= (name: StaticString, text: JSONText) -> Bool {
        text == name
    }
}
