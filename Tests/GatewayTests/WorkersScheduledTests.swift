import IPC
import NIOCore
import Shared
import Testing

@testable import Gateway

/// What scheduled work means for the life of workers.
@Suite struct WorkersScheduledTests {
    private static let limits = WorkerLifecycleLimits()
    private var random = SeededGenerator(state: 1)

    private func ready(isForSchedule: Bool, at now: NIODeadline) -> WorkerLifecycle {
        var life = WorkerLifecycle(limits: Self.limits, generation: 100)
        var random = SeededGenerator(state: 1)
        var actions: [WorkerLifecycle.Action] = []
        _ = life.demand(at: now, &actions)
        _ = life.handle(.answered(generation: 101, isForSchedule: isForSchedule), at: now, using: &random)
        return life
    }

    @Test mutating func aWorkerStartedForScheduledWorkEndsSoonAfterIt() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        var life = ready(isForSchedule: true, at: start)
        // Far longer than the time after which an idle one ends.
        for minute in Int64(1)...30 {
            let now = start + .minutes(minute)
            _ = life.handle(.beatAnswered(generation: 101), at: now, using: &random)
            let actions = life.handle(.tick(isBusy: false, isAtScheduledWork: true), at: now, using: &random)
            #expect(!actions.contains(.terminate))
        }
        let over = start + .minutes(30)
        #expect(life.handle(.tick(isBusy: false), at: over + .seconds(1), using: &random) == [.beat])
        let actions = life.handle(.tick(isBusy: false), at: over + .milliseconds(2_001), using: &random)
        #expect(actions == [.retire, .terminate] && life.state == .draining(.idle))
    }

    @Test mutating func aRequestMakesItStay() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        for isForSchedule in [true, false] {
            var life = ready(isForSchedule: isForSchedule, at: start)
            let soon = start + .milliseconds(100)
            _ = life.handle(.tick(isBusy: isForSchedule, isAtScheduledWork: true), at: soon, using: &random)
            _ = life.handle(.beatAnswered(generation: 101), at: start + .seconds(1), using: &random)
            let later = life.handle(.tick(isBusy: false), at: start + .minutes(9), using: &random)
            #expect(!later.contains(.terminate))
        }
    }

    @Test mutating func scheduledWorkKeepsNoWorkerFromBeingIdleButIsLetToEnd() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        var life = ready(isForSchedule: false, at: start)
        let idle = start + Self.limits.idleAfter
        _ = life.handle(.tick(isBusy: false, isAtScheduledWork: true), at: idle, using: &random)
        guard case .ready = life.state else {
            Issue.record("it was told to end in the middle of its work")
            return
        }
        let actions = life.handle(.tick(isBusy: false), at: idle + .milliseconds(100), using: &random)
        #expect(actions == [.retire, .terminate])
    }

    @Test func aWokenWorkerEndsByItselfAndOneThatIsUsedStays() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            adjust: { $0.lifecycle.idleAfterScheduledWork = .milliseconds(100) }
        ) { workers in
            @Sendable func work(_ tenant: Int64) async throws {
                _ = try await workers.supervisor.call(
                    ListMasterData(resource: .plants, limit: 1, after: 0),
                    principal: Principal(kind: .system, tenant: TenantID(tenant)),
                    requestID: "list",
                    deadline: .now() + .seconds(15),
                    on: workers.loop,
                    isScheduled: true
                )
            }
            let used = try await workers.list(tenant: 2)
            try await work(1)
            try await work(2)
            #expect(await eventually { try await workers.row(tenant: 1).state == .idle })
            #expect(try await workers.row(tenant: 2).state == .ready)
            #expect(try await workers.list(tenant: 2) == used)
        }
    }
}
