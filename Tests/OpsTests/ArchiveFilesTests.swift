import Foundation
import Testing

@testable import OpsCLI

@Suite struct ArchiveFilesTests {
    /// Lines that compress well, and some that do not.
    private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return index % 3 == 0 ? UInt8(truncatingIfNeeded: state >> 33) : UInt8(ascii: "7")
        }
    }

    private static func gzip(_ bytes: [UInt8], part: Int) throws -> [UInt8] {
        let writer = try GzipWriter()
        var coded: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: part) {
            coded += writer.take(Array(bytes[start..<min(start + part, bytes.count)]))
        }
        return coded + writer.finish()
    }

    /// Nil when a part is refused.
    private static func plain(_ coded: [UInt8], part: Int) throws -> (bytes: [UInt8], isWhole: Bool)? {
        let reader = try GzipReader()
        var plain: [UInt8] = []
        for start in stride(from: 0, to: coded.count, by: part) {
            guard let some = reader.take(Array(coded[start..<min(start + part, coded.count)])) else { return nil }
            plain += some
        }
        return (plain, reader.isWhole)
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 300_000], [1_000, 65_536, 1 << 20])
    func whatIsCompressedComesBack(count: Int, part: Int) throws {
        let bytes = Self.bytes(count, seed: 7)
        let coded = try Self.gzip(bytes, part: part)
        let back = try #require(try Self.plain(coded, part: part))
        #expect(back.bytes == bytes && back.isWhole)
    }

    @Test func damagedFilesAreNoneOrNotWhole() throws {
        let coded = try Self.gzip(Self.bytes(100_000, seed: 9), part: 4_096)
        #expect(try Self.plain(coded, part: 4_096)?.isWhole == true)
        #expect(try Self.plain(Array(coded.dropLast()), part: 4_096)?.isWhole == false)
        #expect(try Self.plain(coded + [0], part: 4_096) == nil)
        var flipped = coded
        flipped[coded.count - 6] ^= 1
        #expect(try Self.plain(flipped, part: 4_096) == nil)
        #expect(try Self.plain(Array("no gzip at all".utf8), part: 4_096) == nil)
    }

    @Test func rowsAreCountedByTheirEnds() throws {
        var reader = ArchivedContentReader()
        reader.take(Array("1\ta\n2\t".utf8))
        #expect(reader.content() == nil)
        reader.take(Array("b\\nc\n".utf8))
        #expect(reader.content()?.rows == 2)
        #expect(ArchivedContentReader().content()?.rows == 0)
    }

    @Test func monthsAreReadAndOrdered() {
        #expect(ArchiveMonth("2026-03")?.description == "2026-03")
        for text in ["2026-3", "2026-13", "2026-00", "1969-12", "2026-03-01", "", "abcd-ef"] {
            #expect(ArchiveMonth(text) == nil, "\(text)")
        }
        #expect(ArchiveMonth(year: 2025, month: 12) < ArchiveMonth(year: 2026, month: 1))
    }
}
