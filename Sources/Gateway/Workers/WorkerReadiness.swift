import Shared
import Synchronization

/// The workers as /readyz tells of them.
struct WorkerReadiness: Equatable, Sendable {
    /// What whoever asks may know: whether some client company has to wait, and not which or how many there are.
    enum Part: String, CaseIterable, Sendable {
        case ok
        /// Some worker has failed too often and is given a pause.
        case degraded
    }

    struct Tenant: Equatable, Sendable {
        var slug: String
        var state: WorkerStateName
    }

    var part: Part
    /// Those that have had a worker since the gateway started, by slug.
    var tenants: [Tenant]
}

extension WorkerSupervisor {
    /// Costs nothing but memory: no worker is asked, and the registry is not.
    func readiness() -> WorkerReadiness {
        let tenants = state.withLock { state in
            state.slots.values.compactMap { slot in
                slot.slug.map { WorkerReadiness.Tenant(slug: $0, state: WorkerStateName(slot.lifecycle.state)) }
            }
        }
        return WorkerReadiness(
            part: tenants.contains { $0.state == .backingOff } ? .degraded : .ok,
            tenants: tenants.sorted { $0.slug < $1.slug })
    }
}
