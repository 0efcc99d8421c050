import Foundation
import Shared

/// The import of one file: read whole once, then sent part by part, each noted in the journal when it was acknowledged.
struct FileImport {
    /// A key of the server is forgotten after seven days; half a day is left for clocks that differ.
    private static let keysAreKnownFor: Int64 = 156 * 3_600 * Instant.microsecondsPerSecond

    /// What is said about a part whose answer never came, and for whose repetition it is too late.
    enum Unanswered: String, CaseIterable {
        case stored
        case missing
    }

    let path: String
    let reading: FileRows.Reading
    let tenant: String
    let api: PublicAPI
    let directory: LineDirectory
    /// The public part of the key that is sent with.
    let sender: String
    /// Where journals are kept.
    let journals: String
    /// Where the rows that are not stored go.
    let rejectsPath: String
    let unanswered: Unanswered?

    func run() async throws -> ImportReport {
        let progress = ImportProgress("import \((path as NSString).lastPathComponent)")
        defer { progress.close() }
        let survey = try FileSurvey(of: path, reading, directory) { progress.reading($0) }
        let journal = try await openJournal(survey)
        let resumedAt = journal.stored.reduce(0) { $0 + $1.rows }
        if journal.finishedAt == nil {
            try await send(survey, journal, resumedAt, progress)
            try journal.finish(at: Self.now().description)
        }
        return try await ImportReport(
            path: path, rejectsPath: rejectsPath, survey: survey, journal: journal, resumedAt: resumedAt,
            directory: directory, now: CountedDetections(of: survey.days.keys, api))
    }

    // The journal

    private func openJournal(_ survey: FileSurvey) async throws -> ImportJournal {
        let line = reading.translation.line
        let name = ImportJournal.name(tenant: tenant, digest: survey.digest, line: line)
        let journal = try ImportJournal(folder: journals, name: name)
        let heading = heading(survey, counted: [])
        if let known = journal.heading {
            guard known.isRead(as: heading) else {
                throw OpsFailure(
                    "\(path) was imported since \(known.startedAt) with another --naive-times-in, --area, --product or "
                        + "--column; go on with the same ones. What it is known by is \(journal.path)")
            }
        } else {
            let counted = try await CountedDetections(of: survey.days.keys, api)
            try journal.begin(self.heading(survey, counted: counted.forJournal))
        }
        return journal
    }

    private func heading(_ survey: FileSurvey, counted: [ImportJournal.DayCount]) -> ImportJournal.Heading {
        let translation = reading.translation
        return ImportJournal.Heading(
            sha256: survey.digest, tenant: tenant, line: translation.line, zone: translation.zone?.name,
            areas: translation.areas, products: translation.products,
            columns: reading.columns.mapValues { $0?.rawValue ?? "" }, file: path,
            startedAt: Self.now().description, counted: counted)
    }

    /// Whether the part that was sent last was stored and may not be sent again.
    private func wasStored(_ part: ImportPart, _ journal: ImportJournal) throws -> Bool {
        guard let sent = journal.unanswered, sent.part == part.number else { return false }
        let age = Self.now() - (try Instant(iso8601: sent.at))
        guard sent.sender != sender || age > Self.keysAreKnownFor else { return false }
        switch unanswered {
        case .stored: return true
        case .missing: return false
        case nil:
            throw OpsFailure(
                "\(path), lines up to \(part.end.line - 1): these rows were sent at \(sent.at), no answer came, and the "
                    + "server cannot tell any more whether it has them. See whether it has those of line "
                    + "\(part.sent.first?.line ?? 0), then run again with --unanswered stored or --unanswered missing")
        }
    }

    // Sending

