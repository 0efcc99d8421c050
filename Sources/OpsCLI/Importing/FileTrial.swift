import Foundation
import Shared

/// The dry run of one file: every row is checked by the server as for an import, nothing is stored, and what it would make of
/// the figures is told by line and day.
struct FileTrial {
    /// Rows without a day that are tried at once, all of which the server rejects and tells.
    private static let rowsAtOnce = Int(RejectedLimit.most)

    let path: String
    let reading: FileRows.Reading
    let tenant: String
    let api: PublicAPI
    let directory: LineDirectory
    let journals: String
    let rejectsPath: String

    func run() async throws -> TrialReport {
        let progress = ImportProgress("dry run \((path as NSString).lastPathComponent)")
        defer { progress.close() }
        var windows = TrialWindows()
        var unplaced: [ImportPart.Origin] = []
        let rejects = try RejectedRowsFile(path: rejectsPath, length: 0)
        var report = TrialReport(file: path)
        var reader = try FileRows(path: path, reading)
        while let row = try reader.next() {
            report.rows += 1
            progress.reading(report.rows)
            switch row {
            case .translated(let translated, let origin):
                if let day = directory.day(of: translated), let instant = translated.instant {
                    windows.add(
                        TrialWindows.Entry(instant: instant.microseconds, day: day.date.dayNumber, origin: origin),
                        of: day.line)
                } else {
                    unplaced.append(origin)
                }
                if translated.isRepeated { report.repeatedLocalTimes += 1 }
            case .rejected(let rejection, let origin):
                report.rejected += 1
                try rejects.add(line: origin.line, rejection, row: try reader.records.bytes(of: origin))
            }
        }
        report.sha256 = reader.records.digestText
        try checkJournal(report.sha256)
        let rows = reader
        var done = report.rejected
        try await windows.visit { window in
            try await attempt(
                window.entries.map(\.origin), besides: window.context.map(\.origin), window.days, rows, rejects,
                &report)
            done += window.entries.count
            progress.sent(done, of: report.rows, since: done, isLast: false)
        }
        // Whatever the day: rows without a line or time have none.
        let today = TimeZoneRules.utc.date(of: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)))
        for start in stride(from: 0, to: unplaced.count, by: Self.rowsAtOnce) {
            let some = Array(unplaced[start..<min(unplaced.count, start + Self.rowsAtOnce)])
            try await attempt(some, besides: [], today...today, rows, rejects, &report)
        }
        progress.sent(report.rows, of: report.rows, since: report.rows, isLast: true)
        report.rejectsFile = rejects.length > 0 ? rejectsPath : nil
        return report
    }

    /// - Throws: when some of the file is stored already: the figures would be those of its rows twice.
    private func checkJournal(_ digest: String) throws {
        let path =
            "\(journals)/\(ImportJournal.name(tenant: tenant, digest: digest, line: reading.translation.line)).ndjson"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw OpsFailure("\(self.path) has been imported before, or in part; a dry run would count its rows twice")
        }
    }

    /// Sends rows to be tried, and notes what would become of them.
    ///
    /// - Parameter context: rows of other days, judged with their own.
    private func attempt(
        _ origins: [ImportPart.Origin], besides context: [ImportPart.Origin], _ days: ClosedRange<LocalDate>,
        _ rows: FileRows, _ rejects: RejectedRowsFile, _ report: inout TrialReport
    ) async throws {
        guard !origins.isEmpty || !context.isEmpty else { return }
        var body = SourceRow.header
        for origin in origins + context {
            rows.translated(try rows.records.bytes(of: origin))?.row.append(to: &body)
        }
        let csv = body
        let receipt = try await api.patiently { try await api.attempt(csv: csv, days: days) }
        var told = 0
        for rejection in receipt.rejected where origins.indices.contains(rejection.index) {
            let origin = origins[rejection.index]
            told += 1
            try rejects.add(
                line: origin.line,
                RowRejection(code: rejection.code, field: rejection.field, message: rejection.message),
                row: try rows.records.bytes(of: origin))
        }
        report.stored += receipt.stored
        report.duplicates += receipt.duplicates
        // Where more are rejected than can be told, none of the context is known to be.
        let untold = receipt.rejectedCount - receipt.rejected.count
        report.rejected += told + untold
        report.add(receipt.lines)
    }
}

extension RecordReader {
    func bytes(of origin: ImportPart.Origin) throws -> [UInt8] {
        try bytes(at: origin.offset, count: origin.count)
    }
}
