import NIOCore
import Shared

/// The parts of a body, up to its limit.
struct BodyStream: AsyncSequence, Sendable {
    let body: RequestBody
    /// Bytes, at most.
    let limit: Int

    func makeAsyncIterator() -> Iterator {
        switch body {
        case .whole(let bytes): Iterator(whole: bytes, parts: nil, left: limit)
        case .arriving(let parts): Iterator(whole: nil, parts: parts.makeAsyncIterator(), left: limit)
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var whole: ByteBuffer?
        fileprivate let parts: RequestBodyFeed.Sequence.AsyncIterator?
        fileprivate var left: Int

        mutating func next() async throws -> ByteBuffer? {
            var part = whole.take()
            if part == nil { part = try await parts?.next() }
            guard let part else { return nil }
            left -= part.readableBytes
            guard left >= 0 else { throw Fault(code: .bodyTooLarge) }
            return part
        }
    }
}
