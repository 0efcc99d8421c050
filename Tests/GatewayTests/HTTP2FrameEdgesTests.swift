import NIOCore
import Testing

@testable import Gateway

/// What is known of a connection of HTTP/2 by the first bytes of its frames, wherever reads are cut.
@Suite struct HTTP2FrameEdgesTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ length: Int) -> [UInt8] {
        [0, UInt8(length >> 8), UInt8(length & 255), kind, flags, 0, 0, 0, 1] + Array(repeating: 7, count: length)
    }

    /// Each with whether something is unfinished behind it.
    private static let parts: [(bytes: [UInt8], isInside: Bool)] = [
        (preface, false),
        (frame(4, 0, 6), false),
        (frame(1, 5, 20), false),
        (frame(1, 1, 20), true),
        (frame(9, 0, 0), true),
        (frame(9, 4, 3), false),
        (frame(0, 1, 300), false),
        (frame(6, 0, 8), false),
    ]

    @Test func wholeFramesLeaveNothingOpenButHeadsThatGoOn() {
        var edges = HTTP2FrameEdges()
        #expect(edges.isInside)
        for part in Self.parts {
            edges.read(ByteBuffer(bytes: part.bytes).readableBytesView)
            #expect(edges.isInside == part.isInside)
            #expect(edges.hasEnded || part.bytes == Self.preface)
        }
    }

    @Test func whereverReadsAreCutTheEndIsTheSame() {
        let bytes = Self.parts.flatMap(\.bytes)
        for cut in 1..<bytes.count {
            var edges = HTTP2FrameEdges()
            edges.read(ByteBuffer(bytes: bytes[..<cut]).readableBytesView)
            edges.read(ByteBuffer(bytes: bytes[cut...]).readableBytesView)
            #expect(!edges.isInside, "cut at \(cut)")
        }
    }

    @Test func onlyDataMayComeInPieces() {
        for (kind, isInside) in [(UInt8(0), false), (1, true), (4, true), (6, true), (9, true)] {
            var edges = HTTP2FrameEdges()
            edges.read(ByteBuffer(bytes: Self.preface + Self.frame(kind, 4, 50).dropLast()).readableBytesView)
            #expect(edges.isInside == isInside, "kind \(kind)")
        }
    }
}
