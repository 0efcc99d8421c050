import Foundation
import Shared

/// The import of one file of stops, row by row: what a person typed becomes a registered stop, what the older system had
/// calculated gives its cause to the stop that the product finds there.
struct StopsImport {
    private struct Incident: Decodable {
        let incidentId: Int64
        let incidentCode: String
    }

    /// A stop as the API shows it.
    private struct Shown: Decodable, Sendable {
        let start: String
        let end: String?
        let source: String
        let plannedSeconds: Double
    }

    private struct Page: Decodable, Sendable {
        let items: [Shown]
        let nextCursor: String?
    }

    /// How rows are read.
    struct Reading {
        let line: String?
        let zone: TimeZoneRules?
        let incidents: [String: String]
        let columns: [String: StopRow.Field?]
    }

    let path: String
    let reading: Reading
    let tenant: String
    let api: PublicAPI
    let directory: LineDirectory
    /// Where journals are kept.
    let journals: String
    let rejectsPath: String

    func run() async throws -> StopsReport {
        let progress = ImportProgress("import-stops \((path as NSString).lastPathComponent)")
        defer { progress.close() }
        let (digest, count) = try survey(progress)
        var records = try RecordReader(path: path, takesQuotes: true)
        let rows = try await rows(&records)
        let journal = try StopsJournal(folder: journals, heading(digest))
        let rejects = try RejectedRowsFile(path: rejectsPath, length: 0)
        var report = StopsReport(file: path, sha256: digest)
        while let record = try records.next() {
            try Task.checkCancellation()
            report.rows += 1
            let rejection: RowRejection?
            switch Self.read(record, rows) {
            case .failure(let unread):
                rejection = unread
                report.rejected += 1
            case .success(let row):
                let outcome = try await outcome(of: row, number: report.rows, journal)
                report.add(outcome, of: row)
                rejection = outcome.rejection
            }
            if let rejection { try rejects.add(line: record.line, rejection, row: Array(record.bytes)) }
            progress.sent(report.rows, of: count, since: report.rows, isLast: report.rows == count)
        }
        report.rejectsFile = rejects.length > 0 ? rejectsPath : nil
        try await reconcile(&report)
        return report
    }

    /// The file's SHA-256, and how many rows it has.
    private func survey(_ progress: ImportProgress) throws -> (digest: String, rows: Int) {
        var records = try RecordReader(path: path, takesQuotes: true)
        var count = -1
        while try records.next() != nil {
            count += 1
            progress.reading(count)
        }
        guard count >= 0 else { throw OpsFailure("\(path) is empty") }
        return (records.digestText, count)
    }

    private func rows(_ records: inout RecordReader) async throws -> StopRows {
        let incidents: [Incident] = try await api.list("incidents")
        guard let header = try records.next() else { throw OpsFailure("\(path) is empty") }
        do {
            return StopRows(
                line: reading.line, zone: reading.zone, incidents: reading.incidents, directory: directory,
                incidentIDs: Dictionary(incidents.map { ($0.incidentCode, $0.incidentId) }) { first, _ in first },
                columns: try StopRows.columns(
                    header.bytes, renamed: reading.columns, hasLine: reading.line != nil))
        } catch {
            throw OpsFailure("\(path): \(error)")
        }
    }

    private static func read(_ record: RecordReader.Record, _ rows: StopRows) -> Result<StopRow, RowRejection> {
        guard !record.isBroken else {
            return .failure(.unreadable("The row is too long, or a quotation mark is never closed."))
        }
        return Result { () throws(RowRejection) in try rows.row(record.bytes) }
    }

    private func heading(_ digest: String) -> StopsJournal.Heading {
        StopsJournal.Heading(
            sha256: digest, tenant: tenant,
            line: directory.lines.first { $0.code == reading.line || $0.name == reading.line }?.code,
            zone: reading.zone?.name,
            columns: reading.columns.mapValues { $0?.rawValue ?? "" }, file: path,
            startedAt: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)).description)
    }

    // Storing

    /// What becomes of a row, or became of it in an earlier run.
    private func outcome(
        of row: StopRow, number: Int, _ journal: StopsJournal
    ) async throws -> StopsReport.Outcome {
        if let earlier = journal.outcome(ofRow: number) { return earlier }
        let outcome = try await store(row, key: "import-\(journal.name)-\(number)")
        try journal.note(outcome, ofRow: number)
        return outcome
    }

    /// - Parameter key: under which the server stores the row once.
    private func store(_ row: StopRow, key: String) async throws -> StopsReport.Outcome {
        if row.isManual {
            let entered: Result<Shown, RowRejection> = try await api.patiently {
                try await api.post("/api/v1/downtimes", json: Self.body(of: row), idempotencyKey: key)
            }
            switch entered {
            case .success(let stop): return .registered(isPlanned: stop.plannedSeconds > 0)
            case .failure(let rejection):
                // Without its note and its key, which the server forgets after seven days, the stop itself says that it
                // is there.
                if rejection.code == "overlapping_stop", let same = try await registered(like: row) {
                    return .thereBefore(isPlanned: same.plannedSeconds > 0)
                }
                return .rejected(rejection)
            }
        }
        guard row.hasCause else { return .leftToCalculation }
        let justified: Result<Shown, RowRejection> = try await api.patiently {
            try await api.post("/api/v1/downtimes/justify", json: Self.body(of: row), idempotencyKey: key)
        }
        switch justified {
        case .success: return .justified
        case .failure(let rejection): return .rejected(rejection)
        }
    }

    private static func body(of row: StopRow) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("line_id", row.line.id.rawValue)
            json.field("start", row.start)
            json.field("end", row.end)
            if let incident = row.incident { json.field("incident_id", incident) }
            if let reason = row.reason { json.field("reason", reason) }
        }
        return json.bytes
    }

    /// The registered stop of just the row's times, where it is listed.
    private func registered(like row: StopRow) async throws -> Shown? {
        try await stops(of: row.line.id, from: row.start.description, to: row.end.description).first { stop in
            stop.source == "registered" && (try? Instant(iso8601: stop.start)) == row.start
                && stop.end.flatMap { try? Instant(iso8601: $0) } == row.end
        }
    }

    private func stops(of line: LineID, from: String, to: String) async throws -> [Shown] {
        var stops: [Shown] = []
        var cursor: String?
        repeat {
            let more = cursor.map { "&cursor=\($0)" } ?? ""
            let page: Page = try await api.read(
                "/api/v1/downtimes?line_id=\(line.rawValue)&from=\(from)&to=\(to)&limit=1000\(more)")
            stops += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return stops
    }

    // Reconciling

    /// One question about stops may be of ten years.
    private static let daysAtOnce = 3_600

    /// Asks how many registered stops the product lists on each day of the file.
    private func reconcile(_ report: inout StopsReport) async throws {
        for (line, days) in Dictionary(grouping: report.days.keys, by: \.line) {
            guard let zone = directory.line(line)?.zone, var first = days.map(\.date).min(),
                let end = days.map(\.date).max()
            else { continue }
            var listed: [LineDate: Int] = [:]
            while first <= end {
                let last = min(end, first + (Self.daysAtOnce - 1))
                for stop in try await stops(of: line, from: first.description, to: last.description)
                where stop.source == "registered" {
                    let date = zone.date(of: try Instant(iso8601: stop.start))
                    if first <= date, date <= last { listed[LineDate(line: line, date: date), default: 0] += 1 }
                }
                first = last + 1
            }
            report.note(listed, of: line, code: directory.line(line)?.code ?? "")
        }
    }
}
