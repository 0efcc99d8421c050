import Crypto

/// What the rows of an archived month are known by: their number, and the hash of the text that COPY writes of them.
struct ArchivedContent: Equatable {
    /// What is archived of a row, in this order.
    static let columns = ["detection_id", "detected_at", "area_id", "product_id", "event_id", "received_at"]

    var rows: Int64
    var sha256: [UInt8]
}

/// Takes in that text part by part.
struct ArchivedContentReader {
    private var hash = SHA256()
    private var rows: Int64 = 0
    private var last: UInt8?

    mutating func take(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        // COPY writes a line end within a value as two characters, so each of these ends a row.
        for byte in bytes where byte == UInt8(ascii: "\n") { rows += 1 }
        last = bytes.last ?? last
    }

    /// Nil when the last row has no end.
    func content() -> ArchivedContent? {
        guard last == nil || last == UInt8(ascii: "\n") else { return nil }
        return ArchivedContent(rows: rows, sha256: Array(hash.finalize()))
    }
}

/// Length and SHA-256 of a file that is read part by part.
struct FileHash {
    private var hash = SHA256()
    private(set) var count: Int64 = 0

    mutating func take(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        count += Int64(bytes.count)
    }

    /// Of all that was taken.
    var sha256: [UInt8] { Array(hash.finalize()) }
}

/// Bytes as two hexadecimal digits each.
enum HexadecimalText {
    static func of(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
