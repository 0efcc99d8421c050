import ManufacturingKPI
import Shared
import Testing

/// The identities of domain §4 on whole random plants.
@Suite("Identities on random plants")
struct PlantPropertyTests {
    static let cases: UInt64 = 1_000

    private let zones: [String: TimeZoneRules]

    init() throws {
        zones = try PlantSeeds.zones()
    }

    private func made(_ number: UInt64) throws -> (seed: UInt64, plant: PlantCase) {
        let seed = PlantSeeds.first &+ 1_000_000 &+ number
        return (seed, try #require(PlantCaseMaker.plant(seed: seed)))
    }

    private func ask(_ plant: PlantCase, part: Interval? = nil) throws -> [EngineAnswer] {
        try plant.lines.map { try EngineAnswer(plant, $0, #require(zones[$0.zone]), part: part) }
    }

    @Test("Planned is running and stopped, total is good and unplanned, quotients are 0 to 1, stops are disjoint")
    func always() throws {
        for number in 0..<Self.cases {
            let (seed, plant) = try made(number)
            let answers = try ask(plant)
            let lines = try answers.map { try $0.indicators }
            for figures in lines + [LineIndicators.combine(lines)] {
                let sums = figures.sums
                #expect(sums.planned == figures.runtime + sums.downtime, "seed \(seed)")
                #expect(figures.runtime >= 0 && sums.downtime >= 0, "seed \(seed)")
                #expect(sums.totalProduction == sums.good + sums.unplannedProduction, "seed \(seed)")
                for figure in [figures.availability, figures.performance, figures.quality, figures.oee] {
                    #expect(figure.value.map { (0...1).contains($0) } ?? true, "seed \(seed) \(figure)")
                }
            }
            for answer in answers {
                let planned = answer.time.planned
                let pieces =
                    answer.stops.stops(planned: planned).map(\.interval)
                    + answer.stops.remainders(planned: planned)
                let sum = pieces.reduce(0) { $0 + $1.length }
                #expect(IntervalSet(union: pieces).length == sum, "seed \(seed)")
            }
        }
    }

    @Test("Counts and seconds of two adjacent periods add up to the whole, wherever they meet")
    func adjacent() throws {
        for number in 0..<Self.cases {
            let (seed, given) = try made(number)
            var plant = given
            plant.shift = nil
            plant.haveRates()
            for index in plant.lines.indices {
                let line = plant.lines[index]
                let zone = try #require(zones[line.zone])
                let whole = try EngineAnswer(plant, line, zone)
                let interval = whole.period.interval
                var random = SeededGenerator(seed: seed)
                let meeting = interval.start + .random(in: 0...interval.length, using: &random)
                let left = try EngineAnswer(
                    plant, line, zone, part: Interval(start: interval.start, end: meeting)
                ).indicators
                let right = try EngineAnswer(
                    plant, line, zone, part: Interval(start: meeting, end: interval.end)
                ).indicators
                let sum = LineIndicators.combine([left, right])
                let expected = try whole.indicators
                #expect(sum.sums.calendar == expected.sums.calendar, "seed \(seed)")
                #expect(sum.sums.planned == expected.sums.planned, "seed \(seed)")
                #expect(sum.sums.downtime == expected.sums.downtime, "seed \(seed)")
                #expect(sum.runtime == expected.runtime, "seed \(seed)")
                #expect(sum.sums.produced == expected.sums.produced, "seed \(seed)")
                #expect(sum.sums.good == expected.sums.good, "seed \(seed)")
                #expect(sum.sums.totalProduction == expected.sums.totalProduction, "seed \(seed)")
                #expect(sum.sums.unplannedProduction == expected.sums.unplannedProduction, "seed \(seed)")
                #expect(sum.sums.weightGrams == expected.sums.weightGrams, "seed \(seed)")
                let ideal = try #require(expected.idealSeconds.value)
                #expect(sum.idealSeconds.isAbout(ideal), "seed \(seed)")
            }
        }
    }

    @Test("Any arrival order of the same detections gives the same")
    func arrival() throws {
        for number in 0..<Self.cases {
            let (seed, plant) = try made(number)
            var other = plant
            var random = SeededGenerator(seed: ~seed)
            for index in other.lines.indices { other.lines[index].detections.shuffle(using: &random) }
            for (one, two) in zip(try ask(plant), try ask(other)) {
                #expect(try one.indicators == two.indicators, "seed \(seed)")
                let planned = one.time.planned
                #expect(one.stops.stops(planned: planned) == two.stops.stops(planned: planned), "seed \(seed)")
            }
        }
    }

    @Test("With rates everywhere total OEE lies between its lines and is good hours of planned hours")
    func total() throws {
        for number in 0..<Self.cases {
            let (seed, given) = try made(number)
            var plant = given
            plant.haveRates()
            let lines = try ask(plant).map { try $0.indicators }
            let total = LineIndicators.combine(lines)
            guard let oee = total.oee.value else {
                #expect(total.sums.planned == 0, "seed \(seed)")
                continue
            }
            let values = lines.compactMap { $0.oee.value }
            #expect(oee >= (values.min() ?? 1) - 1e-12 && oee <= (values.max() ?? 0) + 1e-12, "seed \(seed)")
            let weighted = lines.reduce(0.0) { $0 + Double($1.sums.planned) * ($1.oee.value ?? 0) }
            #expect(abs(oee - weighted / Double(total.sums.planned)) < 1e-12, "seed \(seed)")
            let waterfall = LossWaterfall(total)
            let good = try #require(waterfall.good)
            #expect(abs(oee * Double(waterfall.planned) - Double(good)) <= 1, "seed \(seed)")
            let losses = waterfall.notPlanned + waterfall.stopped + (waterfall.slower ?? 0) + (waterfall.rejected ?? 0)
            #expect(waterfall.calendar == losses + good, "seed \(seed)")
        }
    }

    @Test("What a line's figures are explained by adds up to them")
    func explanation() throws {
        for number in 0..<Self.cases {
            let (seed, plant) = try made(number)
            for (answer, line) in zip(try ask(plant), plant.lines) {
                let figures = try answer.indicators
                let sums = figures.sums
                let explanation = try LineExplanation(of: answer.facts, over: answer.time)
                let output = explanation.counts.filter { $0.areaType == .output }
                #expect(output.reduce(0) { $0 + $1.inPlan } == sums.good, "seed \(seed)")
                #expect(output.reduce(0) { $0 + $1.total } == sums.totalProduction, "seed \(seed)")
                let weighings = explanation.products.flatMap(\.weighings)
                #expect(weighings.reduce(0) { $0 + $1.output } == sums.totalProduction, "seed \(seed)")
                let grams = weighings.reduce(Int64(0)) { $0 + $1.grams * Int64($1.output) }
                #expect(grams == sums.weightGrams, "seed \(seed)")
                if answer.time.isOfShift {
                    #expect(weighings.reduce(0) { $0 + ($1.inShift ?? -1) } == sums.good, "seed \(seed)")
                    if sums.nominalGrams > 0 {
                        let inShift = weighings.reduce(Int64(0)) { $0 + $1.grams * Int64($1.inShift ?? 0) }
                        #expect(inShift == sums.ratedGrams, "seed \(seed)")
                    }
                } else {
                    #expect(weighings.allSatisfy { $0.inShift == nil }, "seed \(seed)")
                }
                let ratings = explanation.products.flatMap(\.ratings)
                #expect(ratings.reduce(0) { $0 + $1.produced } == sums.produced, "seed \(seed)")
                if sums.ratedLines == 1 {
                    let ideal = ratings.reduce(0.0) { $0 + ($1.produced > 0 ? $1.idealSeconds ?? .nan : 0) }
                    #expect(figures.idealSeconds.isAbout(ideal), "seed \(seed)")
                }
                let parts = answer.stops.parts(planned: answer.time.planned)
                #expect(parts.reduce(0) { $0 + $1.plannedInPeriod } == sums.downtime, "seed \(seed)")
                for part in parts {
                    let expected = Self.kind(of: part, line, whatIf: plant.threshold)
                    #expect(part.kind == expected, "seed \(seed)")
                }
            }
        }
    }

    /// Decided from what a part says of itself and the line's settings.
    private static func kind(of part: StopPart, _ line: PlantCase.Line, whatIf: Int64?) -> StopPart.Kind {
        guard let start = part.calculatedFrom?.microseconds else { return .stop }
        let version = line.versions.holding(at: start)
        if part.plannedDuration <= whatIf ?? version?.threshold ?? 0 { return .remainder }
        return version?.micro.map { part.plannedDuration <= $0 } ?? false ? .micro : .stop
    }

    @Test("The buckets of a chart add up to total production", arguments: BucketSize.allCases)
    func chart(size: BucketSize) throws {
        for number in 0..<(size == .minute ? 40 : Self.cases / 2) {
            let (seed, plant) = try made(number)
            for answer in try ask(plant) where !answer.time.hull.isEmpty {
                let buckets = Buckets(size, over: answer.time.hull, in: answer.zone)
                var units = 0
                for index in 0..<buckets.count {
                    let part = answer.time.all.intersection(buckets.interval(at: index))
                    guard !part.isEmpty else { continue }
                    units += try answer.facts.counts.detections(in: part) { $0.areaType == .output }
                }
                #expect(units == (try answer.indicators.sums.totalProduction), "seed \(seed)")
            }
        }
    }
}

extension PlantCase {
    /// Gives every version of every line a rate.
    fileprivate mutating func haveRates() {
        for line in lines.indices {
            for version in lines[line].versions.indices where (lines[line].versions[version].value.rate ?? 0) <= 0 {
                lines[line].versions[version].value.rate = 2
            }
        }
    }
}
