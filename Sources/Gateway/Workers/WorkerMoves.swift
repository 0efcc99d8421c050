import Logging
import NIOCore
import Shared
import Synchronization

/// How tenants move, one by one, from a gateway to the next one: here from the gateway before, and to the one after.
extension WorkerSupervisor {
    /// Of a gateway that gives its tenants up.
    struct Leaving {
        /// Those that it still has.
        var kept: Set<TenantID>
        /// When the rest goes too, whatever is under way.
        var latest: NIODeadline
    }

    // MARK: From the gateway before

    /// Takes over each tenant that is asked for as soon as the gateway before has given it up, until that has none any more.
    func takeOverTenants() {
        guard let claims, !claims.takeRest() else { return }
        loops[0].scheduleRepeatedTask(initialDelay: .zero, delay: settings.moveLook) { [self] task in
            if state.withLock({ $0.isStopping || $0.leaving != nil }) { return task.cancel() }
            let isWhole = claims.takeRest()
            // Also of those that something holds, which may be allowed when there is nobody left to look.
            let awaited = state.withLock { state in
                state.slots.compactMap { tenant, slot in slot.lifecycle.isOurs ? nil : tenant }
            }
            for tenant in awaited where claims.take(tenant) { claimed(tenant) }
            if isWhole { task.cancel() }
        }
    }

    /// Whether the tenant is another gateway's, before this one or after it.
    func isElsewhere(_ tenant: TenantID) -> Bool {
        state.withLock { state in
            let slot = state.slots[tenant] ?? newSlot(of: tenant, state)
            state.slots[tenant] = slot
            return !slot.lifecycle.isOurs || slot.lifecycle.isHeld(by: .moved)
        }
    }

    private func claimed(_ tenant: TenantID) {
        state.withLock { state in
            let latest = NIODeadline.now() + settings.longestWait
            for index in state.slots[tenant]?.waiters.indices ?? 0..<0 {
                state.slots[tenant]?.waiters[index].wait(until: latest)
            }
        }
        handle(of: tenant) { slot, state in .claimed(isWanted: !slot.waiters.isEmpty && hasPlace(state)) }
    }

    // MARK: To the gateway after

    /// Gives the tenants up: at once those for which nothing is under way and no worker runs, each other one when its last
    /// answer has left and its worker has ended. To be called when no connection can bring a new request; one that comes all
    /// the same for a tenant that is not here any more is refused.
    func giveUpTenants() {
        guard let claims else { return }
        let begun = state.withLock { state -> (effects: [Effect], kept: Set<TenantID>)? in
            guard state.leaving == nil else { return nil }
            var kept = underWay.tenants
            for (tenant, slot) in state.slots where slot.lifecycle.hasProcess || isAtWork(slot, tenant) {
                kept.insert(tenant)
            }
            state.leaving = Leaving(kept: kept, latest: .now() + settings.longestMove)
            var effects: [Effect] = []
            for tenant in Array(state.slots.keys) where !kept.contains(tenant) {
                guard var slot = state.slots.removeValue(forKey: tenant) else { continue }
                effects += step(.stop(.moved), tenant, &slot, &state)
                state.slots[tenant] = slot
            }
            return (effects, kept)
        }
        guard let begun else { return }
        perform(begun.effects)
        claims.giveUpTenants(but: begun.kept)
        logger.notice("tenants move to the next gateway", metadata: ["later": "\(begun.kept.count)"])
        loops[0].scheduleRepeatedTask(initialDelay: .zero, delay: settings.moveLook) { [self] task in
            if giveUpFinished(claims) { task.cancel() }
        }
    }

    /// - Returns: whether there are none left.
    private func giveUpFinished(_ claims: TenantClaims) -> Bool {
        let (effects, free, isOver) = state.withLock { state -> ([Effect], [TenantID], Bool) in
            guard let leaving = state.leaving else { return ([], [], true) }
            let isLate = leaving.latest <= .now()
            var effects: [Effect] = []
            var free: [TenantID] = []
            for tenant in leaving.kept {
                var slot = state.slots.removeValue(forKey: tenant) ?? newSlot(of: tenant, state)
                if !slot.lifecycle.isHeld(by: .moved), isLate || !isAtWork(slot, tenant) {
                    effects += step(.stop(.moved), tenant, &slot, &state)
                }
                if slot.lifecycle.isHeld(by: .moved), !slot.lifecycle.hasProcess {
                    free.append(tenant)
                    state.leaving?.kept.remove(tenant)
                }
                state.slots[tenant] = slot
            }
            return (effects, free, state.leaving?.kept.isEmpty ?? true)
        }
        perform(effects)
        for tenant in free { claims.giveUp(tenant) }
        return isOver
    }

    private func isAtWork(_ slot: WorkerSlot, _ tenant: TenantID) -> Bool {
        !slot.waiters.isEmpty || slot.scheduledWorks > 0 || underWay.has(tenant)
    }
}
