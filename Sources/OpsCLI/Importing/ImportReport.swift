import Foundation
import Shared

/// What became of the rows of a file, and how that agrees with what the product counts.
struct ImportReport: Encodable {
    /// A day of a line. `rows` of the file are of it; `counted_before` and `counted_now` say what the product counted.
    struct Day: Encodable {
        let lineID: Int64
        let lineCode: String
        let date: String
        let rows: Int
        let rejected: Int
        let countedBefore: Int
        let countedNow: Int
        /// Counted now, less counted before, less the rows that were not rejected: less than zero by rows that were there
        /// before, more by what others sent meanwhile.
        let difference: Int

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case date
            case rows
            case rejected
            case countedBefore = "counted_before"
            case countedNow = "counted_now"
            case difference
        }
    }

    let file: String
    let sha256: String
    let rows: Int
    let stored: Int
    let duplicates: Int
    let rejected: Int
    /// Rows whose local time occurred twice; the first is taken.
    let repeatedLocalTimes: Int
    /// Rows that earlier runs had done; all of them where there was nothing left to do.
    let resumedAtRow: Int
    /// Nil: no row was rejected.
    let rejectsFile: String?
    let first: String?
    let last: String?
    /// Whether rows = stored + duplicates + rejected, and the counted days have grown by what was stored.
    let isBalanced: Bool
    let days: [Day]

    private enum CodingKeys: String, CodingKey {
        case file
        case sha256
        case rows
        case stored
        case duplicates
        case rejected
        case repeatedLocalTimes = "repeated_local_times"
        case resumedAtRow = "resumed_at_row"
        case rejectsFile = "rejects_file"
        case first
        case last
        case isBalanced = "is_balanced"
        case days
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(rows, forKey: .rows)
        try container.encode(stored, forKey: .stored)
        try container.encode(duplicates, forKey: .duplicates)
        try container.encode(rejected, forKey: .rejected)
        try container.encode(repeatedLocalTimes, forKey: .repeatedLocalTimes)
        try container.encode(resumedAtRow, forKey: .resumedAtRow)
        try container.encode(rejectsFile, forKey: .rejectsFile)
        try container.encode(first, forKey: .first)
        try container.encode(last, forKey: .last)
        try container.encode(isBalanced, forKey: .isBalanced)
        try container.encode(days, forKey: .days)
    }

    init(
        path: String, rejectsPath: String, survey: FileSurvey, journal: ImportJournal, resumedAt: Int,
        directory: LineDirectory, now: CountedDetections
    ) throws {
        let parts = journal.stored
        let before = try CountedDetections(journal.heading?.counted ?? [])
        let rejectedByDay = try Self.sums(of: parts)
        file = path
        sha256 = survey.digest
        rows = survey.rows
        stored = parts.reduce(0) { $0 + $1.stored }
        duplicates = parts.reduce(0) { $0 + $1.duplicates }
        rejected = parts.reduce(0) { $0 + $1.rejected }
        repeatedLocalTimes = parts.reduce(0) { $0 + $1.repeatedTimes }
        resumedAtRow = resumedAt
        rejectsFile = rejected > 0 ? rejectsPath : nil
        first = survey.first?.description
        last = survey.last?.description
        days = survey.days.keys.sorted().map { day in
            let rows = survey.days[day] ?? 0
            let (own, counted) = (rejectedByDay[day] ?? 0, now.days[day] ?? 0)
            let earlier = before.days[day] ?? 0
            return Day(
                lineID: day.line.rawValue, lineCode: directory.line(day.line)?.code ?? "",
                date: day.date.description, rows: rows, rejected: own, countedBefore: earlier, countedNow: counted,
                difference: counted - earlier - (rows - own))
        }
        let grown = days.reduce(0) { $0 + $1.countedNow - $1.countedBefore }
        isBalanced = rows == stored + duplicates + rejected && grown == stored
    }

    private static func sums(of parts: [ImportJournal.Stored]) throws -> [LineDate: Int] {
        var sums: [LineDate: Int] = [:]
        for count in parts.flatMap(\.rejectedByDay) {
            sums[LineDate(line: LineID(count.line), date: try LocalDate(parsing: count.date)), default: 0] +=
                count.detections
        }
        return sums
    }

    var lines: [String] {
        var lines = OpsAnswer.table(
            ["LINE", "DATE", "ROWS", "REJECTED", "COUNTED BEFORE", "NOW", "DIFFERENCE"],
            days.map { day in
                [
                    day.lineCode, day.date, String(day.rows), String(day.rejected), String(day.countedBefore),
                    String(day.countedNow), String(day.difference),
                ]
            })
        if rows == 0 {
            lines.append("\(file) has no rows: nothing was sent.")
        } else if resumedAtRow == rows {
            lines.append("\(file) had been imported before: nothing was sent.")
        } else if resumedAtRow > 0 {
            lines.append("\(file): went on after row \(resumedAtRow).")
        }
        lines.append(
            "\(file): \(rows) rows = \(stored) stored + \(duplicates) there before + \(rejected) rejected; "
                + (isBalanced
                    ? "the days have grown by what was stored."
                    : "the days have NOT grown by what was stored: "
                        + "others may have sent detections meanwhile."))
        if repeatedLocalTimes > 0 {
            lines.append(
                "\(repeatedLocalTimes) rows are of local times that occurred twice; the first of the two was taken.")
        }
        if let rejectsFile { lines.append("Rejected rows: \(rejectsFile)") }
        return lines
    }
}
