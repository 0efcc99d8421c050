import Foundation
import Shared
import Testing

@Suite("Instants as text")
struct InstantTextTests {
    @Test(
        "reads every form of an instant",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00Z", 0),
            ("2026-03-04T05:40:00+01:00", 1_772_599_200_000_000),
            ("2026-03-04T05:40:00-03:30", 1_772_615_400_000_000),
            ("2026-03-04T05:40:00.5Z", 1_772_602_800_500_000),
            ("2026-03-04T05:40:00.000001-00:00", 1_772_602_800_000_001),
            ("2026-03-04T05:40:00.123456789Z", 1_772_602_800_123_456),
            ("2026-03-04T05:40:00.0000009Z", 1_772_602_800_000_000),
            ("1969-12-31T23:00:00-02:00", 3_600_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)])
    func reads(text: String, microseconds: Int64) throws {
        #expect(try Instant(iso8601: text).microseconds == microseconds)
    }

    @Test(
        "refuses what is no instant and says why",
        arguments: [
            ("2026-03-04", .missingOffset), ("2026-03-04T05:40:00", .missingOffset),
            ("2026-03-04T05:40", .missingOffset),
            ("2026-03-04T05:40:00.5", .missingOffset),
            ("2026-03-04T24:00:00Z", .impossibleTime), ("2026-03-04T23:59:60Z", .impossibleTime),
            ("2026-03-04T23:60:00Z", .impossibleTime), ("2026-03-04T05:40:00+24:00", .impossibleTime),
            ("2026-03-04T05:40:00+01:60", .impossibleTime), ("2026-02-29T05:40:00Z", .impossibleDate),
            ("2026-03-04T05:40:00.1234567890Z", .tooManyFractionDigits),
            ("1969-12-31T23:59:59.999999Z", .beforeFirstYear), ("1970-01-01T00:00:00+00:01", .beforeFirstYear),
            ("0000-01-01T00:00:00Z", .beforeFirstYear), ("9999-12-31T23:59:59-00:01", .afterLastYear),
            ("2026-03-04 05:40:00Z", .malformed), ("2026-03-04T05:40:00.Z", .malformed),
            ("2026-03-04T05:40:00+0100", .malformed), ("2026-03-04T05:40:00+01", .malformed),
            ("2026-03-04T05:40:00ZZ", .malformed), ("2026-03-04T05:40:00z", .malformed),
            ("2026-03-04T05:40:0Z", .malformed), ("2026-03-04T05:4", .malformed), ("", .malformed), ("now", .malformed),
            (" 2026-03-04T05:40:00Z", .malformed), ("2026-03-04T05:40:00Z\u{0}", .malformed),
            ("10000-01-01T00:00:00Z", .malformed), ("2026-03-04T05:40:00,5Z", .malformed),
        ] as [(String, TimeTextError)])
    func refuses(text: String, error: TimeTextError) {
        #expect(throws: error) { try Instant(iso8601: text) }
    }

    @Test(
        "writes the fraction only when there is one",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"),
            (1_772_602_801_500_000, "2026-03-04T05:40:01.500000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func writes(microseconds: Int64, text: String) {
        #expect(Instant(microseconds: microseconds).description == text)
    }

    @Test("what is written is read back, and Foundation reads the same")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<2_000 {
            let instant = Instant(microseconds: .random(in: 0...Instant.last.microseconds, using: &generator))
            #expect(try Instant(iso8601: instant.description) == instant, "seed \(seed)")
            let whole = Instant(seconds: instant.microseconds / 1_000_000)
            let date = formatter.date(from: whole.description)
            #expect(date?.timeIntervalSince1970 == Double(whole.microseconds / 1_000_000), "seed \(seed) \(whole)")
        }
    }
}

/// SplitMix64: numbers that a printed seed gives again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
