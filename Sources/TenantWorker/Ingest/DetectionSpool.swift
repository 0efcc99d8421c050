import NIOCore
import Shared

/// The rows of one request, sorted by line, from when they are read until all have come and the transaction begins: a
/// sender that is slow, or breaks off, holds no lock and leaves nothing.
///
/// Small requests stay in memory; of larger ones the most part lies in a file.
struct DetectionSpool: Sendable {
    /// A UTC month of a line.
    struct Month: Hashable, Sendable {
        var line: LineID
        /// Months since year 0.
        var number: Int
    }

    /// What stays in memory, over all lines.
    private static let memory = 2 << 20

    fileprivate struct Extent: Sendable {
        var offset: Int
        var length: Int
    }

    fileprivate struct LineRows: Sendable {
        var bytes = ByteBuffer()
        /// What was written to the file before them.
        var extents: [Extent] = []
        var isNamed = false
        /// Of which the rows are.
        var minutes: ClosedRange<Int64>
    }

    private var rows: [LineID: LineRows] = [:]
    private var bytesInMemory = 0
    private var file: SpoolFile?
    private var fileLength = 0
    private(set) var months: Set<Month> = []

    /// In one order for all senders, so that two of them never wait for each other.
    var lines: [LineID] { rows.keys.sorted() }

    /// Whether a row of the line has an event id.
    func isNamed(_ line: LineID) -> Bool { rows[line]?.isNamed ?? false }

    /// From the first minute with a row of the line to the last.
    func minutes(of line: LineID) -> ClosedRange<Int64>? { rows[line]?.minutes }

    mutating func append(_ batch: DetectionBatch) async throws {
        for row in 0..<batch.count {
            let line = batch.lines[row]
            let instant = batch.instants[row]
            months.insert(Month(line: line, number: instant.monthNumber))
            let minute = instant.minute
            bytesInMemory += rows[line, default: LineRows(minutes: minute...minute)]
                .append(batch, row, minute: minute)
        }
        if bytesInMemory > Self.memory { try await writeOut() }
    }

    private mutating func writeOut() async throws {
        let file: SpoolFile
        if let known = self.file {
            file = known
        } else {
            file = try await SpoolFile.make()
            self.file = file
        }
        for (line, kept) in rows where kept.bytes.readableBytes > 0 {
            try await file.write(kept.bytes, at: fileLength)
            rows[line]?.extents.append(Extent(offset: fileLength, length: kept.bytes.readableBytes))
            rows[line]?.bytes.clear()
            fileLength += kept.bytes.readableBytes
        }
        bytesInMemory = 0
    }

    /// Gives the rows of a line again, in the order they came.
    func reader(of line: LineID) -> Reader { Reader(line: line, rows: rows[line], file: file) }

    /// Reads the rows of one line, a batch at a time.
    struct Reader {
        private let line: LineID
        private let file: SpoolFile?
        private var extents: ArraySlice<Extent>
        private var last: ByteBuffer
        private var bytes = ByteBuffer()

        fileprivate init(line: LineID, rows: LineRows?, file: SpoolFile?) {
            self.line = line
            self.file = file
            extents = rows?.extents[...] ?? []
            last = rows?.bytes ?? ByteBuffer()
        }

        /// Nil after the last one.
        mutating func next() async throws -> DetectionBatch? {
            var batch = DetectionBatch()
            while batch.count < DetectionBatch.maximumRows {
                if bytes.readableBytes == 0 {
                    if let extent = extents.popFirst(), let file {
                        bytes = try await file.read(extent.length, at: extent.offset)
                    } else if last.readableBytes > 0 {
                        bytes = last
                        last.clear()
                    } else {
                        break
                    }
                }
                try take(into: &batch)
            }
            return batch.count > 0 ? batch : nil
        }

        private mutating func take(into batch: inout DetectionBatch) throws(Fault) {
            guard
                let (instant, index, area, product, length) = bytes.readMultipleIntegers(
                    endianness: .host, as: (Int64, UInt32, Int32, Int32, Int16).self)
            else { throw Fault(code: .internal) }
            var eventID: String?
            if length >= 0 {
                guard let text = bytes.readString(length: Int(length)) else { throw Fault(code: .internal) }
                eventID = text
            }
            batch.append(
                Int(index), line: line, area: AreaID(Int64(area)), product: ProductID(Int64(product)),
                at: Instant(microseconds: instant), eventID: eventID)
        }
    }
}

extension DetectionSpool.LineRows {
    /// - Returns: by how many bytes it has grown.
    fileprivate mutating func append(_ batch: DetectionBatch, _ row: Int, minute: Int64) -> Int {
        minutes = min(minutes.lowerBound, minute)...max(minutes.upperBound, minute)
        let eventID = batch.eventIDs[row]
        var length = bytes.writeMultipleIntegers(
            batch.instants[row].microseconds, UInt32(batch.indices[row]), Int32(batch.areas[row].rawValue),
            Int32(batch.products[row].rawValue), Int16(eventID.map { $0.utf8.count } ?? -1), endianness: .host)
        if let eventID {
            isNamed = true
            length += bytes.writeString(eventID)
        }
        return length
    }
}

extension Instant {
    /// Months since year 0, in UTC.
    fileprivate var monthNumber: Int {
        let components = TimeZoneRules.utc.date(of: self).components
        return components.year * 12 + components.month - 1
    }
}
