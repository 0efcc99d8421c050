import Shared

extension QueryFields {
    /// How much a page of any list holds: 100 unless asked otherwise, 1 000 at most.
    mutating func limit() -> UInt16 {
        UInt16(integer("limit", in: 1...1_000) ?? 100)
    }

    /// Where the page before ended, in a list with the newest first; nil for the first page.
    mutating func newestFirstCursor() -> NewestFirstCursor? {
        note("cursor", .text(pattern: "^[0-9]{1,18}-[1-9][0-9]{0,17}$", example: "1772604000000000-1"))
        guard let text = text("cursor") else { return nil }
        guard let cursor = NewestFirstCursor(parsing: text) else {
            fault("cursor", .invalidFormat)
            return nil
        }
        return cursor
    }
}
