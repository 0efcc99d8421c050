import IPC
import NIOCore
import Shared
import Synchronization
import Testing

@testable import Gateway

/// What changes of the registry of tenants do to running workers.
@Suite(.serialized) struct WorkersReviewTests {
    /// A registry that the test changes: nil when a tenant is not served.
    private final class Registry: Sendable {
        private let zone = Mutex<String?>("UTC")

        func set(zone: String?) {
            self.zone.withLock { $0 = zone }
        }

        func read(_ database: String) throws -> TenantBootData {
            guard let zone = zone.withLock({ $0 }) else { throw Fault(code: .notFound) }
            return TenantBootData(
                slug: "plain",
                timeZone: zone,
                database: database,
                limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
            )
        }
    }

    private func run(_ body: @Sendable @escaping (WorkersFixture, Registry) async throws -> Void) async throws {
        let registry = Registry()
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            bootData: { _ in try registry.read("/nowhere") },
            { workers in try await body(workers, registry) }
        )
    }

    @Test func aTenantThatIsNotServedHasNoWorkerUntilItIs() async throws {
        try await run { workers, registry in
            let first = try await workers.list()
            registry.set(zone: nil)
            workers.supervisor.registryChanged(TenantID(1))
            #expect(await eventually { !isAlive(first.processID) })
            #expect(await fault { try await workers.list() }?.code == .workerDraining)
            let isRestarted = workers.supervisor.restart(TenantID(1))
            #expect(!isRestarted)
            registry.set(zone: "UTC")
            workers.supervisor.registryChanged(nil)
            #expect(await eventually { try await workers.list().generation == first.generation + 1 })
        }
    }

    @Test func whoIsAskedForUnheardOfIsNoFailure() async throws {
        try await run { workers, registry in
            registry.set(zone: nil)
            for _ in 1...8 { #expect(await fault { try await workers.list() }?.code == .workerDraining) }
            registry.set(zone: "UTC")
            workers.supervisor.registryChanged(TenantID(1))
            #expect(await eventually { (try? await workers.list()) != nil })
        }
    }

    @Test func onlyAChangeOfWhatWasToldReplacesAWorker() async throws {
        try await run { workers, registry in
            let first = try await workers.list()
            workers.supervisor.registryChanged(TenantID(1))
            workers.supervisor.registryChanged(nil)
            // A tenant that never had a worker is not looked at.
            workers.supervisor.registryChanged(TenantID(77))
            #expect(
                await eventually { workers.supervisor.state.withLock { $0.slots[TenantID(1)]?.reviews == 2 } })
            #expect(try await workers.list() == first)
            registry.set(zone: "America/Lima")
            workers.supervisor.registryChanged(TenantID(1))
            #expect(await eventually { try await workers.list().generation == first.generation + 1 })
            #expect(await eventually { !isAlive(first.processID) })
        }
    }
}
