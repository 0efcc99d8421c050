import NIOCore
import Shared
import Synchronization

/// Who may have a process when there may only be so many, and whose ends for another's sake.
extension WorkerSupervisor {
    /// A worker unused for so many beats is idle: what is in flight on it would have been told by then.
    private static let idleBeats: Int64 = 2

    /// Whether one more process may be made now. Called under the lock, with the asking tenant's slot taken out: it has none.
    func hasPlace(_ state: State) -> Bool {
        guard let most = settings.mostWorkers else { return true }
        return !isPlaceWanted(state) && processes(state) < most
    }

    /// Whether a worker that has just ended is followed by another one of its tenant at once. When others wait for a place
    /// too, places are given to who has waited longest.
    func isWanted(_ slot: WorkerSlot, _ state: State) -> Bool {
        !slot.waiters.isEmpty && (settings.mostWorkers == nil || !isPlaceWanted(state))
    }

    private func processes(_ state: State) -> Int {
        state.slots.values.reduce(0) { $1.lifecycle.hasProcess ? $0 + 1 : $0 }
    }

    private func isPlaceWanted(_ state: State) -> Bool {
        state.slots.values.contains { $0.wantsPlace }
    }

    /// Gives free places to tenants that wait for one, and ends idle workers for those that find none: the least recently
    /// used first.
    func fillPlaces() {
        guard let most = settings.mostWorkers else { return }
        let effects = state.withLock { state -> [Effect] in
            var waiting = state.slots.compactMap { tenant, slot in
                slot.wantsPlace ? slot.waiters.first.map { (tenant, $0.number) } : nil
            }
            guard !waiting.isEmpty else { return [] }
            waiting.sort { $0.1 < $1.1 }
            let now = NIODeadline.now()
            let free = max(0, most - processes(state))
            var effects: [Effect] = []
            for (tenant, _) in waiting.prefix(free) {
                guard var slot = state.slots.removeValue(forKey: tenant) else { continue }
                var actions: [WorkerLifecycle.Action] = []
                // Of those that wait none is held or backs off: they would have been told.
                _ = slot.lifecycle.demand(at: now, &actions)
                effects += carryOut(actions, tenant, &slot, &state)
                state.slots[tenant] = slot
            }
            return effects + makeRoom(for: waiting.count - free, &state, at: now)
        }
        perform(effects)
    }

    /// Ends so many idle workers, less those that are ending.
    private func makeRoom(for count: Int, _ state: inout State, at now: NIODeadline) -> [Effect] {
        let ending = state.slots.values.reduce(0) { count, slot in
            if case .draining = slot.lifecycle.state { count + 1 } else { count }
        }
        guard count > ending else { return [] }
        return endIdle(idle(state, at: now).prefix(count - ending), &state)
    }

    func endIdle(_ tenants: some Sequence<TenantID>, _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        for tenant in tenants {
            guard var slot = state.slots.removeValue(forKey: tenant) else { continue }
            effects += step(.makeRoom, tenant, &slot, &state)
            state.slots[tenant] = slot
        }
        return effects
    }

    /// Tenants whose workers nobody uses, the least recently used first.
    func idle(_ state: State, at now: NIODeadline) -> [TenantID] {
        let latest = now - settings.lifecycle.beatInterval * Self.idleBeats
        return state.slots.compactMap { tenant, slot -> (TenantID, NIODeadline)? in
            guard case .ready(let readiness) = slot.lifecycle.state, readiness.lastUse <= latest,
                slot.scheduledWorks == 0, !isBusy(slot, tenant, state)
            else { return nil }
            return (tenant, readiness.lastUse)
        }
        .sorted { $0.1 < $1.1 }.map(\.0)
    }
}
