import ManufacturingKPI
import PostgresClient
import Shared
import Testing

@testable import TenantWorker

@Suite struct TimelineStoreTests {
    /// Ninety days: more than what is never forgotten.
    private static let length: Int64 = 90 * 86_400

    private static var now: Shared.Instant { StoredStopsFixture.at(length) }

    /// Units in bursts, hours apart.
    private func history(_ random: inout some RandomNumberGenerator, _ plant: TriggerPlant, count: Int) -> [PlantRow] {
        (0..<count).map { _ in
            let burst = Int64.random(in: 0..<Self.length / 600, using: &random) * 600
            let second = burst + .random(in: 0..<90, using: &random)
            return PlantRow(
                at: StoredStopsFixture.at(second).microseconds,
                area: plant.areas.randomElement(using: &random) ?? 0,
                product: plant.products.randomElement(using: &random) ?? 0)
        }
    }

    private func timeline(
        _ store: TimelineStore, _ fixture: StoredStopsFixture, from start: Shared.Instant
    ) async throws -> LineTimeline {
        try await store.timeline(
            of: fixture.line.id, from: start, now: Self.now, model: fixture.model,
            deadline: StoredStopsFixture.deadline)
    }

    /// Compares what a timeline says from an instant on with the rows themselves.
    private func expect(
        _ timeline: LineTimeline, from start: Shared.Instant, holds rows: [PlantRow], _ fixture: StoredStopsFixture,
        _ comment: Comment
    ) {
        let later = rows.filter { $0.at / 60_000_000 >= start.minute }
        for area in fixture.trigger.areas {
            for product in fixture.trigger.products {
                let minutes = later.filter { $0.area == area && $0.product == product }.map { $0.at / 60_000_000 }
                let place = timeline.index(area: AreaID(Int64(area)), product: ProductID(Int64(product)))
                let series = place.map { timeline.series[$0] }
                let end = Self.now.minute + 1
                #expect(series?.detections(fromMinute: start.minute, to: end) ?? 0 == minutes.count, comment)
                let middle = (start.minute + end) / 2
                #expect(
                    series?.detections(fromMinute: start.minute, to: middle) ?? 0 == minutes.count { $0 < middle },
                    comment)
            }
        }
        let span = Interval(start: start, end: Self.now)
        let expected = stops(ActivityGaps(detections: rows.map(\.at).sorted(), floor: 1_000_000), in: span, fixture)
        #expect(stops(timeline.gaps, in: span, fixture) == expected, comment)
    }

    private func stops(
        _ gaps: ActivityGaps, in span: Interval, _ fixture: StoredStopsFixture, threshold: Int64? = nil
    ) -> [ProjectedStop] {
        let detection = StopDetection(
            gaps: gaps, settings: fixture.line.settings(commissionedAt: gaps.firstDetection ?? Self.now),
            registered: [], span: span, now: Self.now, threshold: threshold)
        return StopTimeline(detection, ownPlanned: IntervalSet(), causes: []).projected
    }

    @Test func aTimelineMadeLongerPartByPartIsThatOfTheRows() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        for _ in 0..<12 {
            let seed = UInt64.random(in: .min ... .max)
            var random = StopGenerator(state: seed)
            let fixture = try await StoredStopsFixture.make(tenant, cluster, threshold: 300, commissionedAt: nil)
            try await cluster.withWorker(of: tenant) { pool in
                let store = TimelineStore(pool: pool)
                var rows: [PlantRow] = []
                for _ in 0..<10 {
                    if rows.isEmpty || Bool.random(using: &random) {
                        let new = history(&random, fixture.trigger, count: rows.isEmpty ? 300 : 5)
                        try await fixture.trigger.insert(new, pool)
                        rows += new
                        store.invalidate(fixture.line.id, from: (new.map(\.at).min() ?? 0) / 60_000_000)
                    }
                    let days = ([1, 2, 20, 69, 75, 90] as [Int64]).randomElement(using: &random) ?? 1
                    let second = Self.length - days * 86_400 + .random(in: 0..<86_400, using: &random)
                    let start = StoredStopsFixture.at(second)
                    let timeline = try await timeline(store, fixture, from: start)
                    expect(timeline, from: start, holds: rows, fixture, "seed \(seed), \(days) days")
                }
            }
        }
    }

    @Test func whatManyAskForAtOnceIsReadOnce() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        let fixture = try await StoredStopsFixture.make(tenant, cluster, threshold: 300, commissionedAt: nil)
        try await cluster.withWorker(of: tenant) { pool in
            var random = StopGenerator(state: 1)
            try await fixture.trigger.insert(history(&random, fixture.trigger, count: 300), pool)
            func statements(ofReaders readers: Int) async throws -> Int {
                let store = TimelineStore(pool: pool)
                let before = pool.statistics.statements
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<readers {
                        group.addTask {
                            let start = StoredStopsFixture.at(Self.length / 2)
                            _ = try await timeline(store, fixture, from: start)
                        }
                    }
                    try await group.waitForAll()
                }
                return pool.statistics.statements - before
            }
            let alone = try await statements(ofReaders: 1)
            #expect(alone > 0)
            #expect(try await statements(ofReaders: 40) == alone)
        }
    }

    @Test func gapsShorterThanThoseKeptAreReadAroundASpanOnly() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        for _ in 0..<12 {
            let seed = UInt64.random(in: .min ... .max)
            var random = StopGenerator(state: seed)
            let fixture = try await StoredStopsFixture.make(tenant, cluster, threshold: 300, commissionedAt: nil)
            // Stretches of dense, of sparse and of lone units, and silences.
            var second: Int64 = 0
            var rows: [PlantRow] = []
            while second < 60_000 {
                let steps =
                    ([[0, 1, 2], [1, 4, 9], [7, 8, 9], [0, 3, 12, 400], [9_000]] as [[Int64]])
                    .randomElement(using: &random) ?? [1]
                for _ in 0..<Int.random(in: 1...400, using: &random) where second < 60_000 {
                    rows.append(fixture.trigger.row(at: StoredStopsFixture.at(second).microseconds))
                    second += steps.randomElement(using: &random) ?? 1
                }
            }
            try await cluster.withWorker(of: tenant) { pool in
                try await fixture.trigger.insert(rows, pool)
                let all = ActivityGaps(detections: rows.map(\.at).sorted(), floor: 1_000_000)
                for _ in 0..<25 {
                    let start = Int64.random(in: -4_000...64_000, using: &random)
                    let length = ([1, 60, 3_600, 30_000] as [Int64]).randomElement(using: &random) ?? 1
                    let span = Interval(
                        start: StoredStopsFixture.at(start), end: StoredStopsFixture.at(start + length))
                    let threshold = Int64.random(in: 1...9, using: &random) * 1_000_000
                    let known = try await timeline(TimelineStore(pool: pool), fixture, from: span.start).gaps
                    let reader = ShortGapsReader(
                        line: fixture.line.id, threshold: threshold, floor: 10_000_000,
                        deadline: StoredStopsFixture.deadline)
                    let found = try await reader.read(around: span, known, pool: pool)
                    #expect(
                        stops(found, in: span, fixture, threshold: threshold)
                            == stops(all, in: span, fixture, threshold: threshold),
                        "seed \(seed), span from \(start), \(length) s, threshold \(threshold)")
                }
            }
        }
    }
}
