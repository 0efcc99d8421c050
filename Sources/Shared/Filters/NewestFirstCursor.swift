/// Where a page of what is listed newest first ends: `<microseconds since 1970>-<id>`, the id telling apart what has the
/// same instant.
package struct NewestFirstCursor: Hashable, Sendable {
    package var instant: Instant
    /// Of a detection its own, of a stop that of its line.
    package var id: Int64

    package init(instant: Instant, id: Int64) {
        self.instant = instant
        self.id = id
    }

    /// Nil for a text that is no cursor.
    package init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = Int64(parts[1]),
            (0...Instant.last.microseconds).contains(microseconds), id > 0
        else { return nil }
        self.init(instant: Instant(microseconds: microseconds), id: id)
    }

    package var text: String { "\(instant.microseconds)-\(id)" }
}
