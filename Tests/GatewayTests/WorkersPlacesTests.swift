import IPC
import NIOCore
import Shared
import Synchronization
import Testing

@testable import Gateway

/// Fewer places than tenants: idle workers end for those that are wanted, in order, and busy ones do not.
@Suite(.serialized) struct WorkersPlacesTests {
    private func processes(_ workers: WorkersFixture) -> Int {
        workers.supervisor.state.withLock { state in state.slots.values.count { $0.lifecycle.hasProcess } }
    }

    private func run(_ body: @Sendable @escaping (WorkersFixture) async throws -> Void) async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(adjust: { $0.mostWorkers = 2 }, body)
    }

    @Test func theLeastRecentlyUsedIdleWorkerMakesRoom() async throws {
        try await run { workers in
            let first = try await workers.list(tenant: 1)
            let second = try await workers.list(tenant: 2)
            // Used again, after that has been noted of the second: that is now the one not used for longest.
            #expect(
                await eventually {
                    workers.supervisor.state.withLock { state in
                        state.slots[TenantID(2)]?.knownUses == state.ready[TenantID(2)]?.uses
                    }
                })
            #expect(try await workers.list(tenant: 1) == first)
            let third = try await workers.list(tenant: 3)
            #expect(isAlive(third.processID) && isAlive(first.processID))
            #expect(await eventually { !isAlive(second.processID) })
            #expect(try await workers.list(tenant: 1) == first)
            let counts = workers.supervisor.state.withLock { $0.counts }
            #expect(counts.ended == [.room: 1])
            // Whoever made room is served again, and somebody makes room for him.
            let generation = try await workers.list(tenant: 2).generation
            #expect(generation == second.generation + 1)
        }
    }

    @Test func aBusyWorkerDoesNotMakeRoom() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            adjust: { settings in
                settings.mostWorkers = 1
                settings.longestWait = .seconds(2)
            },
            { workers in
                let first = try await workers.list(tenant: 1)
                workers.block("r")
                async let read = workers.read("r")
                #expect(await workers.hasBegun("r"))
                #expect(await fault { try await workers.list(tenant: 2) }?.code == .workerStarting)
                #expect(isAlive(first.processID))
                workers.unblock("r")
                #expect(try await read == first)
                // The control: now that nobody uses it, it does.
                #expect(await eventually { (try? await workers.list(tenant: 2)) != nil })
                #expect(await eventually { !isAlive(first.processID) })
            }
        )
    }

    @Test func manyTenantsTakeTurnsAtFewPlaces() async throws {
        try await run { workers in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for tenant in Int64(1)...6 {
                    tasks.addTask {
                        // Each is served at last, in the time a patient client has.
                        let isServed = await eventually(within: .seconds(30)) {
                            (try? await workers.list(tenant: tenant)) != nil
                        }
                        #expect(isServed, "tenant \(tenant)")
                        #expect(processes(workers) <= 2)
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func idleWorkersEndWhenAllTogetherHaveTooMuchMemory() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            adjust: { settings in
                settings.mostMemory = 1
                settings.processLook = .milliseconds(50)
            },
            { workers in
                let first = try await workers.list(tenant: 1)
                workers.block("r")
                async let read = workers.read("r")
                #expect(await workers.hasBegun("r"))
                let second = try await workers.list(tenant: 2)
                #expect(await eventually { !isAlive(second.processID) })
                // Whoever is at work goes on.
                #expect(isAlive(first.processID))
                workers.unblock("r")
                #expect(try await read == first)
                #expect(await eventually { !isAlive(first.processID) })
            }
        )
    }
}
