/// Where a page of detections ends, newest first: `<microseconds since 1970>-<detection id>`.
package struct DetectionCursor: Hashable, Sendable {
    package var detectedAt: Instant
    package var id: Int64

    package init(detectedAt: Instant, id: Int64) {
        self.detectedAt = detectedAt
        self.id = id
    }

    /// Nil for a text that is no cursor.
    package init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = Int64(parts[1]),
            (0...Instant.last.microseconds).contains(microseconds), id > 0
        else { return nil }
        self.init(detectedAt: Instant(microseconds: microseconds), id: id)
    }

    package var text: String { "\(detectedAt.microseconds)-\(id)" }
}
