import Shared
import Synchronization

/// Requests that were one too many, by the quota they met and by the tenant they were of, since the gateway started.
final class QuotaRefusals: Sendable {
    private struct State {
        var byLimit: [LimitName: Int] = [:]
        var byTenant: [TenantID: Int] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter tenant: nil when nobody knows whose request it was.
    func count(_ limit: LimitName, of tenant: TenantID?) {
        state.withLock { state in
            state.byLimit[limit, default: 0] += 1
            if let tenant { state.byTenant[tenant, default: 0] += 1 }
        }
    }

    var byTenant: [TenantID: Int] { state.withLock { $0.byTenant } }

    /// In the text format of Prometheus.
    func exposition() -> String {
        let byLimit = state.withLock { $0.byLimit }
        var text = """
            # HELP camet_quota_refusals_total Requests that were one too many, by the quota they met.
            # TYPE camet_quota_refusals_total counter

            """
        for limit in LimitName.allCases {
            text += "camet_quota_refusals_total{limit=\"\(limit.rawValue)\"} \(byLimit[limit] ?? 0)\n"
        }
        return text
    }
}
