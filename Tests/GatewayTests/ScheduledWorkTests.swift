import Shared
import Testing

@testable import Gateway

/// A day of a schedule on a clock that only the test moves: what stands in the database, without one.
private struct Simulation {
    let turns: WorkTurns
    var now: Instant
    var due: [TenantID: Instant] = [:]
    var runs: [TenantID: [Instant]] = [:]
    var random: SeededGenerator

    init(tenants: Int64, minutes: Int64, seed: UInt64) {
        turns = WorkTurns(work: .stops, interval: minutes * Instant.microsecondsPerMinute)
        now = Instant(seconds: 1_800_000_000)
        random = SeededGenerator(state: seed)
        for tenant in 1...tenants { due[TenantID(tenant)] = turns.first(of: TenantID(tenant), after: now) }
    }

    /// Does what is due, and gives turns to those whose turn is too late, as the gateway looks.
    mutating func look() {
        for (tenant, at) in due where at > turns.latest(at: now) { due[tenant] = turns.first(of: tenant, after: now) }
        for (tenant, at) in due where at <= now {
            runs[tenant, default: []].append(now)
            due[tenant] = turns.next(of: tenant, after: now, using: &random)
        }
    }

    mutating func pass(seconds: Int64) {
        for _ in 0..<seconds {
            now = now + Instant.microsecondsPerSecond
            look()
        }
    }
}

@Suite("Schedules: when work has its turns")
struct ScheduledWorkTests {
    private let seed = UInt64.random(in: .min ... .max)
    private static let quarter = 15 * Instant.microsecondsPerMinute

    @Test func turnsAreSpreadAndComeOnceInEveryInterval() {
        var day = Simulation(tenants: 600, minutes: 15, seed: seed)
        day.pass(seconds: 4 * 900)
        #expect(day.runs.count == 600, "seed \(seed)")
        var perMinute = [Int](repeating: 0, count: 60)
        let start = Instant(seconds: 1_800_000_000)
        for (tenant, runs) in day.runs {
            // A turn is late by the jitter at most, a twentieth of the interval.
            #expect((3...4).contains(runs.count), "seed \(seed), tenant \(tenant): \(runs)")
            for (earlier, later) in zip(runs, runs.dropFirst()) {
                #expect(abs(later - earlier - Self.quarter) <= Self.quarter / 20 + 1_000_000, "seed \(seed)")
            }
            for run in runs { perMinute[Int((run - start) / Instant.microsecondsPerMinute) % 60] += 1 }
        }
        // 40 on average, which jitter blurs. First turns have none, so the minute in which second ones begin loses.
        for (minute, count) in perMinute.enumerated().dropFirst(2).dropLast() {
            let least = minute == 15 ? 10 : 20
            #expect((least...60).contains(count), "seed \(seed), minute \(minute): \(perMinute)")
        }
    }

    @Test(arguments: [3_600, 86_400, 31_536_000])
    func whatWasMissedComesOnce(seconds: Int64) {
        var day = Simulation(tenants: 50, minutes: 15, seed: seed)
        day.pass(seconds: 900)
        day.runs = [:]
        // The machine slept, or its clock was set ahead.
        day.now = Instant(seconds: day.now.microseconds / 1_000_000 + seconds)
        day.look()
        #expect(day.runs.values.allSatisfy { $0.count == 1 } && day.runs.count == 50)
        // The next one is half an interval away at least, and where the tenant has its turns.
        day.pass(seconds: 449)
        #expect(day.runs.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
        day.pass(seconds: 1_000)
        #expect(day.runs.values.allSatisfy { (2...3).contains($0.count) }, "seed \(seed)")
        let moments = Set(day.due.values.map { $0.microseconds / Instant.microsecondsPerMinute })
        #expect(moments.count >= 10, "seed \(seed): spread again")
    }

    @Test(arguments: [3_600, 86_400])
    func aClockThatIsSetBackHoldsUpNobody(seconds: Int64) {
        var day = Simulation(tenants: 50, minutes: 15, seed: seed)
        day.pass(seconds: 900)
        day.runs = [:]
        day.now = Instant(seconds: day.now.microseconds / 1_000_000 - seconds)
        day.look()
        #expect(day.runs.isEmpty)
        day.pass(seconds: 900)
        #expect(day.runs.count == 50 && day.runs.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }

    @Test func pausesAfterFailuresGrowToTheIntervalOrAnHour() {
        var random = SeededGenerator(state: seed)
        let now = Instant(seconds: 1_800_000_000)
        let stops = WorkTurns(work: .stops, interval: Self.quarter)
        let upkeep = WorkTurns(work: .upkeep, interval: 96 * Self.quarter)
        for (failures, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 15), (1_000, 15)] {
            let pause = stops.retry(after: failures, at: now, using: &random) - now
            let wanted = Int64(minutes) * Instant.microsecondsPerMinute
            #expect(pause >= wanted * 3 / 4 && pause <= wanted * 5 / 4, "seed \(seed), \(failures) failures")
            #expect(now + pause <= stops.latest(at: now))
        }
        let longest = upkeep.retry(after: 100, at: now, using: &random) - now
        #expect(longest <= WorkTurns.longestPause * 5 / 4)
    }

    @Test func differentWorkOfATenantIsNotDueTogether() {
        let now = Instant(seconds: 1_800_000_000)
        let day = 96 * Self.quarter
        for tenant in Int64(1)...1_000 {
            let turns = ScheduledWork.allCases.map { work in
                WorkTurns(work: work, interval: day).first(of: TenantID(tenant), after: now)
            }
            for (index, turn) in turns.enumerated() {
                #expect(turn > now && turn <= now + day)
                for other in turns.dropFirst(index + 1) { #expect(abs(turn - other) > day / 10) }
            }
        }
    }

    @Test func workThatFailedHasHalfOfThePlacesAtMost() {
        func piece(_ tenant: Int64) -> WorkPlaces.Piece { WorkPlaces.Piece(tenant: TenantID(tenant), work: .stops) }
        var places = WorkPlaces(most: 4)
        #expect(places.free == 4 && places.freeForFailed == 2)
        places.take(piece(1), hasFailed: true)
        places.take(piece(2), hasFailed: true)
        #expect(places.free == 2 && places.freeForFailed == 0)
        places.take(piece(3), hasFailed: false)
        places.take(piece(4), hasFailed: false)
        #expect(places.free == 0 && places.freeForFailed == 0)
        places.giveBack(piece(1))
        #expect(places.free == 1 && places.freeForFailed == 1)
        #expect(Set(places.pieces) == [piece(2), piece(3), piece(4)])
        var single = WorkPlaces(most: 1)
        #expect(single.free == 1 && single.freeForFailed == 1)
        single.take(piece(1), hasFailed: false)
        #expect(single.free == 0 && single.freeForFailed == 0)
    }
}
