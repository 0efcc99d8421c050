import Shared
import Testing

@Suite("Zone files")
struct TimeZoneFileTests {
    /// Bytes of a version 2 file whose 32-bit part is empty.
    private static func file(
        version: Character = "2", times: [Int64] = [], types: [UInt8] = [], offsets: [Int32] = [0], leaps: UInt32 = 0,
        footer: String = ""
    ) -> [UInt8] {
        func header(_ counts: [UInt32]) -> [UInt8] {
            Array("TZif\(version)".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { bigEndian($0) }
        }
        var bytes = header([0, 0, 0, 0, 1, 4]) + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        bytes += header([0, 0, leaps, UInt32(times.count), UInt32(offsets.count), 4])
        bytes += times.flatMap { bigEndian($0) } + types
        bytes += offsets.flatMap { bigEndian($0) + [0, 0] } + Array("UTC\0".utf8)
        bytes += [UInt8](repeating: 0, count: Int(leaps) * 12)
        return bytes + Array("\n\(footer)\n".utf8)
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// A zone of the rule alone.
    static func zone(footer: String) throws -> TimeZoneRules {
        try TimeZoneRules(name: "Test", tzif: file(offsets: [3_600], footer: footer).span)
    }

    @Test("a file without transitions or rule keeps its offset")
    func fixed() throws {
        let zone = try TimeZoneRules(name: "Test", tzif: Self.file(offsets: [-12_600]).span)
        #expect(zone.offset(at: Instant(seconds: 0)) == -12_600)
        #expect(zone.offset(at: Instant.last) == -12_600)
        #expect(zone.name == "Test")
    }

    @Test("transitions are found to the second, and the first type holds before them")
    func transitions() throws {
        let bytes = Self.file(times: [-(1 << 59), 10_000, 20_000], types: [1, 0, 2], offsets: [0, 1_800, -3_600])
        let zone = try TimeZoneRules(name: "Test", tzif: bytes.span)
        let expected: [(Int64, Int)] = [
            (-5_000_000_000, 1_800), (9_999, 1_800), (10_000, 0), (19_999, 0), (20_000, -3_600),
        ]
        for (seconds, offset) in expected {
            #expect(zone.offset(at: Instant(seconds: seconds)) == offset)
        }
        #expect(zone.offset(at: Instant(microseconds: 19_999_999_999)) == 0)
    }

    @Test(
        "all forms of rule",
        arguments: [
            // Last Sunday of March and October.
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2150-03-29T01:00:00Z", "2150-10-25T01:00:00Z", 7_200, 3_600),
            // Southern half of the year, 30 minutes, quoted names.
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2150-10-03T15:30:00Z", "2151-04-03T15:00:00Z", 39_600, 37_800),
            // Day 60 is 1 March in every year.
            ("XXX3YYY,J60/0,J300", "2152-03-01T03:00:00Z", "2152-10-27T04:00:00Z", -7_200, -10_800),
            // Day 59 is 29 February in a leap year.
            ("XXX3YYY,59/0,300", "2152-02-29T03:00:00Z", "2152-10-27T04:00:00Z", -7_200, -10_800),
            // Times before and after the day, the day before a last Sunday.
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2150-03-29T01:00:00Z", "2150-10-25T01:00:00Z", -3_600, -7_200),
            ("XXX0YYY,M4.5.5/72,M10.5.1/-100:30:15", "2150-04-27T00:00:00Z", "2150-10-21T18:29:45Z", 3_600, 0),
            // Negative daylight saving time, as in Ireland.
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2150-10-25T01:00:00Z", "2151-03-28T01:00:00Z", 0, 3_600),
        ])
    func rules(footer: String, start: String, end: String, during: Int, outside: Int) throws {
        let zone = try Self.zone(footer: footer)
        let (start, end) = (try Instant(iso8601: start), try Instant(iso8601: end))
        #expect(zone.offset(at: start + (-1)) == outside)
        #expect(zone.offset(at: start) == during)
        #expect(zone.offset(at: end + (-1)) == during)
        #expect(zone.offset(at: end) == outside)
    }

    @Test("daylight saving time all year is no change at all")
    func allYear() throws {
        let zone = try Self.zone(footer: "EST5EDT,0/0,J365/25")
        for year in [2_024, 2_025, 2_399, 2_400, 5_000] {
            let newYear = try Instant(iso8601: "\(year)-01-01T05:00:00Z")
            for instant in [newYear + (-3_600_000_000), newYear + (-1), newYear, newYear + 3_600_000_000] {
                #expect(zone.offset(at: instant) == -14_400)
            }
        }
    }

    @Test("the rule holds until the year 9999 and repeats every 400 years")
    func farFuture() throws {
        let zone = try Self.zone(footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        // The last Sunday of March 9998 is the 29th, as in 7998, 2398 …: the calendar repeats.
        let change = try Instant(iso8601: "9998-03-29T01:00:00Z")
        #expect(zone.offset(at: change + (-1)) == 3_600)
        #expect(zone.offset(at: change) == 7_200)
        let hole = try LocalDateTime(parsing: "9998-03-29T02:30")
        #expect(zone.instant(of: hole) == change)
        #expect(zone.instant(of: try LocalDateTime(parsing: "9998-03-29T03:00")) == change)
        #expect(zone.local(of: change).description == "9998-03-29T03:00")
    }

    @Test(
        "bad rules are refused",
        arguments: [
            "CET", "CE-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/", "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,J366,J300",
            "CET-1CEST,366,300", "CET-25", "CET-1:60", "<CET-1", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1 ", "-1",
            "CET-1,",
            "CET-99999999999999999999",
        ])
    func badRules(footer: String) {
        #expect(throws: TimeZoneFileError.malformedFooter) { try Self.zone(footer: footer) }
    }

    @Test("damaged files are refused by name and never read past their end")
    func damaged() throws {
        func error(_ bytes: [UInt8]) -> TimeZoneFileError? {
            do throws(TimeZoneFileError) {
                _ = try TimeZoneRules(name: "Test", tzif: bytes.span)
                return nil
            } catch {
                return error
            }
        }
        let good = Self.file(times: [10, 20], types: [0, 1], offsets: [0, 60], footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(error(good) == nil)
        for length in 0..<good.count {
            #expect(error(Array(good.prefix(length))) != nil, "the first \(length) bytes are no file")
        }
        #expect(error([]) == .notATimeZoneFile)
        #expect(error(Array("<html></html>".utf8)) == .notATimeZoneFile)
        #expect(error(Self.file(version: "\0")) == .unsupportedVersion)
        #expect(error(Self.file(leaps: 1)) == .leapSeconds)
        #expect(error(Self.file(times: [20, 10], types: [0, 1], offsets: [0, 60])) == .inconsistent)
        #expect(error(Self.file(times: [10, 10], types: [0, 1], offsets: [0, 60])) == .inconsistent)
        #expect(error(Self.file(times: [10], types: [1], offsets: [0])) == .inconsistent)
        #expect(error(Self.file(offsets: [94_000])) == .inconsistent)
        #expect(error(Self.file(offsets: [])) == .inconsistent)
        #expect(error(Self.file(times: [.max], types: [0], offsets: [0])) == .inconsistent)
        #expect(error(Self.file(times: [0, 60], types: [1, 2], offsets: [7_200, 0, 3_600])) == .inconsistent)
    }

    @Test("any damage to a real file is an error or a zone, never a crash")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        print("zone file fuzz seed \(seed)")
        let good = Self.file(
            times: [10, 20_000], types: [0, 1], offsets: [0, 60], footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        for _ in 0..<1_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if let zone = try? TimeZoneRules(name: "Test", tzif: bytes.span) {
                let instant = Instant(seconds: .random(in: 0...253_402_300_799, using: &generator))
                let local = zone.local(of: instant)
                #expect(zone.local(of: zone.instant(of: local)) == local, "seed \(seed)")
            }
        }
    }
}
