import Glibc
import NIOCore
import Shared

/// Reads rows from a body as it comes, a part at a time, and keeps no more of it than a line.
protocol DetectionStreamParser {
    /// Reads the lines that `bytes` holds to their ends.
    ///
    /// - Returns: how many bytes those are; the others are given again, with what follows them.
    /// - Throws: what makes the whole body none.
    mutating func read(_ bytes: [UInt8], into rows: inout DetectionRows) throws(Fault) -> Int

    /// A line's end has not come within `DetectionStream.longestLine`: what has come of it is passed over.
    mutating func skipLine(into rows: inout DetectionRows) throws(Fault)

    /// Reads what there is after the last line's end.
    mutating func finish(_ bytes: [UInt8], into rows: inout DetectionRows) throws(Fault)
}

/// The lines of a body that comes in parts.
struct DetectionStream {
    /// A line that is longer is no row.
    static let longestLine = 64 * 1024

    private var parser: any DetectionStreamParser
    private var rows: DetectionRows
    /// The beginning of a line.
    private var rest: [UInt8] = []
    /// Whether what comes is the rest of a line that is too long.
    private var isSkipping = false

    var received: Int { rows.received }
    var rejected: RejectedRows { rows.rejected }

    init(parser: any DetectionStreamParser, rows: DetectionRows) {
        self.parser = parser
        self.rows = rows
    }

    /// Reads one part.
    ///
    /// - Returns: the rows that can be stored.
    mutating func read(_ part: ByteBuffer) throws(Fault) -> DetectionBatch {
        rest.append(contentsOf: part.readableBytesView)
        if isSkipping {
            guard let end = rest.endOfLine(from: 0) else {
                rest.removeAll(keepingCapacity: true)
                return rows.takeBatch()
            }
            rest.removeFirst(end + 1)
            isSkipping = false
        }
        let length = try parser.read(rest, into: &rows)
        rest.removeFirst(length)
        if rest.count > Self.longestLine {
            try parser.skipLine(into: &rows)
            rest.removeAll(keepingCapacity: true)
            isSkipping = true
        }
        return rows.takeBatch()
    }

    /// Reads what is left when the body has ended.
    ///
    /// - Throws: `invalid` when there was no row.
    mutating func finish() throws(Fault) -> DetectionBatch {
        if !isSkipping { try parser.finish(rest, into: &rows) }
        guard rows.received > 0 else { throw .invalid("detections", .required) }
        return rows.takeBatch()
    }
}

extension [UInt8] {
    /// Where the next line feed is, from an offset on.
    func endOfLine(from start: Int) -> Int? {
        withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + start, 0x0A, bytes.count - start).map { UnsafeRawPointer($0) - base }
        }
    }
}
