import IPC
import ManufacturingKPI
import PostgresClient
import Shared
import Testing

@testable import OpsCLI
@testable import TenantWorker

struct StopGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct StoredStopsTests {
    private static let length: Int64 = 6_000

    /// Bursts, lone units, duplicates and silences over the example's time, in any order of arrival.
    private func history(_ random: inout StopGenerator, _ plant: TriggerPlant) -> [[PlantRow]] {
        var seconds: [Int64] = []
        var second = Int64.random(in: 0...600, using: &random)
        while second < Self.length {
            seconds.append(second)
            second += [0, 3, 7, 12, 30, 31, 45, 90, 400].randomElement(using: &random) ?? 5
        }
        var rows = seconds.map { plant.row(at: StoredStopsFixture.at($0).microseconds) }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: rows.shuffle(using: &random)
        case 1:
            // In order, but for a few that come late.
            for _ in 0..<rows.count / 10 {
                let late = rows.remove(at: Int.random(in: 0..<rows.count, using: &random))
                rows.insert(late, at: Int.random(in: 0...rows.count, using: &random))
            }
        default: break
        }
        var batches: [[PlantRow]] = []
        var rest = rows[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...max(1, rows.count / 6), using: &random)
            batches.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return batches
    }

    @Test func anyNumberOfRunsLeavesTheStopsOfOne() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        // A seed that once failed, and 24 new ones.
        for seed in [14_806_011_874_437_084_548] + (0..<24).map({ _ in UInt64.random(in: .min ... .max) }) {
            var random = StopGenerator(state: seed)
            let threshold = ([30, 44, 8] as [Int32]).randomElement(using: &random) ?? 30
            let commissioned =
                Bool.random(using: &random)
                ? StoredStopsFixture.at(Int64.random(in: -300...900, using: &random)) : nil
            let fixture = try await StoredStopsFixture.make(
                tenant, cluster, threshold: threshold, commissionedAt: commissioned)
            let batches = history(&random, fixture.trigger)
            let edits = Int.random(in: 0...5, using: &random)
            try await cluster.withWorker(of: tenant) { pool in
                var written: [PlantRow] = []
                var now = Int64.random(in: 0...300, using: &random)
                for batch in batches {
                    try await fixture.trigger.insert(batch, pool)
                    written += batch
                    // Time goes on; what lies after now counts in nothing yet.
                    now = min(Self.length + 900, now + Int64.random(in: 0...2 * Self.length / 6, using: &random))
                    let before = try await fixture.stored(pool)
                    if Int.random(in: 0..<4, using: &random) > 0 {
                        try await fixture.run(pool, now: StoredStopsFixture.at(now))
                        let after = try await fixture.stored(pool)
                        for stop in before where after.contains(where: { $0.stop == stop.stop }) {
                            #expect(after.contains(stop), "seed \(seed): an unchanged stop has another number")
                        }
                        let expected = try await fixture.expected(written, pool, now: StoredStopsFixture.at(now))
                        #expect(after.map(\.stop) == expected.map(\.asStored), "seed \(seed), now \(now)")
                    }
                    if edits > 0, Bool.random(using: &random) {
                        try await edit(fixture, &random, pool, now: now)
                    }
                }
                let end = StoredStopsFixture.at(now)
                try await fixture.run(pool, now: end)
                let stepwise = try await fixture.stored(pool).map(\.stop)
                #expect(try await fixture.run(pool, now: end).isEmpty, "seed \(seed): a second run changes something")
                #expect(try await fixture.runAnew(pool, now: end) == stepwise, "seed \(seed)")
                let expected = try await fixture.expected(written, pool, now: end)
                #expect(stepwise == expected.map(\.asStored), "seed \(seed)")
            }
        }
    }

    /// One random edit through the worker's own way; refused ones leave nothing.
    private func edit(
        _ fixture: StoredStopsFixture, _ random: inout StopGenerator, _ pool: PostgresPool, now: Int64
    ) async throws {
        let instant = StoredStopsFixture.at(now)
        guard let stop = try await fixture.stored(pool).randomElement(using: &random) else { return }
        let start = Int64.random(in: 0...max(1, now - 1), using: &random)
        let end = Int64.random(in: start + 1...max(start + 1, now), using: &random)
        let times = "\"start\":\"\(StoredStopsFixture.at(start))\",\"end\":\"\(StoredStopsFixture.at(end))\""
        let cause = "\"incident_id\":\(fixture.incidents[0]),\"reason\":\"seen\""
        do {
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                _ = try await fixture.edit(
                    .enter, body: "{\"line_id\":\(fixture.line.id),\(times)}", pool, now: instant)
            case 1: _ = try await fixture.edit(.change, event: stop.id, body: "{\(cause)}", pool, now: instant)
            case 2: _ = try await fixture.edit(.change, event: stop.id, body: "{\(times)}", pool, now: instant)
            case 3: _ = try await fixture.edit(.delete, event: stop.id, pool, now: instant)
            case 4:
                let middle = stop.stop.start + stop.stop.interval(now: instant).length / 2
                _ = try await fixture.edit(.split, event: stop.id, body: "{\"at\":\"\(middle)\"}", pool, now: instant)
            default: _ = try await fixture.edit(.undo, event: stop.id, pool, now: instant)
            }
        } catch let fault as Fault {
            #expect([.overlappingStop, .conflict, .invalid, .notFound].contains(fault.code))
        }
    }

    @Test func anEditBeforeTheFirstDetectionLeavesTheStopThatGoesOnAfterIt() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        let fixture = try await StoredStopsFixture.make(
            tenant, cluster, threshold: 300, commissionedAt: StoredStopsFixture.at(0))
        try await cluster.withWorker(of: tenant) { pool in
            // Silent since its commissioning; all of that is taken away but a part.
            try await fixture.run(pool, now: StoredStopsFixture.at(500))
            let silent = try #require(try await fixture.stored(pool).first)
            let times = "\"start\":\"\(StoredStopsFixture.at(100))\",\"end\":\"\(StoredStopsFixture.at(200))\""
            _ = try await fixture.edit(
                .change, event: silent.id, body: "{\(times)}", pool, now: StoredStopsFixture.at(500))
            // The first unit is a lone one: the silences before and after it are one stop.
            let rows = [1_000, 2_000, 2_010, 2_010].map { (second: Int64) in
                fixture.trigger.row(at: StoredStopsFixture.at(second).microseconds)
            }
            try await fixture.trigger.insert(rows, pool)
            let now = StoredStopsFixture.at(2_100)
            try await fixture.run(pool, now: now)
            let expected = [100, 500].map { StoredStopsFixture.at($0) }
            let before = try await fixture.stored(pool)
            #expect(before.map(\.stop.start) == expected && before.last?.stop.end == StoredStopsFixture.at(2_000))
            _ = try await fixture.edit(
                .change, event: before[0].id, body: "{\"incident_id\":\(fixture.incidents[0])}", pool, now: now)
            let after = try await fixture.stored(pool)
            #expect(after[0].stop.cause?.incident == fixture.incidents[0])
            #expect(after.last == before.last, "the stop after it lost what follows the first unit")
        }
    }

    @Test func aLateRowReopensTheStopsAroundIt() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        let fixture = try await StoredStopsFixture.make(
            tenant, cluster, threshold: 300, commissionedAt: StoredStopsFixture.at(0))
        func rows(_ seconds: [Int64]) -> [PlantRow] {
            seconds.map { fixture.trigger.row(at: StoredStopsFixture.at($0).microseconds) }
        }
        try await cluster.withWorker(of: tenant) { pool in
            let now = StoredStopsFixture.at(5_000)
            try await fixture.trigger.insert(rows([0, 100, 1_100, 1_200, 4_900]), pool)
            try await fixture.run(pool, now: now)
            let first = try await fixture.stored(pool)
            #expect(first.map(\.stop.start) == [StoredStopsFixture.at(100), StoredStopsFixture.at(1_200)])
            _ = try await fixture.edit(
                .change, event: first[0].id, body: "{\"incident_id\":\(fixture.incidents[0])}", pool, now: now)
            // Two units in the first stop: it becomes two, and each part keeps the cause.
            try await fixture.trigger.insert(rows([600, 610]), pool)
            try await fixture.run(pool, now: now)
            let second = try await fixture.stored(pool)
            #expect(second.map(\.stop.start) == [100, 610, 1_200].map { StoredStopsFixture.at($0) })
            #expect(second.map { $0.stop.cause?.incident } == [fixture.incidents[0], fixture.incidents[0], nil])
            #expect(second[0].id == first[0].id && second[2].id == first[1].id)
        }
    }

    @Test func aTrialStoresNothing() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        let fixture = try await StoredStopsFixture.make(
            tenant, cluster, threshold: 300, commissionedAt: StoredStopsFixture.at(0))
        try await cluster.withWorker(of: tenant) { pool in
            let body =
                "{\"line_id\":\(fixture.line.id),\"start\":\"\(StoredStopsFixture.at(10))\","
                + "\"end\":\"\(StoredStopsFixture.at(20))\"}"
            let now = StoredStopsFixture.at(1_000)
            let trial = try await fixture.edit(.enter, body: body, pool, now: now, isTrial: true)
            #expect(trial.before.registered.isEmpty && trial.after.registered.count == 1)
            #expect(try await fixture.stored(pool).isEmpty)
            let facts = try await pool.query(ListStopFacts.statement(fixture.line.id), deadline: .now + .seconds(10))
            #expect(facts.isEmpty)
            let real = try await fixture.edit(.enter, body: body, pool, now: now)
            #expect(real.stops.count == 1)
            #expect(try await fixture.stored(pool).contains { $0.stop.source == .registered })
        }
    }

    @Test func twoEditsAtOnceNeverOverlap() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[1]
        let fixture = try await StoredStopsFixture.make(
            tenant, cluster, threshold: 300, commissionedAt: StoredStopsFixture.at(0))
        let now = StoredStopsFixture.at(5_000)
        try await cluster.withWorker(of: tenant) { pool in
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in Int64(0)..<12 {
                    let (start, end) = (StoredStopsFixture.at(100 + number), StoredStopsFixture.at(200 + number))
                    group.addTask {
                        do {
                            _ = try await fixture.edit(
                                .enter,
                                body: "{\"line_id\":\(fixture.line.id),\"start\":\"\(start)\",\"end\":\"\(end)\"}",
                                pool, now: now)
                            return true
                        } catch let fault as Fault where fault.code == .overlappingStop {
                            return false
                        }
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.count(where: \.self) == 1)
            #expect(try await fixture.stored(pool).count { $0.stop.source == .registered } == 1)
        }
    }
}
