import Logging
import Shared
import Synchronization

/// What changes of the registry of tenants mean for workers.
extension WorkerSupervisor {
    /// Asks the registry anew about a tenant that has had a worker. One that is not served has its worker ended; one whose
    /// worker was told something else has it replaced, after what is in flight.
    func review(_ tenant: TenantID) async {
        guard let number = beginReview(of: tenant) else { return }
        do {
            let data = try await tenants.bootData(tenant)
            guard isNewest(number, of: tenant) else { return }
            handle(.allow(.suspension), of: tenant)
            let isOther = state.withLock { state in
                guard let slot = state.slots[tenant], slot.lifecycle.hasProcess else { return false }
                // What a worker that is being made will be told may have been read before the change.
                return slot.told != data
            }
            guard isOther else { return }
            logger.notice("a worker is replaced: its tenant's registration has changed", metadata: metadata(of: data))
            handle(.restart, of: tenant)
        } catch let fault as Fault where fault.code == .notFound {
            guard isNewest(number, of: tenant) else { return }
            logger.notice("a tenant is not served any more", metadata: ["tenant_id": "\(tenant)"])
            handle(.stop(.suspension), of: tenant)
        } catch {
            // Nothing is known, so nothing is changed; when the registry is heard again everything is reviewed.
            logger.warning(
                "a tenant cannot be reviewed", metadata: ["tenant_id": "\(tenant)", "cause": "\(error)"])
        }
    }

    /// The same of every tenant that has had a worker, one after another.
    func reviewAll() async {
        for tenant in state.withLock({ Array($0.slots.keys) }) { await review(tenant) }
    }

    /// The review's number; nil when the tenant has had no worker.
    private func beginReview(of tenant: TenantID) -> Int? {
        state.withLock { state in
            state.slots[tenant]?.reviews += 1
            return state.slots[tenant]?.reviews
        }
    }

    /// Whether no other review has begun since.
    func isNewest(_ number: Int, of tenant: TenantID) -> Bool {
        state.withLock { $0.slots[tenant]?.reviews == number }
    }

    private func metadata(of data: TenantBootData) -> Logger.Metadata { ["tenant": "\(data.slug)"] }
}
