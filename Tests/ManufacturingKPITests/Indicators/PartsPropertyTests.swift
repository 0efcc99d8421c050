import ManufacturingKPI
import Shared
import Testing

@Suite("Parts of a line's figures add up")
struct PartsPropertyTests {
    @Test("products are the line: units, weight, produced and ideal time")
    func products() throws {
        for seed in UInt64(1)...800 {
            var random = SeededGenerator(seed: seed)
            let line = IndicatorPropertyTests.random(&random, alwaysRated: true)
            let whole = try line.figures.sums
            let products = try line.facts.products(over: line.time) { $0.areaType == .output }
            #expect(products.reduce(0) { $0 + $1.units } == whole.totalProduction, "seed \(seed)")
            #expect(products.reduce(0) { $0 + $1.unitsInPlan } == whole.good, "seed \(seed)")
            #expect(products.reduce(0) { $0 + $1.produced } == whole.produced, "seed \(seed)")
            #expect(products.reduce(0) { $0 + $1.weightGrams } == whole.weightGrams, "seed \(seed)")
            let ideal = products.reduce(0.0) { $0 + ($1.ideal ?? .nan) }
            let expected = try line.figures.idealSeconds.value ?? .nan
            #expect(abs(ideal - expected) < 1e-6, "seed \(seed)")
            #expect(products.map(\.product) == products.map(\.product).sorted(), "seed \(seed)")
        }
    }

    @Test("incidents are the downtime, with the stops that are counted")
    func incidents() throws {
        for seed in UInt64(1)...800 {
            var random = SeededGenerator(seed: seed)
            var line = IndicatorPropertyTests.random(&random, alwaysRated: true)
            for index in line.stops.registered.indices where Bool.random(using: &random) {
                line.stops.registered[index].cause = StopCause(
                    incident: IncidentID(Int64.random(in: 1...2, using: &random)),
                    reason: nil,
                    justifiedBy: nil,
                    justifiedAt: nil
                )
            }
            let analysis = line.facts.stops.analysis(planned: line.time.planned)
            let parts = DowntimeByIncident(line.facts.stops, planned: line.time.planned).parts
            #expect(parts.reduce(0) { $0 + $1.downtime } == analysis.downtime, "seed \(seed)")
            #expect(parts.reduce(0) { $0 + $1.stops } == analysis.stops, "seed \(seed)")
            #expect(parts.reduce(0) { $0 + $1.microStops } == analysis.microStops, "seed \(seed)")
            #expect(Set(parts.map(\.incident)).count == parts.count, "seed \(seed)")
            var twice = DowntimeByIncident(line.facts.stops, planned: line.time.planned)
            twice += twice
            #expect(twice.parts.reduce(0) { $0 + $1.downtime } == 2 * analysis.downtime, "seed \(seed)")
        }
    }

    @Test("what counts elsewhere is left out of all time and stays in the calendar's")
    func elsewhere() {
        let day = Interval(start: Instant(minute: 0), end: Instant(minute: 1_440))
        let night = IntervalSet(Interval(start: Instant(minute: 0), end: Instant(minute: 360)))
        let own = IntervalSet(Interval(start: Instant(minute: 1_320), end: Instant(minute: 1_800)))
        let time = LinePeriod(
            period: day, planned: own, instances: own, elsewhere: night, now: Instant(minute: 9_000))
        #expect(time.period == day)
        #expect(
            time.all == IntervalSet(Interval(start: Instant(minute: 360), end: Instant(minute: 1_800))))
    }
}
