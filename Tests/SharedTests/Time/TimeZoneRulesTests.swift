import Foundation
import Shared
import Testing

@Suite("Time zones")
struct TimeZoneRulesTests {
    private let database = TimeZoneDatabase()

    /// Zones of every continent and of every odd kind of rule, of which two editions of tzdata say the same.
    private static let names = [
        "UTC", "Europe/Madrid", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Berlin", "Europe/Paris",
        "Europe/Rome", "Europe/Athens", "Europe/Istanbul", "Europe/Moscow", "Europe/Warsaw", "Europe/Helsinki",
        "Atlantic/Azores", "Atlantic/Canary", "Atlantic/Reykjavik", "America/New_York", "America/Chicago",
        "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "America/Halifax",
        "America/St_Johns", "America/Toronto", "America/Mexico_City", "America/Tijuana", "America/Bogota",
        "America/Lima", "America/Caracas", "America/La_Paz", "America/Santiago", "America/Argentina/Buenos_Aires",
        "America/Montevideo", "America/Sao_Paulo", "America/Havana", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dubai",
        "Asia/Tokyo", "Asia/Shanghai", "Asia/Singapore", "Asia/Jerusalem", "Asia/Karachi", "Asia/Dhaka",
        "Asia/Bangkok", "Asia/Jakarta", "Asia/Seoul", "Australia/Sydney", "Australia/Adelaide", "Australia/Perth",
        "Australia/Brisbane", "Australia/Lord_Howe", "Australia/Eucla", "Pacific/Auckland", "Pacific/Chatham",
        "Pacific/Apia", "Pacific/Honolulu", "Pacific/Kiritimati", "Pacific/Norfolk", "Africa/Lagos",
        "Africa/Johannesburg", "Africa/Nairobi", "Africa/Algiers",
    ]

