import Crypto
import Foundation

/// Reads a file record by record, a mebibyte at a time: lines of NDJSON, and of CSV also those that go on in quotation marks.
///
/// What a record is, is what POST /detections takes for a row. Empty lines are none, and a mark of byte order (U+FEFF) at the
/// start of the file is no part of the first one.
struct RecordReader {
    /// One record, without the end of its line.
    struct Record {
        let bytes: ArraySlice<UInt8>
        /// Where it begins in the file.
        let offset: Int
        /// The number of its first line, from 1.
        let line: Int
        /// Longer than a row may be, or with a quotation mark that is never closed.
        let isBroken: Bool
    }

    /// Where the next record begins.
    struct Place: Codable, Equatable {
        var offset: Int
        /// From 1.
        var line: Int

        static let start = Place(offset: 0, line: 1)
    }

    /// A record that is longer is no row.
    static let longestRecord = 64 * 1024
    /// A file with a longer line has no lines at all.
    private static let longestLine = 8 << 20
    private static let lineFeed: UInt8 = 0x0A
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let readAtOnce = 1 << 20

    let path: String
    private let handle: FileHandle
    private let takesQuotes: Bool
    private var buffer: [UInt8] = []
    /// Where in the buffer the next record begins.
    private var position = 0
    private var isAtEnd = false
    private(set) var place: Place
    /// Of all that was read; only from the start to the end of a file it is the file's.
    private var digest = SHA256()

    /// - Parameter takesQuotes: whether line ends between quotation marks end no record.
    init(path: String, takesQuotes: Bool, from place: Place = .start) throws(OpsFailure) {
        // Whoever opens a FIFO waits for its writer.
        _ = try FileState(of: path)
        guard let handle = FileHandle(forReadingAtPath: path) else { throw OpsFailure("\(path) cannot be read") }
        self.path = path
        self.handle = handle
        self.takesQuotes = takesQuotes
        self.place = place
        do {
            try handle.seek(toOffset: UInt64(place.offset))
        } catch {
            throw OpsFailure("\(path) cannot be read: \(error)")
        }
    }

    /// SHA-256 of what was read, as hexadecimal digits.
    var digestText: String { digest.finalize().hexadecimal }

    /// The bytes of a record that was read before.
    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        let back = try handle.offset()
        defer { try? handle.seek(toOffset: back) }
        try handle.seek(toOffset: UInt64(offset))
        return Array(try handle.read(upToCount: count) ?? Data())
    }

    /// The next record; nil at the end of the file.
    mutating func next() throws -> Record? {
        if place.offset == 0, buffer.isEmpty, try fill(), buffer.starts(with: Self.byteOrderMark) {
            position = Self.byteOrderMark.count
            place.offset = position
        }
        while true {
            guard let end = try endOfRecord() else { return nil }
            let record = Record(
                bytes: Self.trimmed(buffer[position..<end.offset]), offset: place.offset, line: place.line,
                isBroken: end.isBroken || end.offset - position > Self.longestRecord)
            let next = min(buffer.count, end.offset + 1)
            place.offset += next - position
            place.line += end.lines
            position = next
            if !record.bytes.isEmpty { return record }
        }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.last == 0x0D ? bytes.dropLast() : bytes
    }

    /// Where in the buffer the record ends, and how many lines it has; nil when there is none.
    private mutating func endOfRecord() throws -> (offset: Int, lines: Int, isBroken: Bool)? {
        var (from, lines, isInQuotes) = (position, 1, false)
        var firstEnd: Int?
        while from - position <= Self.longestRecord {
            guard let end = lineEnd(from: from) else {
                guard buffer.count - position <= Self.longestLine else {
                    throw OpsFailure("\(path), line \(place.line): it does not end; this is no file of rows")
                }
                if try fill() {
                    // The record has moved to the buffer's start.
                    (from, lines, isInQuotes, firstEnd) = (0, 1, false, nil)
                    continue
                }
                guard position < buffer.count else { return nil }
                if takesQuotes { Self.countQuotes(buffer[from...], &isInQuotes) }
                guard isInQuotes, let firstEnd else { return (buffer.count, lines, isInQuotes) }
                return (firstEnd, 1, true)
            }
            if takesQuotes { Self.countQuotes(buffer[from..<end], &isInQuotes) }
            guard isInQuotes else { return (end, lines, false) }
            firstEnd = firstEnd ?? end
            (from, lines) = (end + 1, lines + 1)
        }
        // The quotation mark opens no value, so what follows its line is a line again.
        return firstEnd.map { ($0, 1, true) }
    }

    private static func countQuotes(_ bytes: ArraySlice<UInt8>, _ isInQuotes: inout Bool) {
        for byte in bytes where byte == UInt8(ascii: "\"") { isInQuotes.toggle() }
    }

    private func lineEnd(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + start, Int32(Self.lineFeed), bytes.count - start).map { UnsafeRawPointer($0) - base }
        }
    }

    /// Reads on, with what is left at the buffer's start; false at the end of the file.
    private mutating func fill() throws -> Bool {
        if isAtEnd { return false }
        guard let data = try handle.read(upToCount: Self.readAtOnce), !data.isEmpty else {
            isAtEnd = true
            return false
        }
        digest.update(data: data)
        buffer.removeFirst(position)
        position = 0
        buffer.append(contentsOf: data)
        return true
    }
}

extension Digest {
    /// As hexadecimal digits.
    var hexadecimal: String {
        var text = ""
        for byte in self { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return text
    }
}
