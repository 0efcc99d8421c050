import Shared

/// How the records of a file are read as rows.
enum SourceFormat {
    case csv(CSVColumns)
    case ndjson

    /// Whether a file's name says that it has a JSON object a line.
    static func isNDJSON(_ path: String) -> Bool {
        [".ndjson", ".jsonl"].contains { path.lowercased().hasSuffix($0) }
    }

    func row(_ bytes: ArraySlice<UInt8>) throws(RowRejection) -> SourceRow {
        switch self {
        case .csv(let columns): try columns.row(bytes)
        case .ndjson: try Self.object(bytes)
        }
    }

    private static func object(_ bytes: ArraySlice<UInt8>) throws(RowRejection) -> SourceRow {
        guard let value = try? JSONReader.value(of: Array(bytes)), case .object(let members) = value else {
            throw .unreadable("The line is no JSON object.")
        }
        var row = SourceRow()
        for member in members {
            guard let field = SourceRow.Field(rawValue: member.key) else {
                throw RowRejection(
                    code: "invalid_row", field: String(member.key.unicodeScalars.prefix(100)),
                    message: "A detection has no such field.")
            }
            if member.value == .null { continue }
            guard let text = text(member.value, of: field), !text.isEmpty else {
                throw RowRejection(
                    code: "invalid_row", field: field.rawValue, message: "The value is not what the field takes.")
            }
            row[field] = Array(text.utf8)[...]
        }
        return row
    }

    private static func text(_ value: JSONValue, of field: SourceRow.Field) -> String? {
        switch (field, value) {
        case (.lineID, .integer(let number)), (.areaID, .integer(let number)), (.productID, .integer(let number)):
            String(number)
        case (.line, .string(let text)), (.area, .string(let text)), (.product, .string(let text)),
            (.detectedAt, .string(let text)), (.eventID, .string(let text)):
            text
        default:
            nil
        }
    }
}

/// The first line of a CSV file, which names its columns.
enum CSVHeader {
    /// - Parameter renamed: the field that a heading stands for; nil: the column is passed over.
    /// - Returns: what each column is, and all that is wrong with them.
    static func fields<Field: RawRepresentable & Equatable>(
        _ header: ArraySlice<UInt8>, renamed: [String: Field?], known: (String) -> Field?
    ) -> (fields: [Field?], faults: [String]) where Field.RawValue == String {
        let names = (CSVLine.values(of: header) ?? [header]).map { String(decoding: $0, as: UTF8.self) }
        var faults: [String] = []
        var fields: [Field?] = []
        for name in names {
            let field: Field?
            if let given = renamed[name] {
                field = given
            } else if let own = known(name) {
                field = own
            } else {
                faults.append("the column \(name.debugDescription) is no field (--column says which it is)")
                continue
            }
            if let field, fields.contains(field) { faults.append("\(field.rawValue) is there twice") }
            fields.append(field)
        }
        for name in renamed.keys.sorted() where !names.contains(name) {
            faults.append("there is no column \(name.debugDescription)")
        }
        return (fields, faults)
    }
}

/// What the columns of a CSV file of detections are.
struct CSVColumns: Equatable {
    /// Nil for one that is passed over.
    let fields: [SourceRow.Field?]

    /// Reads the first line of a file.
    ///
    /// - Parameters:
    ///   - renamed: the field that a heading stands for; nil: the column is passed over.
    ///   - hasLine: whether rows need not name their line.
    /// - Throws: all that is wrong with it at once.
    init(
        header: ArraySlice<UInt8>, renamed: [String: SourceRow.Field?], hasLine: Bool
    ) throws(OpsFailure) {
        var (fields, faults) = CSVHeader.fields(header, renamed: renamed) { SourceRow.Field(rawValue: $0) }
        let needed: [SourceRow.Field] = [.line, .area, .product, .detectedAt]
        for field in needed where !(field == .line && hasLine) {
            let isThere = fields.contains(field) || field.other.map(fields.contains) ?? false
            if !isThere { faults.append("there is no column \(field.rawValue)") }
        }
        guard faults.isEmpty else { throw OpsFailure(faults.joined(separator: "; ")) }
        self.fields = fields
    }

    func row(_ bytes: ArraySlice<UInt8>) throws(RowRejection) -> SourceRow {
        guard let values = CSVLine.values(of: bytes) else {
            throw .unreadable("The quotation marks of the line are not where they may be.")
        }
        guard values.count == fields.count else {
            throw .unreadable("The line has \(values.count) values, its header \(fields.count).")
        }
        var row = SourceRow()
        for (field, value) in zip(fields, values) where !value.isEmpty {
            if let field { row[field] = value }
        }
        return row
    }
}
