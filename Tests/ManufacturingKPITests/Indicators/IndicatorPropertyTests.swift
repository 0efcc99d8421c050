import ManufacturingKPI
import Shared
import Testing

@Suite("Indicators: identities on random lines")
struct IndicatorPropertyTests {
    static func random(_ random: inout SeededGenerator, alwaysRated: Bool) -> FiguresExample {
        var line = FiguresExample()
        line.isDual = Bool.random(using: &random)
        line.rate =
            alwaysRated || Int.random(in: 0..<4, using: &random) > 0 ? Double.random(in: 0.1...20, using: &random) : nil
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            let area = AreaType.allCases.randomElement(using: &random) ?? .output
            line.units.append(
                (
                    area, Int64.random(in: 1...3, using: &random), Int64.random(in: -100...1_600, using: &random),
                    Int.random(in: 0...200, using: &random)
                ))
        }
        for product in Int64(1)...3 where Bool.random(using: &random) {
            let change = clock(0, Int64.random(in: 1...1_439, using: &random))
            line.products.append(
                ProductTerms(
                    product: ProductID(product),
                    weight: EffectiveDated([
                        (validFrom: nil, value: Int64.random(in: 0...5_000, using: &random)),
                        (validFrom: change, value: Int64.random(in: 0...5_000, using: &random)),
                    ]),
                    idealRate: EffectiveDated([(validFrom: change, value: Double.random(in: 1...20, using: &random))])))
        }
        line.stops.planned = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let start = Int64.random(in: -200...1_400, using: &random)
            return span(clock(0, start), clock(0, start + Int64.random(in: 1...300, using: &random)))
        }
        var cursor: Int64 = 0
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            cursor += Int64.random(in: 0...40_000, using: &random)
            let end = cursor + Int64.random(in: 1...10_000, using: &random)
            line.stops.registered.append(RegisteredStop(id: StopID(cursor + 1), start: at(cursor), end: at(end)))
            cursor = end
        }
        return line
    }

    @Test func bounds() throws {
        for seed in UInt64(1)...1_500 {
            var random = SeededGenerator(seed: seed)
            let lines = (0..<3).map { _ in Self.random(&random, alwaysRated: false) }
            let each = try lines.map { try $0.figures }
            for figures in each + [LineIndicators.combine(each)] {
                for figure in [figures.availability, figures.performance, figures.quality, figures.oee] {
                    #expect(figure.value.map { (0...1).contains($0) } ?? true, "seed \(seed) \(figure)")
                }
                #expect(figures.sums.planned == figures.runtime + figures.sums.downtime, "seed \(seed)")
                #expect(
                    figures.sums.totalProduction == figures.sums.good + figures.sums.unplannedProduction,
                    "seed \(seed)")
                #expect((figures.availability.value == nil) == (figures.sums.planned == 0), "seed \(seed)")
                #expect(figures.sums.planned > 0 || figures.oee.value == nil, "seed \(seed)")
            }
        }
    }

    @Test("With rates everywhere a total's OEE lies between its lines and is good hours of planned hours")
    func totalBetweenLines() throws {
        for seed in UInt64(1)...1_500 {
            var random = SeededGenerator(seed: seed)
            let lines = (0..<Int.random(in: 1...5, using: &random)).map { _ in Self.random(&random, alwaysRated: true) }
            let each = try lines.map { try $0.figures }
            let total = LineIndicators.combine(each)
            guard let oee = total.oee.value else {
                #expect(total.sums.planned == 0, "seed \(seed)")
                continue
            }
            let values = each.compactMap { $0.oee.value }
            #expect(oee >= (values.min() ?? 1) - 1e-12 && oee <= (values.max() ?? 0) + 1e-12, "seed \(seed)")
            let weighted = each.reduce(0.0) { $0 + Double($1.sums.planned) * ($1.oee.value ?? 0) }
            #expect(abs(oee - weighted / Double(total.sums.planned)) < 1e-12, "seed \(seed)")
            let waterfall = LossWaterfall(total)
            let good = Double(waterfall.good ?? -1) / Double(waterfall.planned)
            #expect(abs(oee - good) < 1e-6 / max(1, Double(waterfall.planned) / 1e6), "seed \(seed)")
            let losses = waterfall.notPlanned + waterfall.stopped + (waterfall.slower ?? 0) + (waterfall.rejected ?? 0)
            #expect(waterfall.calendar == losses + (waterfall.good ?? 0), "seed \(seed)")
        }
    }

    @Test("Counts and seconds of two adjacent periods add up to the whole")
    func additivity() throws {
        for seed in UInt64(1)...1_500 {
            var random = SeededGenerator(seed: seed)
            var line = Self.random(&random, alwaysRated: true)
            let whole = try line.figures
            let middle = clock(0, Int64.random(in: 0...1_440, using: &random))
            line.stops.period = span(clock(0), middle)
            let left = try line.figures
            line.stops.period = span(middle, clock(24))
            let right = try line.figures
            let sum = LineIndicators.combine([left, right]).sums
            #expect(sum.calendar == whole.sums.calendar, "seed \(seed)")
            #expect(sum.planned == whole.sums.planned && sum.downtime == whole.sums.downtime, "seed \(seed)")
            #expect(sum.produced == whole.sums.produced && sum.good == whole.sums.good, "seed \(seed)")
            #expect(sum.totalProduction == whole.sums.totalProduction, "seed \(seed)")
            #expect(sum.weightGrams == whole.sums.weightGrams, "seed \(seed)")
            let ideal = (left.idealSeconds.value ?? 0) + (right.idealSeconds.value ?? 0)
            #expect(abs(ideal - (whole.idealSeconds.value ?? -1)) < 1e-6, "seed \(seed)")
        }
    }

    @Test("Sums of a series equal those of its minutes one by one, in two pieces as in one")
    func series() {
        for seed in UInt64(1)...300 {
            var random = SeededGenerator(seed: seed)
            var tally = MinuteTally()
            // Blocks of all widths: some minutes count much, long stretches nothing.
            let most = [1, 40, 100_000].randomElement(using: &random) ?? 1
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                let minute = Int64.random(in: -1_500...6_000, using: &random)
                tally.add(Int.random(in: 0...most, using: &random), atMinute: minute)
            }
            let series = tally.series(area: AreaID(1), areaType: .output, product: ProductID(1))
            #expect(series.total == tally.counts.values.reduce(0, +), "seed \(seed)")
            let middle = MinuteSeries.blockStart(of: Int64.random(in: -1_500...6_000, using: &random))
            let early = tally.part { $0 < middle }.series(area: AreaID(1), areaType: .output, product: ProductID(1))
            let late = MinuteSeries(
                area: AreaID(1), areaType: .output, product: ProductID(1), base: middle, counts: []
            ).replacing(from: middle, with: tally.dense(from: middle))
            let joined = late.preceded(by: early)
            for _ in 0..<40 {
                let from = Int64.random(in: -2_000...6_500, using: &random)
                let to = Int64.random(in: from...6_600, using: &random)
                let expected = tally.counts.filter { from <= $0.key && $0.key < to }.values.reduce(0, +)
                #expect(series.detections(fromMinute: from, to: to) == expected, "seed \(seed)")
                #expect(joined.detections(fromMinute: from, to: to) == expected, "seed \(seed), joined at \(middle)")
            }
            #expect(joined.total == series.total, "seed \(seed)")
        }
    }
}
