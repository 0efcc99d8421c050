import Shared

/// A day of a line, on the clock of its plant.
struct LineDate: Hashable, Comparable, Sendable {
    let line: LineID
    let date: LocalDate

    static func < (left: LineDate, right: LineDate) -> Bool {
        left.line == right.line ? left.date < right.date : left.line < right.line
    }
}

/// What a file holds, found by reading all of it once before anything is sent.
struct FileSurvey {
    /// SHA-256 of the file, as hexadecimal digits.
    private(set) var digest = ""
    private(set) var rows = 0
    /// Rows that will be sent, by day; those of unknown lines and without a time are in none.
    private(set) var days: [LineDate: Int] = [:]
    private(set) var first: Instant?
    private(set) var last: Instant?
    /// Of the file that was read.
    let state: FileState

    /// - Parameter report: told of the rows so far.
    init(
        of path: String, _ reading: FileRows.Reading, _ directory: LineDirectory, report: (Int) -> Void
    ) throws {
        state = try FileState(of: path)
        var source = try FileRows(path: path, reading)
        while let row = try source.next() {
            rows += 1
            if rows.isMultiple(of: 10_000) { report(rows) }
            guard case .translated(let translated, _) = row, let instant = translated.instant else { continue }
            first = min(first ?? instant, instant)
            last = max(last ?? instant, instant)
            if let day = directory.day(of: translated) { days[day, default: 0] += 1 }
        }
        digest = source.records.digestText
    }
}

extension LineDirectory {
    /// The day that a row is of; nil when its line or time is none.
    func day(of translated: RowTranslation.Translated) -> LineDate? {
        guard let instant = translated.instant, let line = line(of: translated.row) else { return nil }
        return LineDate(line: line.id, date: line.zone.date(of: instant))
    }
}
