import Foundation
import Glibc
import IPC
import NIOCore
import Shared
import Synchronization

/// What workers take of the machine, and what is done when it is too much.
extension WorkerSupervisor {
    /// Looks at the processes of all workers again and again, and ends idle ones while they have too much memory together.
    func watchProcesses() async {
        while !Task.isCancelled {
            lookAtProcesses()
            // Nothing tells when a process has come to need more memory or time: it is looked at.
            guard (try? await Task.sleep(for: .nanoseconds(settings.processLook.nanoseconds))) != nil else { return }
        }
    }

    private func lookAtProcesses() {
        let processes = state.withLock { state in
            state.slots.compactMap { tenant, slot in slot.process.map { (tenant, $0) } }
        }
        let seen = processes.map { tenant, process in
            (tenant, process, process.memory, process.processorTime)
        }
        let effects = state.withLock { state -> [Effect] in
            for (tenant, process, memory, time) in seen where state.slots[tenant]?.process == process {
                state.slots[tenant]?.memory = memory?.ownBytes ?? 0
                state.slots[tenant]?.note(processorTime: time)
            }
            return endIdleForMemory(&state)
        }
        perform(effects)
    }

    private func endIdleForMemory(_ state: inout State) -> [Effect] {
        guard let most = settings.mostMemory else { return [] }
        var total = state.slots.values.reduce(0) { total, slot in
            if case .draining = slot.lifecycle.state { total } else { total + slot.memory }
        }
        var ending: [TenantID] = []
        for tenant in total > most ? idle(state, at: .now()) : [] where total > most {
            total -= state.slots[tenant]?.memory ?? 0
            ending.append(tenant)
        }
        return endIdle(ending, &state)
    }

    /// What each tenant's workers were used for since this was asked last. Of a process that has ended, the processor time after
    /// it was told to end is not told; after the last look at it, when nobody told it to.
    func takeUsage() -> [TenantID: UsageAmounts] {
        state.withLock { state in
            var usage: [TenantID: UsageAmounts] = [:]
            for tenant in Array(state.slots.keys) {
                guard let slot = state.slots[tenant] else { continue }
                let sums = slot.traffic.sums
                var amounts = UsageAmounts(from: slot.takenTraffic, to: sums)
                amounts.processorMicroseconds = slot.untakenTime
                guard amounts != UsageAmounts() else { continue }
                usage[tenant] = amounts
                state.slots[tenant]?.takenTraffic = sums
                state.slots[tenant]?.untakenTime = 0
            }
            return usage
        }
    }
}
