import Shared

/// Where the rows of a file stand, in the order of time, and which of them are tried together.
///
/// The figures of a day depend on when its line was active around it, so a window of days is tried with the rows beside it.
struct TrialWindows {
    /// A row that is sent.
    struct Entry {
        /// Microseconds.
        let instant: Int64
        /// The local date, as days since 1970.
        let day: Int
        let origin: ImportPart.Origin
    }

    /// Days that are tried at once.
    struct Window {
        let days: ClosedRange<LocalDate>
        /// Rows of these days.
        var entries: [Entry] = []
        /// Rows of other days, which only show when the line was active.
        var context: [Entry] = []
    }

    private static let mostDays = 31
    /// A window of several days ends before the day with which it would have more.
    private static let mostRows = 300_000
    /// So many rows beside a window show where a stop over its edge begins and ends: it would have to be one of as many lone
    /// units to reach further.
    private static let contextRows = 1_000

    private var lines: [LineID: [Entry]] = [:]

    mutating func add(_ entry: Entry, of line: LineID) {
        lines[line, default: []].append(entry)
    }

    /// Calls `body` with every window of each line from its first day to its last, days without rows included.
    mutating func visit(_ body: (Window) async throws -> Void) async throws {
        for line in lines.keys.sorted() {
            guard let entries = lines.removeValue(forKey: line)?.sorted(by: { $0.instant < $1.instant }) else {
                continue
            }
            try await Self.visit(entries, body)
        }
    }

    private static func visit(_ entries: [Entry], _ body: (Window) async throws -> Void) async throws {
        guard let earliest = entries.first, let end = entries.last?.day else { return }
        var first = earliest.day
        while first <= end {
            let start = place(of: first, in: entries)
            var last = min(end, first + mostDays - 1)
            if start + mostRows < entries.count { last = min(last, max(first, entries[start + mostRows].day - 1)) }
            let next = place(of: last + 1, in: entries)
            var window = Window(
                days: LocalDate(dayNumber: first)...LocalDate(dayNumber: last), entries: Array(entries[start..<next]))
            // The first of all: the line may be in commission since then.
            if start > contextRows { window.context.append(earliest) }
            window.context += entries[max(0, start - contextRows)..<start]
            window.context += entries[next..<min(entries.count, next + contextRows)]
            try await body(window)
            first = last + 1
        }
    }

    /// The index of the first entry of a day or a later one.
    private static func place(of day: Int, in entries: [Entry]) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].day < day { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
