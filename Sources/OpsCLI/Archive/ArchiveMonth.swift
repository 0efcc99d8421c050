import Foundation

/// A month of UTC, as `2026-03`.
struct ArchiveMonth: Hashable, Comparable, CustomStringConvertible {
    let year: Int32
    let month: Int32

    init(year: Int32, month: Int32) {
        self.year = year
        self.month = month
    }

    /// Nil when it is not `YYYY-MM` of 1970 or later.
    init?(_ text: String) {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})/), let year = Int32(match.1),
            let month = Int32(match.2), year >= 1970, (1...12).contains(month)
        else { return nil }
        self.init(year: year, month: month)
    }

    var description: String { String(format: "%04d-%02d", year, month) }

    var next: ArchiveMonth {
        month == 12 ? ArchiveMonth(year: year + 1, month: 1) : ArchiveMonth(year: year, month: month + 1)
    }

    static func < (first: ArchiveMonth, second: ArchiveMonth) -> Bool {
        (first.year, first.month) < (second.year, second.month)
    }
}
