import Shared
import Testing

@Suite("Buckets")
struct BucketsTests {
    private let database = TimeZoneDatabase()

    private func buckets(_ size: BucketSize, _ from: String, _ to: String, _ zone: String) throws -> [String] {
        let interval = Interval(start: try Instant(iso8601: from), end: try Instant(iso8601: to))
        let buckets = Buckets(size, over: interval, in: try database.rules(named: zone))
        return (0..<buckets.count).map { index in
            let minutes = Double(buckets.interval(at: index).length) / 60_000_000
            return "\(buckets.label(at: index)) \(minutes == minutes.rounded() ? "\(Int(minutes))" : "\(minutes)")"
        }
    }

    @Test("labels and lengths: the first is the floor of the start, the last ends at its natural end")
    func labels() throws {
        let zone = "America/Argentina/Buenos_Aires"
        let (from, to) = ("2026-12-31T22:40:30Z", "2026-12-31T22:42:00Z")
        #expect(try buckets(.minute, from, to, zone) == ["2026-12-31 19:40 1", "2026-12-31 19:41 1"])
        #expect(try buckets(.quarterHour, from, to, zone) == ["2026-12-31 19:30 15"])
        #expect(try buckets(.hour, from, to, zone) == ["2026-12-31 19:00 60"])
        #expect(try buckets(.day, from, to, zone) == ["2026-12-31 1440"])
        #expect(try buckets(.week, from, to, zone) == ["2026-W53 10080"])
        #expect(try buckets(.month, from, to, zone) == ["2026-12 44640"])
        #expect(try buckets(.hour, from, from, zone) == [])
        #expect(try buckets(.hour, "2026-12-31T22:00:00Z", "2026-12-31T23:00:00.000001Z", zone).count == 2)
    }