    @Test("offsets equal Foundation's at random instants of 1971–2100", arguments: names)
    func againstFoundation(name: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let zone = try database.rules(named: name)
        let other = try #require(TimeZone(identifier: name))
        let first = try Instant(iso8601: "1971-01-01T00:00:00Z").microseconds / 1_000_000
        let last = try Instant(iso8601: "2100-12-31T00:00:00Z").microseconds / 1_000_000
        for _ in 0..<500 {
            let seconds = Int64.random(in: first...last, using: &generator)
            let instant = Instant(seconds: seconds)
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            guard zone.offset(at: instant) == expected else {
                Issue.record("seed \(seed): \(name) at \(instant) is \(zone.offset(at: instant)), not \(expected)")
                return
            }
            #expect(
                zone.local(of: instant) - LocalDateTime(microseconds: instant.microseconds)
                    == Int64(expected) * 1_000_000)
        }
    }

    @Test("a local time is its first instant, or the first after the hole", arguments: names)
    func inverse(name: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let zone = try database.rules(named: name)
        for _ in 0..<500 {
            let local = LocalDateTime(microseconds: .random(in: 0...8_000_000_000_000_000, using: &generator))
            let instant = zone.instant(of: local)
            // No instant of the day and a half before shows this time or a later one.
            let isFirst = stride(from: 1, through: 36 * 60, by: 7).allSatisfy { minutes in
                zone.local(of: instant + (-Int64(minutes) * 60_000_000 + 60_000_000 - 1)) < local
            }
            #expect(isFirst && zone.local(of: instant) >= local, "seed \(seed): \(name) \(local)")
            #expect(zone.local(of: instant) == local || zone.local(of: instant + (-1)) < local, "seed \(seed)")
        }
    }

    @Test(
        "holes and repeated times",
        arguments: [
            ("Europe/Madrid", "2026-03-29T01:59", "2026-03-29T00:59:00Z"),
            ("Europe/Madrid", "2026-03-29T02:00", "2026-03-29T01:00:00Z"),
            ("Europe/Madrid", "2026-03-29T02:30", "2026-03-29T01:00:00Z"),
            ("Europe/Madrid", "2026-03-29T03:00", "2026-03-29T01:00:00Z"),
            ("Europe/Madrid", "2026-10-25T02:00", "2026-10-25T00:00:00Z"),
            ("Europe/Madrid", "2026-10-25T02:59", "2026-10-25T00:59:00Z"),
            ("Europe/Madrid", "2026-10-25T03:00", "2026-10-25T02:00:00Z"),
            ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),
            ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"),
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"),
            ("Asia/Kolkata", "2026-01-01T00:00", "2025-12-31T18:30:00Z"),
            ("America/Argentina/Buenos_Aires", "2026-01-01T00:00", "2026-01-01T03:00:00Z"),
        ])
    func edges(name: String, local: String, instant: String) throws {
        let zone = try database.rules(named: name)
        #expect(zone.instant(of: try LocalDateTime(parsing: local)) == (try Instant(iso8601: instant)))
    }

    @Test(
        "lengths of days",
        arguments: [
            ("Europe/Madrid", "2026-03-29", 23.0), ("Europe/Madrid", "2026-10-25", 25.0),
            ("Europe/Madrid", "2026-10-26", 24.0), ("America/New_York", "2026-03-08", 23.0),
            ("America/New_York", "2026-11-01", 25.0), ("Australia/Lord_Howe", "2026-10-04", 23.5),
            ("Australia/Lord_Howe", "2026-04-05", 24.5), ("Asia/Kolkata", "2026-03-29", 24.0),
            ("Pacific/Apia", "2011-12-30", 0.0), ("America/Sao_Paulo", "2018-11-04", 23.0),
            ("America/Sao_Paulo", "2019-02-16", 25.0), ("America/Havana", "2026-11-01", 25.0),
            ("Europe/Madrid", "9998-03-29", 23.0),
        ] as [(String, String, Double)])
    func dayLengths(name: String, date: String, hours: Double) throws {
        let zone = try database.rules(named: name)
        let date = try LocalDate(parsing: date)
        #expect(zone.start(of: date + 1) - zone.start(of: date) == Int64(hours * 3_600_000_000))
    }

    @Test("a day once begun goes on when the clock is put back over midnight")
    func overMidnight() throws {
        // At 00:01 of 29 October 2006 the clock of St John's went back to 23:01 of the 28th.
        let zone = try database.rules(named: "America/St_Johns")
        let date = try LocalDate(parsing: "2006-10-29")
        let again = zone.start(of: date) + 30 * 60_000_000
        #expect(zone.local(of: again).description == "2006-10-28T23:30")
        #expect(zone.date(of: again) == date)
        #expect(zone.date(of: zone.start(of: date)) == date)
        #expect(zone.date(of: zone.start(of: date) + (-1)) == date + (-1))
    }
}

@Suite("The machine's zones")
struct TimeZoneDatabaseTests {
    private let database = TimeZoneDatabase()

    @Test("every listed zone loads, and every one is listed once")
    func all() throws {
        let names = try database.names()
        #expect(names.count > 400 && Set(names).count == names.count)
        #expect(names.contains("Europe/Madrid") && names.contains("UTC"))
        for name in names {
            let zone = try database.rules(named: name)
            #expect(zone.name == name)
            let noon = try LocalDateTime(parsing: "2026-06-15T12:00")
            #expect(zone.local(of: zone.instant(of: noon)) == noon)
        }
    }

    @Test(
        "what is no zone of tzdata is unknown, wherever it leads",
        arguments: [
            "", ".", "..", "/", "Europe", "Europe/", "Europe/Nowhere", "europe/madrid", "Europe/Madrid ",
            " Europe/Madrid",
            "Europe/Madrid\n", "Europe/Madrid\u{0}", "Europe//Madrid", "Europe/../Europe/Madrid", "../../../etc/passwd",
            "/usr/share/zoneinfo/Europe/Madrid", "posix/Europe/Madrid", "right/Europe/Madrid", "localtime",
            "posixrules",
            "Factory", "tzdata.zi", "zone.tab", "CET-1CEST", "L", "Z", "12",
        ])
    func unknown(name: String) {
        #expect(throws: TimeZoneDatabaseError.unknownZone) { try database.rules(named: name) }
    }

    @Test("a missing tzdata is told from an unknown zone")
    func missing() {
        #expect(throws: TimeZoneDatabaseError.unreadable(file: "tzdata.zi", code: 2)) {
            try TimeZoneDatabase(folder: "/usr/share/nowhere").rules(named: "UTC")
        }
    }
}