    private func send(
        _ survey: FileSurvey, _ journal: ImportJournal, _ resumedAt: Int, _ progress: ImportProgress
    ) async throws {
        let rejects = try RejectedRowsFile(path: rejectsPath, length: journal.stored.last?.rejectsLength ?? 0)
        var done = resumedAt
        var source = try PartReader(path: path, reading, directory, after: journal.stored)
        while let part = try source.next() {
            try Task.checkCancellation()
            guard try FileState(of: path) == survey.state else {
                throw OpsFailure(
                    "\(path) was changed while it was imported: rows up to line \(journal.stored.last?.end.line ?? 1) of the "
                        + "file that it was are stored, and to the product it is another file now")
            }
            let entry: ImportJournal.Stored
            if try wasStored(part, journal) {
                entry = try outcome(
                    of: part, stored: part.sent.count, duplicates: 0, rejectedByServer: [], source, rejects)
            } else if part.sent.isEmpty {
                entry = try outcome(of: part, stored: 0, duplicates: 0, rejectedByServer: [], source, rejects)
            } else {
                try journal.note(
                    ImportJournal.Sending(part: part.number, at: Self.now().description, sender: sender))
                let key = "import-\(journal.name)-\(part.number)"
                let receipt = try await api.patiently { try await api.send(csv: part.body, idempotencyKey: key) }
                guard receipt.received == part.sent.count else {
                    throw OpsFailure("\(path): of \(part.sent.count) rows the server received \(receipt.received)")
                }
                entry = try outcome(
                    of: part, stored: receipt.stored, duplicates: receipt.duplicates,
                    rejectedByServer: receipt.rejected, source, rejects)
            }
            try journal.note(entry)
            done += part.rows
            progress.sent(done, of: survey.rows, since: done - resumedAt, isLast: done == survey.rows)
        }
    }

    /// Writes the rows that were not stored, and gives what the journal is to know.
    private func outcome(
        of part: ImportPart, stored: Int, duplicates: Int, rejectedByServer: [PublicAPI.Receipt.Rejection],
        _ source: PartReader, _ rejects: RejectedRowsFile
    ) throws -> ImportJournal.Stored {
        var all = part.rejected
        for rejection in rejectedByServer where part.sent.indices.contains(rejection.index) {
            all.append(
                ImportPart.Rejected(
                    origin: part.sent[rejection.index],
                    rejection: RowRejection(
                        code: rejection.code, field: rejection.field, message: rejection.message), wasSent: true))
        }
        all.sort { $0.origin.offset < $1.origin.offset }
        var days: [LineDate: Int] = [:]
        for rejected in all {
            let bytes = try source.bytes(of: rejected.origin)
            try rejects.add(line: rejected.origin.line, rejected.rejection, row: bytes)
            if rejected.wasSent, let day = source.day(of: bytes) { days[day, default: 0] += 1 }
        }
        try rejects.synchronize()
        return ImportJournal.Stored(
            part: part.number, rows: part.rows, stored: stored, duplicates: duplicates, rejected: all.count,
            repeatedTimes: part.repeatedTimes,
            rejectedByDay: days.keys.sorted().map { day in
                ImportJournal.DayCount(
                    line: day.line.rawValue, date: day.date.description, detections: days[day] ?? 0)
            },
            end: part.end, rejectsLength: rejects.length)
    }

    private static func now() -> Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    }
}

/// Reads a file part by part.
struct PartReader {
    private var rows: FileRows
    private let directory: LineDirectory
    private var number: Int
    /// A row that the part before had no room for.
    private var waiting: (row: FileRows.Row, end: RecordReader.Place)?
    private var place: RecordReader.Place

    /// - Parameter stored: parts that are stored; it begins after the last of them.
    init(
        path: String, _ reading: FileRows.Reading, _ directory: LineDirectory, after stored: [ImportJournal.Stored]
    ) throws {
        rows = try FileRows(path: path, reading, from: stored.last?.end)
        self.directory = directory
        number = stored.count
        place = rows.records.place
    }

    /// Nil at the end of the file.
    mutating func next() throws -> ImportPart? {
        var part = ImportPart(number: number, from: place)
        while let (row, end) = try nextRow() {
            let isTaken =
                switch row {
                case .translated(let translated, let origin):
                    part.add(translated, of: directory.line(of: translated.row)?.id, origin, upTo: end)
                case .rejected(let rejection, let origin):
                    part.reject(rejection, origin, upTo: end)
                }
            guard isTaken else {
                waiting = (row, end)
                break
            }
        }
        guard part.rows > 0 else { return nil }
        place = part.end
        number += 1
        return part
    }

    private mutating func nextRow() throws -> (row: FileRows.Row, end: RecordReader.Place)? {
        if let row = waiting {
            waiting = nil
            return row
        }
        return try rows.next().map { ($0, rows.records.place) }
    }

    /// A row as it stands in the file.
    func bytes(of origin: ImportPart.Origin) throws -> [UInt8] {
        try rows.records.bytes(of: origin)
    }

    /// The day that a row of the file would be of; nil when it is sent for none.
    func day(of bytes: [UInt8]) -> LineDate? {
        rows.translated(bytes).flatMap(directory.day(of:))
    }
}
