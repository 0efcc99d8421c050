import Shared
import Testing

@testable import Gateway

@Suite("Schedules: when stops are calculated")
struct StopScheduleTests {
    private static let minute: Int64 = 60_000_000
    private static let interval = 15 * minute
    private static let day: Int64 = 86_400_000_000

    private func tenants(_ count: Int64) -> [TenantID] { (1...count).map { TenantID($0) } }

    @Test func tenantsAreSpreadOverTheFirstIntervalAndNoneComesTwice() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 1_000)
        schedule.hear(of: tenants(600), now: 0, using: &random)
        #expect(schedule.takeDue(now: -1, using: &random).isEmpty)
        var perMinute: [Int] = []
        var seen: [TenantID] = []
        for minute in Int64(1)...15 {
            let due = schedule.takeDue(now: minute * Self.minute, using: &random)
            // Heard of again and again, as the gateway looks.
            schedule.hear(of: tenants(600), now: minute * Self.minute, using: &random)
            perMinute.append(due.count)
            seen += due.map(\.tenant)
            for one in due { schedule.finished(one, succeeded: true) }
        }
        #expect(seen.count == 600 && Set(seen).count == 600)
        #expect(perMinute.allSatisfy { (10...90).contains($0) }, "\(perMinute)")
    }

    @Test func everyTenantComesOnceInEveryInterval() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 1_000)
        schedule.hear(of: tenants(20), now: 0, using: &random)
        var times: [TenantID: [Int64]] = [:]
        // A turn may be late by the jitter, a twentieth of the interval.
        for second in Int64(0)...(4 * 900 + 45) {
            let now = second * 1_000_000
            for due in schedule.takeDue(now: now, using: &random) {
                times[due.tenant, default: []].append(now)
                schedule.finished(due, succeeded: true)
            }
        }
        for (tenant, turns) in times {
            #expect((4...5).contains(turns.count), "tenant \(tenant)")
            for (earlier, later) in zip(turns, turns.dropFirst()) {
                #expect(abs(later - earlier - Self.interval) <= Self.interval / 20 + 2_000_000, "tenant \(tenant)")
            }
        }
        #expect(times.count == 20)
    }

    @Test func aTenantThatStillRunsIsNotDueAgain() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 10)
        schedule.hear(of: tenants(1), now: 0, using: &random)
        let first = schedule.takeDue(now: Self.interval, using: &random)
        #expect(first.count == 1)
        #expect(schedule.takeDue(now: 10 * Self.interval, using: &random).isEmpty)
        #expect(schedule.nextDue == nil)
        schedule.finished(first[0], succeeded: true)
        // What was missed comes once, not ten times.
        let second = schedule.takeDue(now: 10 * Self.interval, using: &random)
        #expect(second.count == 1)
        schedule.finished(second[0], succeeded: true)
        #expect(schedule.takeDue(now: 10 * Self.interval, using: &random).isEmpty)
    }

    @Test func noMoreRunAtOnceThanThereArePlaces() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 2)
        schedule.hear(of: tenants(5), now: 0, using: &random)
        let first = schedule.takeDue(now: Self.interval, using: &random)
        #expect(first.count == 2)
        #expect(schedule.takeDue(now: Self.interval, using: &random).isEmpty)
        schedule.finished(first[0], succeeded: true)
        #expect(schedule.takeDue(now: Self.interval, using: &random).count == 1)
    }

    @Test func upkeepIsDoneAtTheStartAndThenOnceADay() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 10)
        schedule.hear(of: tenants(1), now: 0, using: &random)
        var upkeeps: [Int64] = []
        var now = Int64(0)
        var isFirst = true
        while now < 3 * Self.day {
            for due in schedule.takeDue(now: now, using: &random) {
                if due.includesUpkeep { upkeeps.append(now) }
                // The first fails, and is done with the next.
                schedule.finished(due, succeeded: !isFirst)
                isFirst = false
            }
            now += Self.minute
        }
        #expect(upkeeps.count == 4)
        #expect(upkeeps[1] - upkeeps[0] <= 17 * Self.minute)
        for (earlier, later) in zip(upkeeps.dropFirst(), upkeeps.dropFirst(2)) {
            #expect(later - earlier >= Self.day && later - earlier <= Self.day + 17 * Self.minute)
        }
    }

    @Test func aTenantThatIsNoMoreIsForgotten() {
        var random = SystemRandomNumberGenerator()
        var schedule = StopSchedule(interval: Self.interval, mostAtOnce: 10)
        schedule.hear(of: tenants(2), now: 0, using: &random)
        schedule.hear(of: [TenantID(2)], now: 0, using: &random)
        #expect(schedule.takeDue(now: Self.interval, using: &random).map(\.tenant) == [TenantID(2)])
    }
}
