import IPC
import Logging
import NIOCore
import Shared
import Synchronization

extension WorkerSupervisor {
    /// Something to be done after the lock has been given back.
    enum Effect {
        case answer(WorkerWaiter, Result<WorkerConnection, Fault>)
        case order(Order)
        case terminate(LaunchedWorker)
        case kill(LaunchedWorker)
        case close([WorkerConnection])
        case beat(TenantID, generation: UInt64, [WorkerConnection?])
        case log(Logger.Level, Logger.Message, Logger.Metadata)
    }

    func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .answer(let waiter, let result): waiter.answer.resume(returning: result)
            case .order(let next): order.yield(next)
            case .terminate(let worker): launcher.terminate(worker)
            case .kill(let worker): launcher.kill(worker)
            case .close(let connections): for connection in connections { connection.close() }
            case .beat(let tenant, let generation, let connections): beat(tenant, generation, connections)
            case .log(let level, let message, let metadata): logger.log(level: level, message, metadata: metadata)
            }
        }
    }

    func handle(_ event: WorkerLifecycle.Event, of tenant: TenantID) {
        handle(of: tenant) { _, _ in event }
    }

    /// `event` is asked under the lock, so that what it says of the slot is still so when it is handled.
    func handle(of tenant: TenantID, _ event: (WorkerSlot, State) -> WorkerLifecycle.Event) {
        let effects = state.withLock { state -> [Effect] in
            var slot = state.slots.removeValue(forKey: tenant) ?? newSlot(of: tenant, state)
            defer { state.slots[tenant] = slot }
            return step(event(slot, state), tenant, &slot, &state)
        }
        perform(effects)
        fillPlaces()
        noticeAllStopped()
    }

    func step(
        _ event: WorkerLifecycle.Event,
        _ tenant: TenantID,
        _ slot: inout WorkerSlot,
        _ state: inout State
    ) -> [Effect] {
        let now = NIODeadline.now()
        let before = slot.lifecycle.state
        let actions = slot.lifecycle.handle(event, at: now, using: &state.random)
        state.counts.note(from: before, to: slot.lifecycle.state)
        let change = change(from: before, slot, tenant, at: now)
        return carryOut(actions, tenant, &slot, &state) + (change.map { [$0] } ?? [])
    }

    /// What the log says of a change of state.
    private func change(
        from before: WorkerLifecycle.State, _ slot: WorkerSlot, _ tenant: TenantID, at now: NIODeadline
    ) -> Effect? {
        var metadata: Logger.Metadata = [
            "tenant": "\(slot.slug ?? tenant.description)", "generation": "\(slot.lifecycle.generation)",
        ]
        switch (before, slot.lifecycle.state) {
        case (.starting, .ready):
            if let launchedAt = slot.launchedAt {
                metadata["milliseconds"] = "\((now - launchedAt).nanoseconds / 1_000_000)"
            }
            return .log(.info, "a worker is ready", metadata)
        case (.starting, .draining(let cause)), (.ready, .draining(let cause)):
            metadata["cause"] = "\(cause.rawValue)"
            switch cause {
            case .lost, .hung, .late: return .log(.warning, "a worker is killed", metadata)
            case .idle, .room, .restart, .stop, .farewell: return .log(.info, "a worker is told to end", metadata)
            }
        case (.starting, .backingOff(let until)), (.ready, .backingOff(let until)), (.draining, .backingOff(let until)):
            metadata["seconds"] = "\((until - now).nanoseconds / 1_000_000_000 + 1)"
            return .log(.warning, "a worker has failed too often and is given a pause", metadata)
        default:
            return nil
        }
    }

    /// Turns what the state machine decided into effects. Called under the lock.
    func carryOut(
        _ actions: [WorkerLifecycle.Action],
        _ tenant: TenantID,
        _ slot: inout WorkerSlot,
        _ state: inout State
    ) -> [Effect] {
        var effects: [Effect] = []
        let generation = slot.lifecycle.generation
        for action in actions {
            switch action {
            case .launch(let generation):
                slot.forgetProcess()
                slot.launchedAt = .now()
                state.counts.starts += 1
                effects.append(.order(.launch(tenant, generation: generation)))
            case .admit:
                effects += admit(&slot, &state.ready[tenant])
            case .retire:
                state.ready[tenant] = nil
            case .drop:
                if let dropped = state.ready.removeValue(forKey: tenant) {
                    effects.append(.close(dropped.connections.compactMap { $0 }))
                }
            case .terminate:
                slot.noteProcessorTime()
                if let process = slot.process { effects.append(.terminate(process)) }
            case .kill:
                slot.noteProcessorTime()
                if let process = slot.process { effects.append(.kill(process)) }
            case .beat:
                effects.append(.beat(tenant, generation: generation, state.ready[tenant]?.connections ?? []))
            case .refuse(let verdict):
                if let fault = Self.fault(verdict) {
                    effects += slot.waiters.map { .answer($0, .failure(fault)) }
                    slot.waiters = []
                }
            }
        }
        if !slot.lifecycle.hasProcess { slot.forgetProcess() }
        return effects
    }

    private func admit(_ slot: inout WorkerSlot, _ ready: inout ReadyWorker?) -> [Effect] {
        var kept: [WorkerWaiter] = []
        var effects: [Effect] = []
        for waiter in slot.waiters {
            if let connection = ready?.connection(forLoop: waiter.loop, isScheduled: waiter.isScheduled) {
                effects.append(.answer(waiter, .success(connection)))
            } else {
                kept.append(waiter)
            }
        }
        slot.waiters = kept
        return effects
    }

    // MARK: Time

    func tick() {
        let now = NIODeadline.now()
        let effects = state.withLock { state -> [Effect] in
            var effects: [Effect] = []
            for tenant in Array(state.slots.keys) {
                guard var slot = state.slots.removeValue(forKey: tenant) else { continue }
                let isBusy = isBusy(slot, tenant, state)
                slot.knownUses = state.ready[tenant]?.uses ?? 0
                let isAtScheduledWork = slot.scheduledWorks > 0
                effects += step(.tick(isBusy: isBusy, isAtScheduledWork: isAtScheduledWork), tenant, &slot, &state)
                effects += expire(&slot, at: now)
                state.slots[tenant] = slot
            }
            return effects
        }
        perform(effects)
        fillPlaces()
    }

    /// Whether the worker was used since the last tick, or works on something; scheduled work apart.
    func isBusy(_ slot: WorkerSlot, _ tenant: TenantID, _ state: State) -> Bool {
        (state.ready[tenant]?.uses ?? 0) != slot.knownUses || slot.requestsWaiting > 0
            || slot.openStreams.contains { $0 > 0 }
    }

    private func expire(_ slot: inout WorkerSlot, at now: NIODeadline) -> [Effect] {
        guard slot.waiters.contains(where: { $0.until <= now }) else { return [] }
        let late = slot.waiters.filter { $0.until <= now }
        slot.waiters.removeAll { $0.until <= now }
        let fault = lateFault(slot)
        // Of a request for a tenant that has not moved yet it is certain that nobody has begun with it.
        let isMoving = slot.lifecycle.state == .moving
        return late.map {
            .answer($0, .failure($0.isDeadline && !isMoving ? Fault(code: .deadlineExceeded) : fault))
        }
    }

    // MARK: Signs of life

    private func beat(_ tenant: TenantID, _ generation: UInt64, _ connections: [WorkerConnection?]) {
        for (loop, connection) in connections.enumerated() {
            connection?.ping { [self] result in
                // A failure needs no care here: the end of the connection is told elsewhere.
                if case .success(let pulse) = result { answered(pulse, tenant, generation, loop) }
            }
        }
    }

    /// A beat counts when every connection has answered: one event loop of a worker may hang while others run.
    func answered(_ pulse: WorkerPulse, _ tenant: TenantID, _ generation: UInt64, _ loop: Int) {
        let isComplete = state.withLock { state in
            guard var slot = state.slots.removeValue(forKey: tenant) else { return false }
            defer { state.slots[tenant] = slot }
            guard slot.lifecycle.generation == generation, slot.lifecycle.hasProcess else { return false }
            slot.received = max(slot.received, pulse.received)
            slot.openStreams[loop] = pulse.openStreams
            slot.hasAnswered[loop] = true
            let connections = state.ready[tenant]?.connections ?? []
            let isComplete = zip(connections, slot.hasAnswered).allSatisfy { connection, hasAnswered in
                connection == nil || hasAnswered
            }
            if isComplete {
                for index in slot.hasAnswered.indices { slot.hasAnswered[index] = false }
            }
            return isComplete
        }
        if isComplete { handle(.beatAnswered(generation: generation), of: tenant) }
    }
}
