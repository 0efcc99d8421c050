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
    /// Requests of one tenant that wait for its worker, at most.
    package var requestsWaitingOfTenant = 500
    /// Requests of one tenant that are worked on or wait for its worker, at most.
    package var requestsInFlightOfTenant = 1_000
    /// How long `shutDown` waits for workers to end, at most.
    package var longestShutDown: TimeAmount = .milliseconds(9_500)
    /// Processes at one time, at most; nil: no limit.
    package var mostWorkers: Int?
    /// When the workers have more memory of their own together, bytes, idle ones end; nil: no limit.
    package var mostMemory: Int?
    /// Between two looks at the memory and the processor time of workers.
    package var processLook: TimeAmount = .seconds(2)
    package var tick: TimeAmount = .milliseconds(100)
    /// Between two looks at whether a tenant can move, while gateways follow one another.
    package var moveLook: TimeAmount = .milliseconds(20)
    /// How long what is under way for a tenant may keep it from moving to the next gateway, at most; its worker has the
    /// launcher's grace besides.
    package var longestMove: TimeAmount = .seconds(20)
    /// How long a request without a deadline waits for a tenant that the gateway before still has.
    package var longestWaitForMove: TimeAmount = .seconds(45)
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
        /// Nil unless its tenants move to the next gateway.
        var leaving: Leaving?
        var allStopped: EventLoopPromise<Void>?
        var counts = WorkerCounts()
        var random = SystemRandomNumberGenerator()
    }

    enum Order: Sendable {
        case launch(TenantID, generation: UInt64)
        case reconnect(TenantID, generation: UInt64, loop: Int)
        /// What the registry says of the tenant may have changed; nil: of any.
        case review(TenantID?)
    }

    let settings: WorkerSupervisorSettings
    let tenants: WorkerTenants
    let directory: WorkerDirectory
    let launcher: any WorkerLauncher
    /// Nil where no gateway follows another one.
    let claims: TenantClaims?
    let loops: [any EventLoop]
    let logger: Logger
    let state = Mutex(State())
    let inFlight: RequestsInFlight
    let underWay = RequestsUnderWay()
    let refusals = QuotaRefusals()
    let orders: AsyncStream<Order>
    let order: AsyncStream<Order>.Continuation

    /// - Parameters:
    ///   - claims: which tenants are this gateway's; nil: all are.
    ///   - group: its event loops get one connection to each worker.
    package init(
        settings: WorkerSupervisorSettings,
        tenants: WorkerTenants,
        directory: WorkerDirectory,
        launcher: any WorkerLauncher,
        claims: TenantClaims? = nil,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.settings = settings
        inFlight = RequestsInFlight(most: settings.requestsInFlightOfTenant)
        self.tenants = tenants
        self.directory = directory
        self.launcher = launcher
        self.claims = claims
        self.logger = logger
        loops = Array(group.makeIterator())
        (orders, order) = AsyncStream.makeStream()
    }

    /// Starts workers on demand and watches them, until `shutDown` has ended.
    package func run() async {
        let timer = loops[0].scheduleRepeatedTask(initialDelay: settings.tick, delay: settings.tick) { [self] _ in
            tick()
        }
        takeOverTenants()
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.watchProcesses() }
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
    /// - Parameter isScheduled: for scheduled work, which does not count as a use of the worker.
    /// - Throws: `worker_starting`, `worker_backoff`, `worker_draining`, `database_unavailable`, `deadline_exceeded`, or
    ///   `rate_limited` when too many requests of the tenant wait already.
    package func connection(
        for tenant: TenantID,
        on eventLoop: any EventLoop,
        deadline: NIODeadline = .distantFuture,
        isScheduled: Bool = false
    ) async throws(Fault) -> WorkerConnection {
        let loop = index(of: eventLoop)
        if let connection = readyConnection(for: tenant, loop: loop, isScheduled) { return connection }
        return try await waitForConnection(for: tenant, loop: loop, deadline: deadline, isScheduled)
    }

    private func readyConnection(for tenant: TenantID, loop: Int, _ isScheduled: Bool) -> WorkerConnection? {
        state.withLock { state in
            guard let index = state.ready.index(forKey: tenant) else { return nil }
            return state.ready.values[index].connection(forLoop: loop, isScheduled: isScheduled)
        }
    }

    private func index(of eventLoop: any EventLoop) -> Int {
        for index in loops.indices where loops[index] === eventLoop { return index }
        return 0
    }

    private func waitForConnection(
        for tenant: TenantID,
        loop: Int,
        deadline: NIODeadline,
        _ isScheduled: Bool
    ) async throws(Fault) -> WorkerConnection {
        let number = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        let outcome: Result<WorkerConnection, Fault> = await withTaskCancellationHandler {
            await withUnsafeContinuation { answer in
                enqueue(
                    WorkerWaiter(
                        number: number,
                        loop: loop,
                        until: deadline,
                        deadline: deadline,
                        isScheduled: isScheduled,
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
            let isScheduled = waiter.isScheduled
            if let connection = state.ready[tenant]?.connection(forLoop: waiter.loop, isScheduled: isScheduled) {
                return [.answer(waiter, .success(connection))]
            }
            var slot = state.slots.removeValue(forKey: tenant) ?? newSlot(of: tenant, state)
            defer { state.slots[tenant] = slot }
            var waiter = waiter
            let isMoving = slot.lifecycle.state == .moving
            waiter.wait(until: now + (isMoving ? settings.longestWaitForMove : settings.longestWait))
            var actions: [WorkerLifecycle.Action] = []
            let verdict = slot.lifecycle.demand(at: now, hasPlace: hasPlace(state), &actions)
            var effects = carryOut(actions, tenant, &slot, &state)
            if let fault = Self.fault(verdict) {
                effects.append(.answer(waiter, .failure(fault)))
            } else if !isScheduled && slot.requestsWaiting >= settings.requestsWaitingOfTenant {
                effects.append(.answer(waiter, .failure(.rateLimited(by: .requestsWaiting, wait: 1_000_000))))
            } else if waiter.until <= now {
                effects.append(.answer(waiter, .failure(Fault(code: .deadlineExceeded))))
            } else {
                slot.waiters.append(waiter)
            }
            return effects
        }
        perform(effects)
        fillPlaces()
    }

    func newSlot(of tenant: TenantID, _ state: State) -> WorkerSlot {
        let hasLeft = state.leaving.map { !$0.kept.contains(tenant) } ?? false
        var lifecycle = WorkerLifecycle(
            limits: settings.lifecycle,
            generation: settings.firstGeneration,
            isOurs: !hasLeft && claims?.take(tenant) ?? true
        )
        var random = SystemRandomNumberGenerator()
        if state.isStopping { _ = lifecycle.handle(.stop(.shutDown), at: .now(), using: &random) }
        if hasLeft { _ = lifecycle.handle(.stop(.moved), at: .now(), using: &random) }
        return WorkerSlot(lifecycle: lifecycle, loops: loops.count)
    }

    /// What a request is told that finds no worker; nil when it may wait.
    static func fault(_ verdict: WorkerLifecycle.Verdict) -> Fault? {
        switch verdict {
        case .ready, .wait: nil
        case .backingOff(let seconds): Fault(code: .workerBackoff, retryAfterSeconds: seconds)
        case .registryAway: Fault(code: .databaseUnavailable, retryAfterSeconds: 1)
        case .stopped: Fault(code: .workerDraining, retryAfterSeconds: 5)
        case .moved: Fault(code: .workerDraining, retryAfterSeconds: 1)
        }
    }

    /// What a request is told that has waited too long.
    func lateFault(_ slot: WorkerSlot) -> Fault {
        switch slot.lifecycle.state {
        case .draining, .moving: Fault(code: .workerDraining, retryAfterSeconds: 1)
        case .idle, .starting, .ready, .backingOff, .stopped: Fault(code: .workerStarting, retryAfterSeconds: 1)
        }
    }

    // MARK: Orders from outside

    /// Replaces the tenant's worker; requests in flight are finished, new ones wait. Takes back `drain`.
    ///
    /// - Returns: false when the tenant is known to be suspended, and has no worker.
    @discardableResult
    package func restart(_ tenant: TenantID) -> Bool {
        let isSuspended = state.withLock { $0.slots[tenant]?.lifecycle.isHeld(by: .suspension) ?? false }
        guard !isSuspended else { return false }
        handle(.allow(.drain), of: tenant)
        handle(.restart, of: tenant)
        return true
    }

    /// Ends the tenant's worker when what is in flight is finished, and starts none until `restart`.
    package func drain(_ tenant: TenantID) {
        handle(.stop(.drain), of: tenant)
    }

    /// What the registry says of a tenant may have changed: its worker is ended, or replaced, or may be started again. Nil:
    /// of any tenant.
    package func registryChanged(_ tenant: TenantID?) {
        order.yield(.review(tenant))
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
        for tenant in running { handle(.stop(.shutDown), of: tenant) }
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
