import Shared

/// The rows of a file, one by one, as they are sent or as they cannot be.
struct FileRows {
    /// How a file is read.
    struct Reading {
        let translation: RowTranslation
        /// The field that a heading stands for; nil: the column is passed over.
        let columns: [String: SourceRow.Field?]
    }

    enum Row {
        case translated(RowTranslation.Translated, ImportPart.Origin)
        case rejected(RowRejection, ImportPart.Origin)
    }

    private(set) var records: RecordReader
    private let format: SourceFormat
    private let translation: RowTranslation

    /// Opens a file; its first line is read where that names the columns.
    ///
    /// - Parameter place: where to begin; nil: at the first row.
    init(path: String, _ reading: Reading, from place: RecordReader.Place? = nil) throws {
        translation = reading.translation
        guard !SourceFormat.isNDJSON(path) else {
            guard reading.columns.isEmpty else { throw OpsFailure("--column: \(path) has no columns") }
            format = .ndjson
            records = try RecordReader(path: path, takesQuotes: false, from: place ?? .start)
            return
        }
        var records = try RecordReader(path: path, takesQuotes: true)
        guard let header = try records.next() else { throw OpsFailure("\(path) is empty") }
        do {
            format = .csv(
                try CSVColumns(
                    header: header.bytes, renamed: reading.columns, hasLine: reading.translation.line != nil))
        } catch {
            throw OpsFailure("\(path): \(error)")
        }
        self.records = try place.map { try RecordReader(path: path, takesQuotes: true, from: $0) } ?? records
    }

    /// Nil at the end of the file.
    mutating func next() throws -> Row? {
        guard let record = try nextRecord() else { return nil }
        let origin = ImportPart.Origin(offset: record.offset, count: record.bytes.count, line: record.line)
        guard !record.isBroken else {
            return .rejected(.unreadable("The row is too long, or a quotation mark is never closed."), origin)
        }
        do throws(RowRejection) {
            return .translated(try translation.translate(try format.row(record.bytes)), origin)
        } catch {
            return .rejected(error, origin)
        }
    }

    /// Of NDJSON a line of blanks is none.
    private mutating func nextRecord() throws -> RecordReader.Record? {
        while let record = try records.next() {
            switch format {
            case .csv: return record
            case .ndjson: if !record.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return record }
            }
        }
        return nil
    }

    /// A record of the file as it is sent; nil when it is not.
    func translated(_ bytes: [UInt8]) -> RowTranslation.Translated? {
        guard let row = try? format.row(bytes[...]) else { return nil }
        return try? translation.translate(row)
    }
}
