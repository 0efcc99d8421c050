/// Why bytes are not a zone file this product can use.
package enum TimeZoneFileError: Error, Hashable, Sendable {
    /// The magic number is missing.
    case notATimeZoneFile
    /// Version 1, which ends in 2037 and has no rule for the time after.
    case unsupportedVersion
    /// Shorter than its own counts say.
    case truncated
    /// Counts leap seconds; instants here do not.
    case leapSeconds
    /// An index out of range, an offset of more than a day, or transitions out of order.
    case inconsistent
    /// The rule at its end cannot be read.
    case malformedFooter
}

/// What a TZif file (RFC 8536, version 2 and later) says, its 64-bit part only.
struct TimeZoneFile: Sendable {
    /// Seconds east of Greenwich before the first transition.
    let initialOffset: Int
    /// UTC seconds, ascending, and the offset from then on.
    let transitions: [(at: Int64, offset: Int)]
    let footer: TimeZoneFooter?

    init(parsing bytes: Span<UInt8>) throws(TimeZoneFileError) {
        let legacy = try Header(bytes, at: 0)
        guard legacy.version >= UInt8(ascii: "2") else { throw .unsupportedVersion }
        let start = Header.size + legacy.bodySize(timeSize: 4)
        let header = try Header(bytes, at: start)
        guard header.leapCount == 0 else { throw .leapSeconds }
        let times = start + Header.size
        let end = times + header.bodySize(timeSize: 8)
        guard end <= bytes.count else { throw .truncated }
        let indices = times + header.timeCount * 8
        let types = indices + header.timeCount

        var offsets: [Int] = []
        offsets.reserveCapacity(header.typeCount)
        for type in 0..<header.typeCount {
            let offset = Int(Int32(truncatingIfNeeded: bytes.bigEndian(at: types + type * 6, size: 4)))
            guard abs(offset) < 26 * 3_600 else { throw .inconsistent }
            offsets.append(offset)
        }
        guard let first = offsets.first else { throw .inconsistent }
        initialOffset = first

        var transitions: [(at: Int64, offset: Int)] = []
        transitions.reserveCapacity(header.timeCount)
        for index in 0..<header.timeCount {
            let type = Int(bytes[indices + index])
            let at = bytes.bigEndian(at: times + index * 8, size: 8)
            guard type < offsets.count, transitions.last.map({ $0.at < at }) ?? true else { throw .inconsistent }
            transitions.append((at, offsets[type]))
        }
        self.transitions = transitions
        footer = try Self.footer(bytes, at: end)
    }

    /// The rule between two line feeds; nil when there is nothing between them.
    private static func footer(_ bytes: Span<UInt8>, at start: Int) throws(TimeZoneFileError) -> TimeZoneFooter? {
        guard bytes.holds("\n", at: start) else { throw .truncated }
        var end = start + 1
        while !bytes.holds("\n", at: end) {
            guard end < bytes.count else { throw .truncated }
            end += 1
        }
        if end == start + 1 { return nil }
        guard let footer = TimeZoneFooter(parsing: bytes.extracting((start + 1)..<end)) else {
            throw .malformedFooter
        }
        return footer
    }

    /// The 44 bytes before each of the two parts.
    private struct Header {
        static let size = 44

        let version: UInt8
        let universalCount: Int
        let standardCount: Int
        let leapCount: Int
        let timeCount: Int
        let typeCount: Int
        let characterCount: Int

        init(_ bytes: Span<UInt8>, at start: Int) throws(TimeZoneFileError) {
            for (index, character) in [UInt8]("TZif".utf8).enumerated() {
                guard start + index < bytes.count, bytes[start + index] == character else { throw .notATimeZoneFile }
            }
            guard start + Self.size <= bytes.count else { throw .truncated }
            version = bytes[start + 4]
            universalCount = Int(bytes.bigEndian(at: start + 20, size: 4))
            standardCount = Int(bytes.bigEndian(at: start + 24, size: 4))
            leapCount = Int(bytes.bigEndian(at: start + 28, size: 4))
            timeCount = Int(bytes.bigEndian(at: start + 32, size: 4))
            typeCount = Int(bytes.bigEndian(at: start + 36, size: 4))
            characterCount = Int(bytes.bigEndian(at: start + 40, size: 4))
        }

        func bodySize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
                + standardCount + universalCount
        }
    }
}

extension Span where Element == UInt8 {
    /// The `size` bytes from `index` on, most significant first; of eight bytes the sign is kept.
    fileprivate func bigEndian(at index: Int, size: Int) -> Int64 {
        var value: UInt64 = 0
        for position in index..<(index + size) {
            value = value << 8 | UInt64(self[position])
        }
        return Int64(bitPattern: value)
    }
}
