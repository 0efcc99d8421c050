import NIOCore

/// How many rows an answer to a batch of detections says were stored.
enum StoredRows {
    private static let name = Array(#""stored":"#.utf8)
    /// The member is the second one of the answer.
    private static let longestSearch = 128

    /// Nil when the answer does not say.
    static func count(in answer: ByteBuffer) -> Int64? {
        let bytes = answer.readableBytesView.prefix(longestSearch)
        guard let found = bytes.firstRange(of: name) else { return nil }
        var digits = bytes[found.upperBound...].drop { $0 == UInt8(ascii: " ") }
        var count: Int64?
        while let digit = digits.popFirst(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            count = (count ?? 0) * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return count
    }
}
