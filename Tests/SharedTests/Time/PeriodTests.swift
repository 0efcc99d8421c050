import Shared
import Testing

@Suite("Periods")
struct PeriodTests {
    private let madrid: TimeZoneRules

    init() throws {
        madrid = try TimeZoneDatabase().rules(named: "Europe/Madrid")
    }

    private func period(_ from: String, _ to: String) throws -> Period {
        try PeriodRequest(from: PeriodBound(parsing: from), to: PeriodBound(parsing: to)).resolved(in: madrid)
    }

    @Test(
        "both ends in every form",
        arguments: [
            ("2026-03-04", "2026-03-04", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", true),
            ("2026-03-04", "2026-03-06", "2026-03-03T23:00:00Z", "2026-03-06T23:00:00Z", true),
            ("2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", true),
            ("2026-03-04T00:00", "2026-03-04T23:59", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", true),
            ("2026-03-04", "2026-03-04T23:59", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", true),
            ("2026-03-04T00:00", "2026-03-04", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", false),
            ("2026-03-04T00:00", "2026-03-05T00:00", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", false),
            ("2026-03-04", "2026-03-05T00:00", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", false),
            ("2026-03-04T06:00", "2026-03-04T23:59", "2026-03-04T05:00:00Z", "2026-03-04T23:00:00Z", false),
            ("2026-03-04T06:00", "2026-03-04T14:00", "2026-03-04T05:00:00Z", "2026-03-04T13:00:00Z", false),
            ("2026-03-04T06:00", "2026-03-04T06:00", "2026-03-04T05:00:00Z", "2026-03-04T05:00:00Z", false),
            ("2026-03-29T02:10", "2026-03-29T02:50", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", false),
            (
                "2026-03-04T00:00:00Z", "2026-03-04T12:00:00.5+01:00", "2026-03-04T00:00:00Z", "2026-03-04T11:00:00.5Z",
                false
            ),
            ("2026-03-04T00:00:00+01:00", "2026-03-04", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z", false),
            ("2026-03-04", "2026-03-04T12:00Z", "2026-03-03T23:00:00Z", "2026-03-04T12:00:00Z", false),
            ("9998-12-31", "9998-12-31", "9998-12-30T23:00:00Z", "9998-12-31T23:00:00Z", true),
        ] as [(String, String, String, String, Bool)])
    func resolves(from: String, to: String, start: String, end: String, isWhole: Bool) throws {
        let period = try period(from, to)
        #expect(period.interval.start == (try Instant(iso8601: start)))
        #expect(period.interval.end == (try Instant(iso8601: end)))
        #expect((period.wholeDates != nil) == isWhole)
    }

    @Test(
        "a start after the end is no period",
        arguments: [
            ("2026-03-05", "2026-03-04"), ("2026-03-05T00:00", "2026-03-04T23:59"),
            ("2026-03-04T10:01", "2026-03-04T10:00"),
            ("2026-03-04T10:00:01Z", "2026-03-04T10:00:00Z"), ("2026-03-04T10:00:00Z", "2026-03-04T10:59"),
            ("2026-03-04T00:00", "2026-03-03"),
        ])
    func endsBeforeStart(from: String, to: String) {
        #expect(throws: PeriodRequestError.endsBeforeStart) { try period(from, to) }
    }

    @Test(
        "a week before, on the clock, whatever clocks do between",
        arguments: [
            ("2026-04-03", "2026-04-04", "2026-03-27", "2026-03-28"),
            ("2026-04-03T06:00", "2026-04-03T14:00", "2026-03-27T06:00", "2026-03-27T14:00"),
            // Madrid goes from UTC+1 to UTC+2 on 2026-03-29.
            ("2026-04-03T04:00:00Z", "2026-04-03T12:00:00Z", "2026-03-27T05:00:00Z", "2026-03-27T13:00:00Z"),
            ("2026-03-24T04:00:00Z", "2026-03-24T12:00:00Z", "2026-03-17T04:00:00Z", "2026-03-17T12:00:00Z"),
        ])
    func weekBefore(from: String, to: String, start: String, end: String) throws {
        #expect(try period(from, to).earlier(days: 7, in: madrid) == period(start, end))
    }

    @Test("a week before the first there is none, and around a clock put back it has no negative length")
    func noWeekBefore() throws {
        #expect(try period("1970-01-03", "1970-01-03").earlier(days: 7, in: madrid) == nil)
        // 02:50 the first time and 02:10 the second.
        let folded = try period("2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z")
        #expect(try #require(folded.earlier(days: 7, in: madrid)).interval.isEmpty)
    }

    @Test(
        "what is no bound is refused and says why",
        arguments: [
            ("2026-02-29", .impossibleDate), ("2026-03-04T24:00", .impossibleTime),
            ("2026-03-04T10:00:00", .missingOffset),
            ("1969-12-31", .beforeFirstYear), ("1969-12-31T23:59", .beforeFirstYear), ("9999-01-01", .afterLastYear),
            ("9999-01-01T00:00:00Z", .afterLastYear), ("1969-12-31T23:59:59Z", .beforeFirstYear),
            ("yesterday", .malformed), ("", .malformed), ("2026-03-04 10:00", .malformed), ("2026-3-4", .malformed),
        ] as [(String, TimeTextError)])
    func badBounds(text: String, error: TimeTextError) {
        #expect(throws: error) { try PeriodBound(parsing: text) }
    }

    @Test("only two instants are the same period in every zone")
    func zones() throws {
        let instant = try PeriodBound(parsing: "2026-03-04T10:00:00Z")
        let date = try PeriodBound(parsing: "2026-03-04")
        #expect(PeriodRequest(from: instant, to: instant).isSameInAllZones)
        #expect(!PeriodRequest(from: instant, to: date).isSameInAllZones)
        #expect(!PeriodRequest(from: date, to: instant).isSameInAllZones)
        #expect(!PeriodRequest(from: date, to: date).isSameInAllZones)
    }

    @Test(
        "the period before has as many days, or the same time on the clock",
        arguments: [
            ("2026-03-30", "2026-03-30", 1, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-03-30", "2026-03-31", 2, "2026-03-25T23:00:00Z", "2026-03-27T23:00:00Z"),
            ("2026-03-30T08:00", "2026-03-31T08:00", 1, "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"),
            ("2026-03-29T08:00", "2026-03-30T08:00", 1, "2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z"),
            ("2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z", 1, "2026-03-28T06:00:00Z", "2026-03-29T06:00:00Z"),
        ])
    func earlier(from: String, to: String, steps: Int, start: String, end: String) throws {
        let earlier = try #require(try period(from, to).earlier(steps: steps, in: madrid))
        #expect(earlier.interval.start == (try Instant(iso8601: start)))
        #expect(earlier.interval.end == (try Instant(iso8601: end)))
    }

    @Test("nothing is before an empty period or 1970")
    func noneEarlier() throws {
        #expect(try period("2026-03-04T10:00", "2026-03-04T10:00").earlier(in: madrid) == nil)
        #expect(try period("1970-01-02", "1970-01-03").earlier(in: madrid) == nil)
        #expect(try period("1970-01-03", "1970-01-03").earlier(in: madrid) != nil)
    }

    @Test(
        "limits are counted on the calendar",
        arguments: [
            (.minute, "2026-10-20", "2026-10-26", true), (.minute, "2026-10-20", "2026-10-27", false),
            (.minute, "2026-10-20T10:00", "2026-10-27T10:00", true),
            (.minute, "2026-10-20T10:00", "2026-10-27T10:01", false),
            (.quarterHour, "2026-10-01", "2026-12-01", true), (.quarterHour, "2026-10-01", "2026-12-02", false),
            (.hour, "2024-01-01", "2024-12-31", true), (.hour, "2024-01-01", "2025-01-01", false),
            (.day, "2021-01-01", "2025-12-31", true), (.day, "2021-01-01", "2026-01-01", false),
            (.week, "2016-01-01", "2025-12-31", true), (.week, "2016-01-01", "2026-01-01", false),
            (.month, "2016-02-29", "2026-02-28", true), (.month, "2016-02-29", "2026-03-01", false),
        ] as [(BucketSize, String, String, Bool)])
    func limits(size: BucketSize, from: String, to: String, isAllowed: Bool) throws {
        #expect(size.limit.allows(try period(from, to).interval, in: madrid) == isAllowed)
    }
}
