import NIOCore

/// Follows the frames of a connection by their first nine bytes (RFC 9113 §4.1), so that it is known whether something has
/// begun that only counts when it is whole: the client's preface, a head with its CONTINUATION frames, or any frame but DATA.
/// The parser tells what is whole and nothing of what is not.
struct HTTP2FrameEdges {
    private static let data: UInt8 = 0
    private static let headers: UInt8 = 1
    private static let continuation: UInt8 = 9
    private static let endOfHeaders: UInt8 = 4
    private static let headLength = 9

    /// Bytes of the preface that are still to come.
    private var preface = 24
    /// The beginning of a frame that has not come whole.
    private var head: [UInt8] = []
    /// Bytes of the present frame that are still to come.
    private var left = 0
    private var isData = false
    private var isInBlock = false
    /// Whether the last bytes ended something.
    private(set) var hasEnded = false

    /// Whether what has begun has still to end.
    var isInside: Bool {
        preface > 0 || isInBlock || !head.isEmpty || (left > 0 && !isData)
    }

    mutating func read(_ bytes: ByteBufferView) {
        hasEnded = false
        var rest = bytes
        skip(&rest, &preface)
        while !rest.isEmpty {
            if left > 0 {
                skip(&rest, &left)
            } else {
                let part = rest.prefix(Self.headLength - head.count)
                head += part
                rest = rest.dropFirst(part.count)
                if head.count == Self.headLength { begin() }
            }
            if left == 0, head.isEmpty { hasEnded = true }
        }
    }

    private mutating func begin() {
        left = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let (kind, flags) = (head[3], head[4])
        isData = kind == Self.data
        if kind == Self.headers || kind == Self.continuation { isInBlock = flags & Self.endOfHeaders == 0 }
        head.removeAll(keepingCapacity: true)
    }

    private func skip(_ rest: inout ByteBufferView, _ length: inout Int) {
        let skipped = min(length, rest.count)
        length -= skipped
        rest = rest.dropFirst(skipped)
    }
}
