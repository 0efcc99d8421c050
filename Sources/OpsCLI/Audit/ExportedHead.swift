import Foundation

/// A line of the file of heads: how many entries there were, the hash of the last, and when that was told.
struct ExportedHead: Sendable, Equatable {
    var entries: Int64
    var hash: [UInt8]
    var toldAt: String

    /// Nil for a line that is none, such as one that a crash has cut.
    init?(line: String) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let entries = Int64(parts[0]), entries > 0, let hash = Self.bytes(parts[1]),
            !parts[2].isEmpty
        else { return nil }
        self.entries = entries
        self.hash = hash
        toldAt = String(parts[2])
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// The file of heads, read line by line however long it is.
struct HeadsFile {
    private static let chunk = 1 << 16
    /// A longer line is none.
    private static let longestLine = 1_000

    let path: String

    /// Gives the lines in groups of up to 1 000.
    ///
    /// - Returns: how many lines were no heads.
    func readGroups(_ body: ([ExportedHead]) async throws -> Void) async throws -> Int {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw OpsFailure("--heads: \(path) cannot be read")
        }
        var rest = Data()
        var heads: [ExportedHead] = []
        var unreadable = 0
        func take(_ line: Data) {
            if let head = ExportedHead(line: String(decoding: line, as: UTF8.self)) {
                heads.append(head)
            } else {
                unreadable += 1
            }
        }
        while let chunk = try handle.read(upToCount: Self.chunk), !chunk.isEmpty {
            rest.append(chunk)
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(rest[rest.startIndex..<end])
                rest = rest[(end + 1)...]
            }
            if rest.count > Self.longestLine { throw OpsFailure("--heads: \(path) is no file of heads") }
            if heads.count >= 1_000 {
                try await body(heads)
                heads = []
            }
        }
        if !rest.isEmpty { take(rest) }
        try await body(heads)
        return unreadable
    }
}
