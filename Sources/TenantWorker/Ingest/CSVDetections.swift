import Shared

/// Values with commas between them after a line of their names, as RFC 4180 has it: a value with commas, quotation marks or
/// line breaks stands between quotation marks, and those in it are doubled. An empty value is one that was not given.
struct CSVDetections: DetectionStreamParser {
    /// Nil before the line of names.
    private var columns: [DetectionRow.Field]?

    mutating func read(_ bytes: [UInt8], into rows: inout DetectionRows) throws(Fault) -> Int {
        var start = 0
        var end = bytes.endOfLine(from: 0)
        while true {
            if let lineEnd = end, lineEnd - start <= DetectionStream.longestLine {
                if CSVLine.endsInQuotes(bytes[start..<lineEnd]) {
                    // It goes on.
                    end = bytes.endOfLine(from: lineEnd + 1)
                } else {
                    try read(bytes[start..<lineEnd], into: &rows)
                    start = lineEnd + 1
                    end = bytes.endOfLine(from: start)
                }
            } else if bytes.count - start > DetectionStream.longestLine, let lineEnd = bytes.endOfLine(from: start) {
                start = try pass(lineEnd, into: &rows)
                end = bytes.endOfLine(from: start)
            } else {
                return start
            }
        }
    }

    /// The line is too long, or a quotation mark of it is never closed, so that it opened no value: what follows the line is a
    /// line again.
    private mutating func pass(_ lineEnd: Int, into rows: inout DetectionRows) throws(Fault) -> Int {
        try skipLine(into: &rows)
        return lineEnd + 1
    }

    mutating func skipLine(into rows: inout DetectionRows) throws(Fault) {
        guard columns != nil else { throw .invalid("header", .tooLong, limit: String(DetectionStream.longestLine)) }
        rows.rejectUnreadable()
    }

    mutating func finish(_ bytes: [UInt8], into rows: inout DetectionRows) throws(Fault) {
        var rest = bytes
        while CSVLine.endsInQuotes(rest[...]), let lineEnd = rest.endOfLine(from: 0) {
            rest.removeFirst(try pass(lineEnd, into: &rows))
            rest.removeFirst(try read(rest, into: &rows))
        }
        try read(rest[...], into: &rows)
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, into rows: inout DetectionRows) throws(Fault) {
        var line = bytes
        if line.last == 0x0D { line.removeLast() }
        guard !line.isEmpty else { return }
        guard let columns else {
            columns = try Self.columns(of: line)
            return
        }
        guard let values = CSVLine.values(of: line), values.count == columns.count else {
            return rows.rejectUnreadable()
        }
        var row = DetectionRow()
        for (column, value) in zip(columns, values) where !value.isEmpty { row.set(column, to: value) }
        rows.take(row)
    }

    /// What the columns are.
    ///
    /// - Throws: every name that is unknown or there twice, and every one that lacks.
    private static func columns(of line: ArraySlice<UInt8>) throws(Fault) -> [DetectionRow.Field] {
        var line = line
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        var faults: [ParameterFault] = []
        var columns: [DetectionRow.Field] = []
        for value in CSVLine.values(of: line) ?? [line] {
            let name = String(decoding: value, as: UTF8.self)
            if let column = DetectionRow.Field(rawValue: name) {
                if columns.contains(column) { faults.append(ParameterFault(parameter: name, code: .duplicateField)) }
                columns.append(column)
            } else if faults.count < JSONFields.maximumFaults {
                let told = String(name.unicodeScalars.prefix(100))
                faults.append(ParameterFault(parameter: told, code: .unknownField))
            }
        }
        let needed: [(DetectionRow.Field, DetectionRow.Field)] = [
            (.line, .lineID), (.area, .areaID), (.product, .productID), (.detectedAt, .detectedAt),
        ]
        for (one, other) in needed where !columns.contains(one) && !columns.contains(other) {
            faults.append(ParameterFault(parameter: one.rawValue, code: .required))
        }
        if !faults.isEmpty { throw .invalid(faults) }
        return columns
    }
}