    @Test("floors are those of the clock, not of UTC")
    func kolkata() throws {
        #expect(
            try buckets(.hour, "2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z", "Asia/Kolkata")
                == ["2026-06-01 05:00 60", "2026-06-01 06:00 60"]
        )
        #expect(
            try buckets(.quarterHour, "2026-06-01T00:00:00Z", "2026-06-01T00:20:00Z", "Asia/Kathmandu")
                == ["2026-06-01 05:45 15", "2026-06-01 06:00 15"]
        )
    }

    @Test("clocks of Madrid: the hour of autumn repeats its label, that of spring is missing")
    func madrid() throws {
        #expect(
            try buckets(.hour, "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z", "Europe/Madrid")
                == ["2026-10-25 01:00 60", "2026-10-25 02:00 60", "2026-10-25 02:00 60"]
        )
        #expect(
            try buckets(.hour, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "Europe/Madrid")
                == ["2026-03-29 01:00 60", "2026-03-29 03:00 60"]
        )
        #expect(
            try buckets(.day, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "Europe/Madrid")
                == ["2026-03-28 1440", "2026-03-29 1380", "2026-03-30 1440"]
        )
        #expect(
            try buckets(.week, "2026-10-19T12:00:00Z", "2026-10-26T12:00:00Z", "Europe/Madrid")
                == ["2026-W43 10140", "2026-W44 10080"]
        )
    }

    @Test("Lord Howe's half hour shortens an hour, in spring and in autumn")
    func lordHowe() throws {
        // 02:00 becomes 02:30.
        #expect(
            try buckets(.hour, "2026-10-03T14:30:00Z", "2026-10-03T16:30:00Z", "Australia/Lord_Howe")
                == ["2026-10-04 01:00 60", "2026-10-04 02:00 30", "2026-10-04 03:00 60"]
        )
        // 02:00 becomes 01:30.
        #expect(
            try buckets(.hour, "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z", "Australia/Lord_Howe")
                == ["2026-04-05 01:00 60", "2026-04-05 01:00 30", "2026-04-05 02:00 60"]
        )
        // The floor of a start inside the shortened hours is the same bucket.
        #expect(
            try buckets(.hour, "2026-10-03T15:59:00Z", "2026-10-03T16:00:00Z", "Australia/Lord_Howe")
                == ["2026-10-04 02:00 30"]
        )
        #expect(
            try buckets(.hour, "2026-04-04T15:20:00Z", "2026-04-04T15:21:00Z", "Australia/Lord_Howe")
                == ["2026-04-05 01:00 30"]
        )
    }

    @Test("a date left out at the date line has no bucket")
    func apia() throws {
        #expect(
            try buckets(.day, "2011-12-29T12:00:00Z", "2011-12-31T09:00:00Z", "Pacific/Apia")
                == ["2011-12-29 1440", "2011-12-31 1440"]
        )
    }

    @Test("a change inside an hour ends its bucket")
    func insideHour() throws {
        // 00:01 became 01:01, and 00:01 became 23:01 of the day before.
        #expect(
            try buckets(.hour, "2006-04-02T02:30:00Z", "2006-04-02T04:00:00Z", "America/St_Johns")
                == ["2006-04-01 23:00 60", "2006-04-02 00:00 1", "2006-04-02 01:00 59"]
        )
        #expect(
            try buckets(.hour, "2006-10-29T02:00:00Z", "2006-10-29T04:30:00Z", "America/St_Johns")
                == ["2006-10-28 23:00 60", "2006-10-29 00:00 1", "2006-10-28 23:00 59", "2006-10-29 00:00 60"]
        )
        #expect(
            try buckets(.day, "2006-10-29T02:31:30Z", "2006-10-29T03:31:00Z", "America/St_Johns") == ["2006-10-29 1500"]
        )
    }

    @Test("put forward within an hour, the clock leaves one shorter bucket")
    func forwardInsideHour() throws {
        // On 10 April 00:10 becomes 00:30.
        let zone = try TimeZoneFileTests.zone(footer: "XXX0YYY-0:20,J100/0:10,J300")
        let midnight = try Instant(iso8601: "2150-04-10T00:00:00Z")
        let first = Interval(start: midnight, end: midnight + 40 * 60_000_000)
        for minutes: Int64 in [0, 9, 10, 39] {
            let inside = midnight + minutes * 60_000_000
            let buckets = Buckets(.hour, over: Interval(start: inside, end: midnight + 41 * 60_000_000), in: zone)
            #expect(buckets.interval(at: 0) == first, "from minute \(minutes)")
            #expect(buckets.label(at: 0) == "2150-04-10 00:00" && buckets.label(at: 1) == "2150-04-10 01:00")
            #expect(buckets.count == 2)
        }
    }

    @Test(
        "any series covers its interval without gap or overlap, and finds each instant", arguments: BucketSize.allCases)
    func cover(size: BucketSize) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let names = [
            "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Monrovia",
            "Pacific/Apia", "America/Havana", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca",
        ]
        for _ in 0..<200 {
            let name = names.randomElement(using: &generator) ?? "UTC"
            let zone = try database.rules(named: name)
            // Around a change of clocks where there is one in the year.
            let start = Instant(microseconds: .random(in: 0...2_000_000_000_000_000, using: &generator))
            let length = size == .minute ? 3 : size == .month ? 500 : 60
            let interval = Interval(
                start: start, end: start + .random(in: 1...Int64(length) * 86_400_000_000, using: &generator)
            )
            let buckets = Buckets(size, over: interval, in: zone)
            #expect(buckets.starts.first.map { $0 <= interval.start } ?? false, "seed \(seed)")
            #expect(buckets.end >= interval.end, "seed \(seed)")
            for index in 0..<buckets.count {
                let bucket = buckets.interval(at: index)
                let isRight =
                    !bucket.isEmpty && bucket.overlaps(interval) && buckets.index(of: bucket.start) == index
                    && buckets.index(of: bucket.end + (-1)) == index
                guard isRight else {
                    Issue.record("seed \(seed): \(size) \(name) \(buckets.label(at: index)) of \(interval)")
                    return
                }
                // The floor of any instant of a bucket is that bucket again.
                if index % 50 == 0 {
                    let inside = bucket.start + .random(in: 0..<bucket.length, using: &generator)
                    let alone = Buckets(size, over: Interval(start: inside, end: inside + 1), in: zone)
                    #expect(alone.count == 1 && alone.interval(at: 0) == bucket, "seed \(seed) \(name) \(inside)")
                    #expect(alone.label(at: 0) == buckets.label(at: index), "seed \(seed) \(name) \(inside)")
                }
            }
            #expect(buckets.index(of: buckets.end) == nil)
        }
    }
}
