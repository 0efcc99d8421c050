import Foundation
import ManufacturingKPI
import Shared
import Testing

/// Seeds of the random plants: others on every run, or from the one in `CAMET_TEST_SEED` on.
enum PlantSeeds {
    static let first: UInt64 = {
        let wanted = ProcessInfo.processInfo.environment["CAMET_TEST_SEED"].flatMap { UInt64($0) }
        let seed = wanted ?? UInt64.random(in: 0...UInt64.max / 2)
        print("random plants from seed \(seed) on; repeat with CAMET_TEST_SEED=\(seed)")
        return seed
    }()

    static func zones() throws -> [String: TimeZoneRules] {
        let database = TimeZoneDatabase()
        var zones: [String: TimeZoneRules] = [:]
        for name in SlowClock.names { zones[name] = try database.rules(named: name) }
        return zones
    }
}

@Suite("The engine against a second implementation")
struct SecondImplementationTests {
    static let cases: UInt64 = 2_000
    static let parts: UInt64 = 6

    @Test("12 000 random plants: time, stops, figures and flags are the same", arguments: 0..<parts)
    func agree(part: UInt64) throws {
        let zones = try PlantSeeds.zones()
        var seen: Set<String> = []
        var compared: UInt64 = 0
        for number in 0..<Self.cases {
            let seed = PlantSeeds.first &+ part * Self.cases &+ number
            let plant = try #require(PlantCaseMaker.plant(seed: seed))
            let comparison = try PlantComparison(plant, zones: zones)
            guard comparison.differences.isEmpty else {
                Issue.record(
                    """
                    CAMET_TEST_SEED=\(seed)
                    \(comparison.differences.joined(separator: "\n"))
                    \(plant)
                    """)
                return
            }
            seen.formUnion(comparison.seen)
            compared += 1
        }
        #expect(compared == Self.cases)
        // The cases reach whatever there is to reach.
        let all = Set(IndicatorFlags(rawValue: .max).names).subtracting(["filters_ignored"])
            .union(["stop", "micro", "remainder", "ongoing", "cause", "comparison"])
        #expect(all.subtracting(seen).isEmpty, "seed \(PlantSeeds.first)")
    }

    @Test("Trends of ten-thousandths and of whole amounts, told in whole numbers")
    func trends() {
        var random = SeededGenerator(seed: PlantSeeds.first)
        for _ in 0..<20_000 {
            let previous = Int.random(in: 0...10_000, using: &random)
            let current = min(10_000, max(0, previous + Int.random(in: -30...30, using: &random)))
            let change = current - previous
            let isBetter = Bool.random(using: &random)
            let ratio = Trend(
                current: Double(current) / 10_000, previous: Double(previous) / 10_000, scale: .ratio,
                higherIsBetter: isBetter)
            let amount = Trend(
                current: Double(current), previous: Double(previous), scale: .amount, higherIsBetter: isBetter)
            let direction: Trend.Direction = change > 0 ? .up : .down
            let isGood = (change > 0) == isBetter
            let isStable = abs(change) < 10
            #expect(ratio?.direction == (isStable ? .stable : direction), "\(previous) \(current)")
            #expect(ratio?.isGood == (isStable ? nil : isGood), "\(previous) \(current)")
            // Half a hundredth: |change| / previous < 5 / 1 000.
            let isSame = change == 0 || 1_000 * abs(change) < 5 * previous
            #expect(amount?.direction == (isSame ? .stable : direction), "\(previous) \(current)")
            #expect(amount?.isGood == (isSame ? nil : isGood), "\(previous) \(current)")
        }
    }
}
