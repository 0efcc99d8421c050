import Shared

extension QueryFields {
    private static let longestFilter = 200

    /// An instant with its offset.
    mutating func instant(_ name: String) -> Instant? {
        note(name, .instant)
        guard let text = text(name) else { return nil }
        guard let instant = try? Instant(iso8601: text) else {
            fault(name, .invalidTime, limit: "YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
        return instant
    }

    /// A text to look for, of up to 200 characters, none of them a control character.
    mutating func filterText(_ name: String) -> String? {
        note(name, .text(upTo: Self.longestFilter))
        guard let text = text(name) else { return nil }
        let isPrinted = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !text.isEmpty, isPrinted else {
            fault(name, text.isEmpty ? .blank : .invalidFormat)
            return nil
        }
        guard text.unicodeScalars.count <= Self.longestFilter else {
            fault(name, .tooLong, limit: String(Self.longestFilter))
            return nil
        }
        return text
    }
}
