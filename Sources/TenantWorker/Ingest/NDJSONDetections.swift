import Shared

/// A JSON object a line. A line that is none is a rejected row; empty lines are no rows. A mark of byte order (U+FEFF) at the
/// start is taken off, as it is of CSV.
struct NDJSONDetections: DetectionStreamParser {
    private var isAtStart = true

    mutating func read(_ bytes: [UInt8], into rows: inout DetectionRows) -> Int {
        var reader = JSONReader(bytes)
        reader.unholdable = .isCounted
        var start = 0
        while let end = bytes.endOfLine(from: start) {
            read(start..<end, of: bytes, &reader, &rows)
            start = end + 1
        }
        return start
    }

    mutating func skipLine(into rows: inout DetectionRows) {
        isAtStart = false
        rows.rejectUnreadable()
    }

    mutating func finish(_ bytes: [UInt8], into rows: inout DetectionRows) {
        var reader = JSONReader(bytes)
        reader.unholdable = .isCounted
        read(bytes.indices, of: bytes, &reader, &rows)
    }

    private mutating func read(
        _ wholeLine: Range<Int>, of bytes: [UInt8], _ reader: inout JSONReader, _ rows: inout DetectionRows
    ) {
        guard wholeLine.count <= DetectionStream.longestLine else {
            isAtStart = false
            return rows.rejectUnreadable()
        }
        var line = wholeLine
        if isAtStart {
            isAtStart = false
            if bytes[line].starts(with: [0xEF, 0xBB, 0xBF]) { line = line.lowerBound + 3..<line.upperBound }
        }
        guard !bytes[line].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return }
        reader.restart(in: line)
        var row = DetectionRow()
        do throws(JSONError) {
            guard try reader.peek() == .object else { return rows.rejectUnreadable() }
            try row.read(&reader)
            try reader.finish()
            rows.take(row)
        } catch {
            rows.rejectUnreadable()
        }
    }
}
