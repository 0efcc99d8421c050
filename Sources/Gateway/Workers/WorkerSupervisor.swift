package import IPC
package import Logging
package import NIOCore
package import Shared
import Synchronization

/// How the supervisor treats workers and those who wait for them.
package struct WorkerSupervisorSettings: Sendable {
    package var lifecycle = WorkerLifecycleLimits()
    /// How long a request waits for a worker, at most.
    package var longestWait: TimeAmount = .seconds(5)
    /// Requests that wait for one tenant's worker, at most.
    package var waitersPerTenant = 1_000
    /// How long `shutDown` waits for workers to end, at most.
    package var longestShutDown: TimeAmount = .milliseconds(9_500)
    package var tick: TimeAmount = .milliseconds(100)
    /// The only user id that may connect to a worker: the gateway's own.
    package var userID: UInt32
    /// No worker of an earlier gateway had a higher generation; milliseconds since 1970 at the start will do.
    package var firstGeneration: UInt64

    package init(userID: UInt32, firstGeneration: UInt64) {
        self.userID = userID
        self.firstGeneration = firstGeneration
    }
}

/// Starts, watches and ends the workers of all tenants, and hands out their connections.
///
/// One per gateway. State machines stand under one lock that is held for moments only; what they decide is carried out
/// outside of it. `run` must be running: it is where workers are started.
package final class WorkerSupervisor: Sendable {
    struct State {
        var slots: [TenantID: WorkerSlot] = [:]
        var ready: [TenantID: ReadyWorker] = [:]
        var nextWaiter: UInt64 = 1
        var isStopping = false
        var allStopped: EventLoopPromise<Void>?
        var random = SystemRandomNumberGenerator()
    }

    enum Order: Sendable {
        case launch(TenantID, generation: UInt64)
        case reconnect(TenantID, generation: UInt64, loop: Int)
    }

    let settings: WorkerSupervisorSettings
    let tenants: WorkerTenants
    let directory: WorkerDirectory
    let launcher: any WorkerLauncher
    let loops: [any EventLoop]
    let logger: Logger
    let state = Mutex(State())
    let orders: AsyncStream<Order>
    let order: AsyncStream<Order>.Continuation

    /// - Parameter group: its event loops get one connection to each worker.
    package init(
        settings: WorkerSupervisorSettings,
        tenants: WorkerTenants,
        directory: WorkerDirectory,
        launcher: any WorkerLauncher,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.settings = settings
        self.tenants = tenants
        self.directory = directory
        self.launcher = launcher
        self.logger = logger
        loops = Array(group.makeIterator())
        (orders, order) = AsyncStream.makeStream()
    }

    /// Starts workers on demand and watches them, until `shutDown` has ended.
    package func run() async {
        let timer = loops[0].scheduleRepeatedTask(initialDelay: settings.tick, delay: settings.tick) { [self] _ in
            tick()
        }
        await withDiscardingTaskGroup { tasks in
            for await order in orders {
                tasks.addTask { await self.carryOut(order) }
            }
            tasks.cancelAll()
        }
        timer.cancel()
    }

    // MARK: Connections

    /// A connection to the tenant's worker, of this event loop if possible. Starts the worker when there is none, and then
    /// waits; a waiting task that is cancelled ends with `deadline_exceeded`.
    ///
    /// - Throws: `worker_starting`, `worker_backoff`, `worker_draining`, `database_unavailable` or `deadline_exceeded`.
    package func connection(
        for tenant: TenantID,
        on eventLoop: any EventLoop,
        deadline: NIODeadline = .distantFuture
    ) async throws(Fault) -> WorkerConnection {
        let loop = index(of: eventLoop)
        if let connection = readyConnection(for: tenant, loop: loop) { return connection }
        return try await waitForConnection(for: tenant, loop: loop, deadline: deadline)
    }

    private func readyConnection(for tenant: TenantID, loop: Int) -> WorkerConnection? {
        state.withLock { state in
            guard let index = state.ready.index(forKey: tenant) else { return nil }
            return state.ready.values[index].connection(forLoop: loop)
        }
    }

    private func index(of eventLoop: any EventLoop) -> Int {
        for index in loops.indices where loops[index] === eventLoop { return index }
        return 0
    }

    private func waitForConnection(
        for tenant: TenantID,
        loop: Int,
        deadline: NIODeadline
    ) async throws(Fault) -> WorkerConnection {
        let number = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        let outcome: Result<WorkerConnection, Fault> = await withTaskCancellationHandler {
            await withUnsafeContinuation { answer in
                let latest = NIODeadline.now() + settings.longestWait
                enqueue(
                    WorkerWaiter(
                        number: number,
                        loop: loop,
                        until: min(deadline, latest),
                        isDeadline: deadline < latest,
                        answer: answer
                    ),
                    for: tenant
                )
            }
        } onCancel: {
            let waiter = state.withLock { state -> WorkerWaiter? in
                guard let index = state.slots[tenant]?.waiters.firstIndex(where: { $0.number == number }) else {
                    return nil
                }
                return state.slots[tenant]?.waiters.remove(at: index)
            }
            waiter?.answer.resume(returning: .failure(Fault(code: .deadlineExceeded)))
        }
        return try outcome.get()
    }

    private func enqueue(_ waiter: WorkerWaiter, for tenant: TenantID) {
        let isCancelled = Task.isCancelled
        let effects = state.withLock { state -> [Effect] in
            if isCancelled { return [.answer(waiter, .failure(Fault(code: .deadlineExceeded)))] }
            let now = NIODeadline.now()
            if let connection = state.ready[tenant]?.connection(forLoop: waiter.loop) {
                return [.answer(waiter, .success(connection))]
            }
            var slot = state.slots.removeValue(forKey: tenant) ?? newSlot(isStopping: state.isStopping)
            defer { state.slots[tenant] = slot }
            var actions: [WorkerLifecycle.Action] = []
            let verdict = slot.lifecycle.demand(at: now, &actions)
            var effects = carryOut(actions, tenant, &slot, &state.ready)
            if let fault = Self.fault(verdict) {
                effects.append(.answer(waiter, .failure(fault)))
            } else if slot.waiters.count >= settings.waitersPerTenant {
                effects.append(.answer(waiter, .failure(lateFault(slot))))
            } else if waiter.until <= now {
                effects.append(.answer(waiter, .failure(Fault(code: .deadlineExceeded))))
            } else {
                slot.waiters.append(waiter)
            }
            return effects
        }
        perform(effects)
    }

    func newSlot(isStopping: Bool) -> WorkerSlot {
        var lifecycle = WorkerLifecycle(limits: settings.lifecycle, generation: settings.firstGeneration)
        var random = SystemRandomNumberGenerator()
        if isStopping { _ = lifecycle.handle(.stop, at: .now(), using: &random) }
        return WorkerSlot(lifecycle: lifecycle, loops: loops.count)
    }

    /// What a request is told that finds no worker; nil when it may wait.
    static func fault(_ verdict: WorkerLifecycle.Verdict) -> Fault? {
        switch verdict {
        case .ready, .wait: nil
        case .backingOff(let seconds): Fault(code: .workerBackoff, retryAfterSeconds: seconds)
        case .registryAway: Fault(code: .databaseUnavailable, retryAfterSeconds: 1)
        case .stopped: Fault(code: .workerDraining, retryAfterSeconds: 5)
        }
    }

    /// What a request is told that has waited too long, or finds too many waiting.
    func lateFault(_ slot: WorkerSlot) -> Fault {
        switch slot.lifecycle.state {
        case .draining: Fault(code: .workerDraining, retryAfterSeconds: 1)
        case .idle, .starting, .ready, .backingOff, .stopped: Fault(code: .workerStarting, retryAfterSeconds: 1)
        }
    }

    // MARK: Orders from outside

    /// Replaces the tenant's worker; requests in flight are finished, new ones wait.
    package func restart(_ tenant: TenantID) {
        handle(.restart, of: tenant)
    }

    /// Ends the tenant's worker and starts none until `allow`: the tenant is suspended.
    package func stop(_ tenant: TenantID) {
        handle(.stop, of: tenant)
    }

    /// Takes back `stop`.
    package func allow(_ tenant: TenantID) {
        handle(.allow, of: tenant)
    }

    /// Ends all workers, waiting for what is in flight as long as the launcher's grace allows, and then `run`. The
    /// launcher is closed after it: that kills what is left.
    package func shutDown() async {
        let promise = loops[0].makePromise(of: Void.self)
        let (running, isFirst) = state.withLock { state in
            let isFirst = !state.isStopping
            state.isStopping = true
            if isFirst { state.allStopped = promise }
            return (Array(state.slots.keys), isFirst)
        }
        guard isFirst else { return promise.succeed() }
        for tenant in running { handle(.stop, of: tenant) }
        noticeAllStopped()
        let expiry = loops[0].scheduleTask(in: settings.longestShutDown) { [self] in
            state.withLock { $0.allStopped.take() }?.succeed()
        }
        try? await promise.futureResult.get()
        expiry.cancel()
        order.finish()
    }

    func noticeAllStopped() {
        let promise = state.withLock { state in
            state.isStopping && !state.slots.values.contains { $0.lifecycle.hasProcess } ? state.allStopped.take() : nil
        }
        promise?.succeed()
    }
}
