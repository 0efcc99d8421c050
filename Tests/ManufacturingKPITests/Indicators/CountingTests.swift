import ManufacturingKPI
import Shared
import Testing

@Suite("Counting in buckets and by product")
struct CountingTests {
    private let zone = TimeZoneRules.utc
    private let day = Interval(start: Instant(minute: 0), end: Instant(minute: 1_440))

    /// Some counts of three series in a day, reproducible by the seed.
    private func counts(_ seed: UInt64) -> LineCounts {
        var state = seed
        func next() -> UInt32 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(state >> 60)
        }
        let kinds: [(Int64, AreaType, Int64)] = [(1, .input, 1), (2, .output, 1), (2, .output, 2)]
        return LineCounts(
            series: kinds.map { area, type, product in
                MinuteSeries(
                    area: AreaID(area), areaType: type, product: ProductID(product), base: 0,
                    counts: (0..<1_440).map { _ in next() }
                )
            })
    }

    @Test("buckets count what each of them counts alone", arguments: [BucketSize.minute, .quarterHour, .hour, .day])
    func bucketsAgree(size: BucketSize) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let counts = counts(seed)
        let set = IntervalSet(union: [
            Interval(start: Instant(minute: 7), end: Instant(minute: 130)),
            Interval(start: Instant(minute: 400), end: Instant(minute: 1_433)),
        ])
        let buckets = Buckets(size, over: day, in: zone)
        let counted = try CountedBuckets(set, over: buckets, counts: counts)
        for index in counts.series.indices {
            var totals = [Int](repeating: 0, count: buckets.count)
            counted.add(index, of: counts, to: &totals, at: Array(totals.indices))
            let alone = try (0..<buckets.count).map { bucket in
                try counts.detections(in: set.intersection(buckets.interval(at: bucket))) {
                    $0.area == counts.series[index].area && $0.product == counts.series[index].product
                }
            }
            #expect(totals == alone, "seed \(seed)")
        }
    }

    @Test("a cut minute counts in its bucket")
    func cutMinute() throws {
        let end = Instant(minute: 60) + 30_000_000
        let set = IntervalSet(Interval(start: Instant(minute: 0), end: end))
        let stretch = Interval(start: Instant(minute: 60), end: end)
        let series = MinuteSeries(
            area: AreaID(1), areaType: .output, product: ProductID(1), base: 0,
            counts: [UInt32](repeating: 2, count: 120))
        let buckets = Buckets(.hour, over: Interval(start: Instant(minute: 0), end: end), in: zone)
        let counts = LineCounts(series: [series], cuts: [CutMinute(stretch: stretch, counts: [1])])
        var totals = [0, 0]
        try CountedBuckets(set, over: buckets, counts: counts).add(0, of: counts, to: &totals, at: [0, 1])
        #expect(totals == [120, 1])
        #expect(throws: CountsFault.missingCutMinute(stretch)) {
            try CountedBuckets(set, over: buckets, counts: LineCounts(series: [series]))
        }
    }

    @Test("a series whose first minute is put earlier can still be preceded")
    func putEarlier() {
        let length = Int64(MinuteSeries.blockLength)
        func series(base: Int64, _ counts: [UInt32]) -> MinuteSeries {
            MinuteSeries(area: AreaID(1), areaType: .output, product: ProductID(1), base: base, counts: counts)
        }
        // A late unit in the middle of a block, before everything that was known.
        let known = series(base: 5 * length, [4])
        let late = [1] + [UInt32](repeating: 0, count: Int(2 * length) - 18) + [4]
        let replaced = known.replacing(from: 3 * length + 17, with: late)
        let whole = replaced.preceded(by: series(base: length, [2]))
        #expect(whole.total == 7)
        #expect(whole.detections(fromMinute: length, to: length + 1) == 2)
        #expect(whole.detections(fromMinute: 3 * length + 17, to: 3 * length + 18) == 1)
        #expect(whole.detections(fromMinute: 5 * length, to: 5 * length + 1) == 4)
    }

    @Test("the first and the last minute with a detection")
    func reach() {
        var numbers = [UInt32](repeating: 0, count: 3_000)
        numbers[17] = 1
        numbers[2_500] = 3
        let series = MinuteSeries(
            area: AreaID(1), areaType: .output, product: ProductID(1), base: 100, counts: numbers)
        #expect(series.firstMinute(from: 0, to: 5_000) == 117)
        #expect(series.lastMinute(from: 0, to: 5_000) == 2_600)
        #expect(series.firstMinute(from: 118, to: 5_000) == 2_600)
        #expect(series.lastMinute(from: 0, to: 2_600) == 117)
        #expect(series.firstMinute(from: 118, to: 2_600) == nil)
        #expect(series.lastMinute(from: 118, to: 2_600) == nil)
    }

    @Test("replacing the later minutes is the same as counting all of them")
    func replacing() {
        let seed = UInt64.random(in: 0...UInt64.max)
        let old = counts(seed).series[0]
        let new = counts(seed &+ 1).series[0].counts
        for minute: Int64 in [0, 1, 1_023, 1_024, 1_025, 1_439, 1_440, 1_500] {
            let later = Array(new.prefix(700))
            let expected =
                Array(old.counts.prefix(Int(minute))) + [UInt32](repeating: 0, count: max(0, Int(minute) - 1_440))
                + later
            let replaced = old.replacing(from: minute, with: later)
            #expect(replaced.counts == expected, "seed \(seed), from \(minute)")
            #expect(replaced.total == expected.reduce(0) { $0 + Int($1) })
            #expect(
                replaced.detections(fromMinute: 1_000, to: 1_700)
                    == expected.dropFirst(1_000).prefix(700).reduce(0) { $0 + Int($1) })
        }
    }

    private func settings(_ versions: [(validFrom: Instant?, value: LineVersion)]) -> LineSettings {
        LineSettings(
            versions: EffectiveDated(versions), detectsStops: true, commissionedAt: Instant(minute: 0),
            decommissionedAt: nil)
    }

    @Test("a target is the rate over the planned time, each version over its own")
    func target() {
        let planned = IntervalSet(Interval(start: Instant(minute: 0), end: Instant(minute: 90)))
        let threshold: Int64 = 60_000_000
        let first = LineVersion(ratePerMinute: 10, downtimeThreshold: threshold, targetOEE: 0.5)
        let second = LineVersion(ratePerMinute: 20, downtimeThreshold: threshold)
        let changing = settings([(nil, first), (Instant(minute: 60), second)])
        #expect(TargetUnits(changing, over: planned)?.units == 900.0)
        #expect(TargetUnits(changing, over: planned)?.isNominal == true)
        #expect(TargetUnits(settings([(nil, first)]), over: planned)?.isNominal == false)
        let unknown = LineVersion(ratePerMinute: 0, downtimeThreshold: threshold)
        #expect(TargetUnits(settings([(nil, first), (Instant(minute: 60), unknown)]), over: planned) == nil)
        #expect(TargetUnits(settings([(nil, unknown)]), over: IntervalSet())?.units == 0)
    }
}
