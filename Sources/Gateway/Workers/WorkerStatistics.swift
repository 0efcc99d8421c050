import Foundation
package import IPC
import Logging
import NIOCore
package import Shared
import Synchronization

/// One tenant's worker as `worker list` shows it.
package struct WorkerStatistics: Equatable, Sendable {
    package var tenant: TenantID
    package var slug: String
    /// Nil when there is no process.
    package var processID: Int32?
    package var state: WorkerStateName
    package var startedAt: Instant?
    /// Resident memory of the process.
    package var residentBytes: Int?
    /// Requests the process has received; 0 without one.
    package var requests: UInt64
    /// Workers started in place of one that failed or that an operator wanted replaced, since the gateway started.
    package var restarts: Int
    /// The tenant's requests that are worked on or wait for the worker now, and of them those that wait.
    package var requestsInFlight = 0
    package var requestsWaiting = 0
    /// The tenant's requests that met a quota, since the gateway started.
    package var requestsRefused = 0
    /// Those with the longest runs since the process started, longest first; none without one.
    package var slowStatements: [SlowStatement] = []
}

/// The names of a worker's states outside of the program.
package enum WorkerStateName: String, CaseIterable, Sendable {
    case moving
    case idle
    case starting
    case ready
    case draining
    case backingOff = "backing_off"
    case stopped

    init(_ state: WorkerLifecycle.State) {
        self =
            switch state {
            case .moving: .moving
            case .idle: .idle
            case .starting: .starting
            case .ready: .ready
            case .draining: .draining
            case .backingOff: .backingOff
            case .stopped: .stopped
            }
    }
}

extension WorkerSupervisor {
    /// How long a worker may take to tell how many requests it has received.
    private static let pulseTimeout = TimeAmount.milliseconds(500)

    /// A row for every tenant of the registry, in its order, also for those without a worker; while the registry is away,
    /// for every tenant that has had one. The counts are of now, unless a worker does not answer at once.
    package func statistics() async -> [WorkerStatistics] {
        let names = await listedTenants()
        await refreshPulses()
        let statements = await slowStatements()
        let (inFlight, refused) = (inFlight.all, refusals.byTenant)
        return state.withLock { state in
            names.map { name in
                let slot = state.slots[name.tenant]
                return WorkerStatistics(
                    tenant: name.tenant,
                    slug: name.slug,
                    processID: slot?.process?.processID,
                    state: slot.map { WorkerStateName($0.lifecycle.state) } ?? stateWithoutSlot(name.tenant, state),
                    startedAt: slot?.startedAt,
                    residentBytes: slot?.process?.memory?.residentBytes,
                    requests: slot?.received ?? 0,
                    restarts: slot?.lifecycle.restarts ?? 0,
                    requestsInFlight: inFlight[name.tenant] ?? 0,
                    requestsWaiting: slot?.requestsWaiting ?? 0,
                    requestsRefused: refused[name.tenant] ?? 0,
                    slowStatements: statements[name.tenant] ?? []
                )
            }
        }
    }

    /// Of a tenant that nobody has asked for here.
    private func stateWithoutSlot(_ tenant: TenantID, _ state: State) -> WorkerStateName {
        if state.isStopping || state.leaving.map({ !$0.kept.contains(tenant) }) ?? false { return .stopped }
        return claims?.has(tenant) ?? true ? .idle : .moving
    }

    private func listedTenants() async -> [TenantName] {
        do {
            return try await tenants.all()
        } catch {
            logger.warning("tenants cannot be listed", metadata: ["cause": "\(error)"])
            let known = state.withLock { state in
                state.slots.compactMap { tenant, slot in slot.slug.map { TenantName(tenant: tenant, slug: $0) } }
            }
            return known.sorted { $0.tenant < $1.tenant }
        }
    }

    private func refreshPulses() async {
        let asked = state.withLock { state in
            state.ready.compactMap { tenant, ready in
                ready.connections.indices.first { ready.connections[$0] != nil }
                    .flatMap { loop in ready.connections[loop].map { (tenant, loop, $0) } }
                    .flatMap { tenant, loop, connection in
                        state.slots[tenant].map { (tenant, $0.lifecycle.generation, loop, connection) }
                    }
            }
        }
        let answers = asked.map { tenant, generation, loop, connection in
            let promise = loops[0].makePromise(of: Void.self)
            connection.ping { [self] result in
                if case .success(let pulse) = result { answered(pulse, tenant, generation, loop) }
                promise.succeed()
            }
            return promise.futureResult
        }
        let all = EventLoopFuture.andAllComplete(answers, on: loops[0])
        let either = loops[0].makePromise(of: Void.self)
        all.whenComplete { _ in either.succeed() }
        let timeout = loops[0].scheduleTask(in: Self.pulseTimeout) { either.succeed() }
        try? await either.futureResult.get()
        timeout.cancel()
    }
}
