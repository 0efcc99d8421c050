import Shared

/// A JSON object a line. A line that is none is a rejected row; empty lines are no rows.
struct NDJSONDetections: DetectionStreamParser {
    mutating func read(_ bytes: [UInt8], into rows: inout DetectionRows) -> Int {
        var reader = JSONReader(bytes)
        reader.unholdable = .isCounted
        var start = 0
        while let end = bytes.endOfLine(from: start) {
            Self.read(start..<end, of: bytes, &reader, &rows)
            start = end + 1
        }
        return start
    }

    mutating func skipLine(into rows: inout DetectionRows) {
        rows.rejectUnreadable()
    }

    mutating func finish(_ bytes: [UInt8], into rows: inout DetectionRows) {
        var reader = JSONReader(bytes)
        reader.unholdable = .isCounted
        Self.read(bytes.indices, of: bytes, &reader, &rows)
    }

    private static func read(
        _ line: Range<Int>, of bytes: [UInt8], _ reader: inout JSONReader, _ rows: inout DetectionRows
    ) {
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
