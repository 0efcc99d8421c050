package import Shared

/// Texts and forms of figures in one language.
package struct Localisation: Sendable {
    package let language: LanguageCode
    let tree: TextTree

    /// The text, with `{name}` replaced by the values given.
    package func text(_ key: TextKey, _ values: KeyValuePairs<String, String> = [:]) -> String {
        var text = tree.texts[key.rawValue] ?? ""
        for (name, value) in values {
            text = text.replacing("{\(name)}", with: value)
        }
        return text
    }

    /// What stands before and after `{name}`, for a value that needs an element of its own.
    func halves(_ key: TextKey, around name: String) -> (before: String, after: String) {
        let text = text(key)
        guard let range = text.firstRange(of: "{\(name)}") else { return (text, "") }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    /// "1 stop", "3 stops".
    func count(_ number: Int, one: TextKey, other: TextKey) -> String {
        text(number == 1 ? one : other, ["n": integer(Double(number))])
    }
}
